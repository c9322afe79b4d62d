#include "image/tiff_colour.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "image/planes.hpp"

namespace simclr {
namespace {

template <class T>
void invert(Image& image, int bands, unsigned full) {
  for (int c = 0; c < bands; ++c)
    for (T& value : image.band<T>(c)) value = static_cast<T>(full - value);
}

// The colour map holds 16 bits an entry; files that wrote 8 are taken as meant.
bool apply_palette(TIFF* tiff, const TiffLayout& layout, Image& image) {
  std::array<uint16_t*, 3> map{};
  if (image.sample() != Sample::u8 || TIFFGetField(tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) == 0)
    return false;
  const size_t entries = size_t{1} << layout.bits;
  bool wide = false;
  for (const uint16_t* colour : map)
    wide = wide || std::any_of(colour, colour + entries, [](uint16_t v) { return v > 255; });
  const bool alpha = layout.alpha && image.bands() == 2;
  Image rgb(alpha ? 4 : 3, image.height(), image.width(), Sample::u8);
  const auto index = image.band<uint8_t>(0);
  for (int c = 0; c < 3; ++c) {
    const auto to = rgb.band<uint8_t>(c);
    const uint16_t* colour = map[static_cast<size_t>(c)];
    for (size_t i = 0; i < to.size(); ++i)
      to[i] = static_cast<uint8_t>(wide ? colour[index[i]] >> 8U : colour[index[i]]);
  }
  if (alpha) std::ranges::copy(image.band<uint8_t>(1), rgb.band<uint8_t>(3).begin());
  image = std::move(rgb);
  return true;
}

}  // namespace

TiffSamples samples_of(const TiffLayout& layout) {
  TiffSamples samples;
  samples.bits = layout.bits;
  samples.index = layout.photometric == PHOTOMETRIC_PALETTE;
  if (layout.format == SAMPLEFORMAT_INT) samples.number = TiffNumber::signed_whole;
  if (layout.format == SAMPLEFORMAT_IEEEFP) samples.number = TiffNumber::real;
  return samples;
}

bool needs_conversion(const TiffLayout& layout) {
  switch (layout.photometric) {
    case PHOTOMETRIC_YCBCR:
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_LOGL:
    case PHOTOMETRIC_LOGLUV:
      return true;
    default:
      return layout.compression == COMPRESSION_OJPEG;
  }
}

std::string to_light(TIFF* tiff, const TiffLayout& layout, Image& image) {
  const bool whole = image.sample() != Sample::f32;
  const int colours = layout.samples - layout.extras;
  if (layout.photometric == PHOTOMETRIC_MINISWHITE && whole) {
    const int inverted = layout.alpha ? std::max(colours, 1) : image.bands();
    if (image.sample() == Sample::u8) {
      invert<uint8_t>(image, inverted, 255);
    } else {
      invert<uint16_t>(image, inverted, (1U << layout.bits) - 1);
    }
  }
  const bool full_depth = layout.bits <= 8 || layout.bits == 16;
  if (layout.photometric == PHOTOMETRIC_PALETTE) {
    if (!apply_palette(tiff, layout, image)) return "a palette that is not supported";
    if (image.bands() == 4) image = without_alpha(image, layout.premultiplied);
    return "";
  }
  if (layout.photometric == PHOTOMETRIC_SEPARATED && layout.inks == INKSET_CMYK && image.bands() == 4 &&
      whole && full_depth) {
    image = cmyk_to_rgb(image);
    return "";
  }
  const bool pictured = layout.photometric == PHOTOMETRIC_RGB ? image.bands() == 4 : image.bands() == 2;
  if (layout.alpha && layout.extras == 1 && pictured && whole && full_depth)
    image = without_alpha(image, layout.premultiplied);
  return "";
}

// Rows stay in the order of the file, whatever its orientation.
std::string read_converted(TIFF* tiff, const TiffLayout& layout, Image& image) {
  std::vector<uint32_t> pixels(image.plane());
  TIFFRGBAImage reader;
  std::array<char, 1024> why{};
  if (TIFFRGBAImageOK(tiff, why.data()) == 0 || TIFFRGBAImageBegin(&reader, tiff, 1, why.data()) == 0)
    return why[0] == 0 ? "damaged" : why.data();
  reader.req_orientation = reader.orientation;
  const int read = TIFFRGBAImageGet(&reader, pixels.data(), layout.width, layout.height);
  TIFFRGBAImageEnd(&reader);
  if (read == 0) return "damaged";
  std::vector<uint8_t> row(static_cast<size_t>(layout.width) * 3);
  for (int y = 0; y < image.height(); ++y) {
    const uint32_t* from = pixels.data() + static_cast<size_t>(y) * layout.width;
    for (size_t x = 0; x < layout.width; ++x) {
      row[3 * x] = static_cast<uint8_t>(TIFFGetR(from[x]));
      row[3 * x + 1] = static_cast<uint8_t>(TIFFGetG(from[x]));
      row[3 * x + 2] = static_cast<uint8_t>(TIFFGetB(from[x]));
    }
    put_row(row.data(), 3, image, y);
  }
  return "";
}

}  // namespace simclr
