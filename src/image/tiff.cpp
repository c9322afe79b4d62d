#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "image/codec.hpp"
#include "image/tiff_colour.hpp"
#include "image/tiff_samples.hpp"
#include "image/tiff_tags.hpp"

namespace simclr {
namespace {

// A file in memory as libtiff's input, and its first complaint.
struct Input {
  Bytes bytes;
  uint64_t at = 0;
  std::array<char, 160> message{};
};

tmsize_t on_read(thandle_t handle, void* to, tmsize_t length) {
  auto* in = static_cast<Input*>(handle);
  if (length <= 0 || in->at >= in->bytes.size()) return 0;
  const size_t n = std::min<size_t>(static_cast<size_t>(length), in->bytes.size() - in->at);
  std::memcpy(to, in->bytes.data() + in->at, n);
  in->at += n;
  return static_cast<tmsize_t>(n);
}

tmsize_t on_write(thandle_t, void*, tmsize_t) {
  return 0;
}

toff_t on_seek(thandle_t handle, toff_t offset, int from) {
  auto* in = static_cast<Input*>(handle);
  const uint64_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? in->at : in->bytes.size();
  in->at = base + offset;
  return in->at;
}

int on_close(thandle_t) {
  return 0;
}
toff_t on_size(thandle_t handle) {
  return static_cast<Input*>(handle)->bytes.size();
}

int on_error(TIFF*, void* input, const char*, const char* format, va_list values) {
  auto* in = static_cast<Input*>(input);
  if (in->message[0] == 0) std::vsnprintf(in->message.data(), in->message.size(), format, values);
  return 1;  // said enough: not to stderr
}
int on_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, Close>;

Tiff open(Input& input) {
  constexpr tmsize_t largest_block = tmsize_t{1} << 30U;
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  if (!options) return nullptr;
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &input);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), largest_block);
  return Tiff(TIFFClientOpenExt("", "rm", &input, on_read, on_write, on_seek, on_close, on_size, nullptr,
                                nullptr, options.get()));
}

TiffLayout read_layout(TIFF* tiff) {
  TiffLayout layout;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_INKSET, &layout.inks);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) == 0)
    layout.photometric = layout.samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  const uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &layout.extras, &kinds);
  if (layout.extras >= 1 && kinds != nullptr) {
    layout.premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
    layout.alpha = layout.premultiplied || kinds[0] == EXTRASAMPLE_UNASSALPHA;
  }
  return layout;
}

// How many bytes the best of each compression can make of one, generously; 0 where no bound is known.
uint64_t most_growth(uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
      return 1;
    case COMPRESSION_PACKBITS:
      return 64;
    case COMPRESSION_LZW:
      return 4096;
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
      return 1100;
    case COMPRESSION_LZMA:
      return 8192;
    case COMPRESSION_ZSTD:
      return 65536;
    case COMPRESSION_JPEG:
      return 2048;
    default:
      return 0;
  }
}

std::string layout_trouble(const TiffLayout& layout, Bytes file, const DecodeOptions& options) {
  const TiffSamples samples = samples_of(layout);
  const bool converted = needs_conversion(layout);
  if (!converted && (layout.format > SAMPLEFORMAT_VOID || !known(samples)))
    return "samples of " + std::to_string(layout.bits) + " bits, format " + std::to_string(layout.format) +
           ", are not supported";
  const uint64_t bands = converted ? 4 : std::max<uint64_t>(layout.samples, samples.index ? 3 : 1);
  std::string why =
      size_trouble(layout.width, layout.height, bands, converted ? Sample::u8 : sample_of(samples), options);
  if (!why.empty()) return why;
  const uint64_t growth =
      converted && layout.compression != COMPRESSION_JPEG ? 0 : most_growth(layout.compression);
  const uint64_t row = (static_cast<uint64_t>(layout.width) * layout.samples * layout.bits + 7) / 8;
  return growth != 0 && row * layout.height / growth > file.size() ? "truncated" : "";
}

// Strips and tiles are both blocks: a strip is as wide as the picture.
struct Blocks {
  uint32_t width = 0, height = 0;
  size_t bytes = 0, row_bytes = 0;
  bool tiled = false;
};

std::string read_blocks(TIFF* tiff, const TiffLayout& layout, size_t image_bytes, Blocks& blocks) {
  blocks.tiled = TIFFIsTiled(tiff) != 0;
  if (blocks.tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &blocks.width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &blocks.height);
  } else {
    blocks.width = layout.width;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &blocks.height);
    blocks.height = std::min(blocks.height, layout.height);
  }
  if (blocks.width == 0 || blocks.height == 0) return "damaged: blocks of no size";
  const uint64_t bytes = blocks.tiled ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
  constexpr uint64_t most_padding = uint64_t{64} << 20U;
  if (bytes == 0 || bytes > image_bytes + most_padding) return "damaged: blocks larger than the picture";
  const auto per_row = static_cast<uint64_t>(blocks.width) *
                       (layout.planar == PLANARCONFIG_CONTIG ? layout.samples : uint64_t{1}) * layout.bits;
  blocks.row_bytes = static_cast<size_t>((per_row + 7) / 8);
  blocks.bytes = static_cast<size_t>(bytes);
  return blocks.row_bytes * blocks.height > bytes ? "damaged: blocks smaller than their rows" : "";
}

class BlockReader {
 public:
  BlockReader(TIFF* tiff, const TiffLayout& layout, const Blocks& blocks)
      : tiff_(tiff), layout_(layout), blocks_(blocks), samples_(samples_of(layout)), buffer_(blocks.bytes) {}

  bool read(Image& image) {
    const bool separate = layout_.planar == PLANARCONFIG_SEPARATE;
    const int planes = separate ? layout_.samples : 1;
    for (int plane = 0; plane < planes; ++plane)
      for (uint32_t y = 0; y < layout_.height; y += std::min(blocks_.height, layout_.height - y))
        for (uint32_t x = 0; x < layout_.width; x += std::min(blocks_.width, layout_.width - x))
          if (!read_block(image, plane, x, y)) return false;
    return true;
  }

 private:
  bool read_block(Image& image, int plane, uint32_t x, uint32_t y) {
    const uint32_t rows = std::min(blocks_.height, layout_.height - y);
    const uint32_t columns = std::min(blocks_.width, layout_.width - x);
    const auto sample = static_cast<uint16_t>(plane);
    const auto size = static_cast<tmsize_t>(blocks_.bytes);
    const tmsize_t got =
        blocks_.tiled
            ? TIFFReadEncodedTile(tiff_, TIFFComputeTile(tiff_, x, y, 0, sample), buffer_.data(), size)
            : TIFFReadEncodedStrip(tiff_, TIFFComputeStrip(tiff_, y, sample), buffer_.data(), size);
    if (got < 0 || static_cast<size_t>(got) < rows * blocks_.row_bytes) return false;
    const bool separate = layout_.planar == PLANARCONFIG_SEPARATE;
    const int first = separate ? plane : 0, last = separate ? plane + 1 : layout_.samples;
    const size_t step = separate ? 1 : layout_.samples, bytes = bytes_per(image.sample());
    for (int band = first; band < last; ++band) {
      std::byte* to = image.bytes().data() + (static_cast<size_t>(band) * image.plane()) * bytes;
      for (uint32_t r = 0; r < rows; ++r)
        unpack(buffer_.data() + r * blocks_.row_bytes, samples_, static_cast<size_t>(band - first), step,
               columns, to + (static_cast<size_t>(y + r) * layout_.width + x) * bytes);
    }
    return true;
  }

  TIFF* tiff_;
  const TiffLayout& layout_;
  const Blocks& blocks_;
  TiffSamples samples_;
  std::vector<std::byte> buffer_;
};

std::string read_raster(TIFF* tiff, const TiffLayout& layout, Image& image) {
  Blocks blocks;
  std::string why = read_blocks(tiff, layout, image.bytes().size(), blocks);
  if (!why.empty()) return why;
  if (!BlockReader(tiff, layout, blocks).read(image)) return "truncated or damaged";
  return to_light(tiff, layout, image);
}

}  // namespace

Decoded decode_tiff(Bytes file, const DecodeOptions& options) {
  Input input{file};
  const Tiff tiff = open(input);
  const auto refuse_with = [&](const std::string& why) {
    const std::string detail = input.message.data();
    return refuse(Format::tiff, detail.empty() ? why : why.empty() ? detail : why + ": " + detail);
  };
  if (!tiff) return refuse_with("damaged");
  input.message[0] = 0;  // complaints about odd tags don't count, those about the pixels do
  TiffLayout layout = read_layout(tiff.get());
  if (layout.photometric == PHOTOMETRIC_YCBCR && layout.compression == COMPRESSION_JPEG &&
      layout.planar == PLANARCONFIG_CONTIG) {
    TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    layout.photometric = PHOTOMETRIC_RGB;
  }
  if (layout.compression == COMPRESSION_ADOBE_DEFLATE || layout.compression == COMPRESSION_DEFLATE) {
    // By libdeflate, libtiff 4.5 passes damaged strips as whole.
    TIFFSetField(tiff.get(), TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
  }
  std::string why = layout_trouble(layout, file, options);
  if (!why.empty()) return refuse(Format::tiff, why);
  if (TIFFIsCODECConfigured(layout.compression) == 0)
    return refuse(Format::tiff, "compression " + std::to_string(layout.compression) + " is not supported");
  const bool converted = needs_conversion(layout);
  Decoded decoded;
  decoded.format = Format::tiff;
  decoded.image =
      Image(converted ? 3 : layout.samples, static_cast<int>(layout.height), static_cast<int>(layout.width),
            converted ? Sample::u8 : sample_of(samples_of(layout)));
  why = converted ? read_converted(tiff.get(), layout, decoded.image)
                  : read_raster(tiff.get(), layout, decoded.image);
  decoded.floating = !converted && layout.format == SAMPLEFORMAT_IEEEFP;
  // Some codecs complain and go on with half a strip; a fax with bad lines is still a fax.
  if (why.empty()) apply_tags(read_tags(tiff.get()), decoded);
  const bool fax = layout.compression >= COMPRESSION_CCITTRLE && layout.compression <= COMPRESSION_CCITTFAX4;
  return why.empty() && (fax || input.message[0] == 0) ? decoded : refuse_with(why);
}

}  // namespace simclr
