// The encoders behind make_files.hpp.

#include "image/make_files.hpp"

#include <png.h>
#include <tiffio.h>
#include <turbojpeg.h>
#include <webp/encode.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstring>
#include <stdexcept>

namespace simclr::test {
namespace {

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::vector<uint8_t> interleaved(const Image& image) {
  std::vector<uint8_t> pixels(image.bytes().size());
  const auto bands = static_cast<size_t>(image.bands());
  for (size_t i = 0; i < image.plane(); ++i)
    for (size_t c = 0; c < bands; ++c) pixels[i * bands + c] = image.band<uint8_t>(static_cast<int>(c))[i];
  return pixels;
}

File compress(const std::vector<uint8_t>& pixels, int width, int height, int format, int subsampling,
              int quality, int flags) {
  tjhandle handle = tjInitCompress();
  unsigned char* out = nullptr;
  unsigned long size = 0;
  const int rc = tjCompress2(handle, pixels.data(), width, 0, height, format, &out, &size, subsampling,
                             quality, flags | TJFLAG_ACCURATEDCT);
  const File file = rc == 0 ? File(reinterpret_cast<char*>(out), size) : File();
  tjFree(out);
  tjDestroy(handle);
  require(rc == 0, "tjCompress2");
  return file;
}

// A file in memory for libtiff to write.
struct Output {
  File bytes;
  size_t at = 0;
};
tmsize_t on_read(thandle_t handle, void* to, tmsize_t length) {
  auto* out = static_cast<Output*>(handle);
  const size_t n =
      std::min(static_cast<size_t>(length), out->bytes.size() - std::min(out->at, out->bytes.size()));
  std::memcpy(to, out->bytes.data() + out->at, n);
  out->at += n;
  return static_cast<tmsize_t>(n);
}
tmsize_t on_write(thandle_t handle, void* from, tmsize_t length) {
  auto* out = static_cast<Output*>(handle);
  const auto n = static_cast<size_t>(length);
  if (out->bytes.size() < out->at + n) out->bytes.resize(out->at + n);
  std::memcpy(out->bytes.data() + out->at, from, n);
  out->at += n;
  return length;
}
toff_t on_seek(thandle_t handle, toff_t offset, int from) {
  auto* out = static_cast<Output*>(handle);
  out->at = (from == SEEK_SET ? 0 : from == SEEK_CUR ? out->at : out->bytes.size()) + offset;
  return out->at;
}
int on_close(thandle_t) {
  return 0;
}
toff_t on_size(thandle_t handle) {
  return static_cast<Output*>(handle)->bytes.size();
}

void on_png_write(png_structp png, png_bytep bytes, size_t length) {
  static_cast<File*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(bytes), length);
}
void on_png_flush(png_structp) {}

void write_tiles(TIFF* tiff, const TiffParts& p) {
  const bool separate = p.planar == 2;
  const size_t planes = separate ? p.samples : 1u, pixel = (separate ? 1u : p.samples) * p.bits / 8u;
  std::vector<uint8_t> tile(static_cast<size_t>(p.tile) * p.tile * pixel);
  for (size_t plane = 0; plane < planes; ++plane)
    for (uint32_t y = 0; y < p.height; y += p.tile)
      for (uint32_t x = 0; x < p.width; x += p.tile) {
        std::fill(tile.begin(), tile.end(), uint8_t{0xEE});
        const uint32_t columns = std::min(p.tile, p.width - x);
        for (uint32_t r = 0; r < std::min(p.tile, p.height - y); ++r)
          std::memcpy(tile.data() + size_t{r} * p.tile * pixel,
                      p.data.data() + ((plane * p.height + y + r) * p.width + x) * pixel, columns * pixel);
        require(TIFFWriteTile(tiff, tile.data(), x, y, 0, static_cast<uint16_t>(plane)) >= 0,
                "TIFFWriteTile");
      }
}

void write_rows(TIFF* tiff, const TiffParts& p) {
  const bool separate = p.planar == 2;
  const size_t planes = separate ? p.samples : 1u;
  const size_t row = (size_t{p.width} * (separate ? 1u : p.samples) * p.bits + 7) / 8;
  std::vector<uint8_t> line(row);
  for (size_t plane = 0; plane < planes; ++plane)
    for (uint32_t y = 0; y < p.height; ++y) {
      std::memcpy(line.data(), p.data.data() + (plane * p.height + y) * row, row);
      require(TIFFWriteScanline(tiff, line.data(), y, static_cast<uint16_t>(plane)) >= 0,
              "TIFFWriteScanline");
    }
}

}  // namespace

Image smooth(int bands, int height, int width, Sample sample) {
  Image image(bands, height, width, sample);
  for (int c = 0; c < bands; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const double value = 0.5 + 0.25 * std::sin(x * 0.21 + c) + 0.2 * std::cos(y * 0.17 - 2 * c);
        const size_t at = static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x);
        if (sample == Sample::u8) image.band<uint8_t>(c)[at] = static_cast<uint8_t>(std::lround(value * 255));
        if (sample == Sample::u16)
          image.band<uint16_t>(c)[at] = static_cast<uint16_t>(std::lround(value * 65535));
        if (sample == Sample::f32) image.band<float>(c)[at] = static_cast<float>(value);
      }
  return image;
}

File make_jpeg(const Image& image, int quality, bool progressive) {
  const bool gray = image.bands() == 1;
  return compress(interleaved(image), image.width(), image.height(), gray ? TJPF_GRAY : TJPF_RGB,
                  gray ? TJSAMP_GRAY : TJSAMP_444, quality, progressive ? TJFLAG_PROGRESSIVE : 0);
}

File make_cmyk_jpeg(int height, int width, const uint8_t (&inks)[4]) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < height * width; ++i) pixels.insert(pixels.end(), inks, inks + 4);
  return compress(pixels, width, height, TJPF_CMYK, TJSAMP_444, 100, 0);
}

File with_exif(const File& jpeg, int orientation, bool little_endian) {
  File exif = little_endian
                  ? File("II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0", 18) + static_cast<char>(orientation) + '\0'
                  : File("MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0", 19) + static_cast<char>(orientation);
  exif += File("\0\0\0\0\0\0", 6);
  const size_t length = 2 + 6 + exif.size();
  const File segment = File("\xFF\xE1") + static_cast<char>(length >> 8U) + static_cast<char>(length & 255U) +
                       File("Exif\0\0", 6) + exif;
  return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}

File make_png(PngParts parts) {
  File out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) throw std::runtime_error("libpng");
  png_set_write_fn(png, &out, on_png_write, on_png_flush);
  png_set_IHDR(png, info, static_cast<png_uint_32>(parts.width), static_cast<png_uint_32>(parts.height),
               parts.depth, parts.colour, parts.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  if (!parts.palette.empty())
    png_set_PLTE(png, info, reinterpret_cast<png_color*>(parts.palette.data()),
                 static_cast<int>(parts.palette.size() / 3));
  if (!parts.opacity.empty())
    png_set_tRNS(png, info, parts.opacity.data(), static_cast<int>(parts.opacity.size()), nullptr);
  png_write_info(png, info);
  std::vector<png_bytep> rows;
  for (auto& row : parts.rows) rows.push_back(row.data());
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return out;
}

File make_webp(const Image& rgb, bool lossless) {
  const std::vector<uint8_t> pixels = interleaved(rgb);
  uint8_t* out = nullptr;
  const int width = rgb.width(), height = rgb.height();
  const size_t size = lossless ? WebPEncodeLosslessRGB(pixels.data(), width, height, 3 * width, &out)
                               : WebPEncodeRGB(pixels.data(), width, height, 3 * width, 80, &out);
  const File file(reinterpret_cast<char*>(out), size);
  WebPFree(out);
  require(size > 0, "WebPEncode");
  return file;
}

File make_webp_with_alpha(const std::vector<uint8_t>& rgba, int width, int height) {
  WebPConfig config;
  WebPPicture picture;
  WebPMemoryWriter writer;
  require(WebPConfigInit(&config) && WebPPictureInit(&picture), "WebP");
  config.lossless = config.exact = 1;
  picture.use_argb = 1;
  picture.width = width;
  picture.height = height;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  WebPMemoryWriterInit(&writer);
  const bool good = WebPPictureImportRGBA(&picture, rgba.data(), 4 * width) && WebPEncode(&config, &picture);
  const File file(reinterpret_cast<char*>(writer.mem), writer.size);
  WebPPictureFree(&picture);
  WebPMemoryWriterClear(&writer);
  require(good, "WebPEncode");
  return file;
}

File make_tiff(const TiffParts& p) {
  Output out;
  const File mode = File("w") + (p.big_endian ? "b" : "l") + (p.big_tiff ? "8" : "4");
  TIFF* tiff =
      TIFFClientOpen("", mode.c_str(), &out, on_read, on_write, on_seek, on_close, on_size, nullptr, nullptr);
  require(tiff != nullptr, "TIFFClientOpen");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, p.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, p.height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, p.samples);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, p.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, p.format);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, p.photometric);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, p.planar);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, p.compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, p.orientation);
  if (!p.extras.empty())
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(p.extras.size()), p.extras.data());
  if (!p.palette.empty()) {
    const size_t n = p.palette.size() / 3;
    TIFFSetField(tiff, TIFFTAG_COLORMAP, p.palette.data(), p.palette.data() + n, p.palette.data() + 2 * n);
  }
  if (p.tile != 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, p.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, p.tile);
    write_tiles(tiff, p);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, p.rows_per_strip != 0 ? p.rows_per_strip : p.height);
    write_rows(tiff, p);
  }
  TIFFClose(tiff);
  return out.bytes;
}

}  // namespace simclr::test
