#include "image/decode.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include "image/codec.hpp"
#include "image/planes.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

Decoded decode_as_is(Bytes file, const DecodeOptions& options) {
  if (file.empty()) return refuse(Format::none, "empty file");
  switch (sniff(file)) {
    case Format::jpeg:
      return decode_jpeg(file, options);
    case Format::png:
      return decode_png(file, options);
    case Format::webp:
      return decode_webp(file, options);
    case Format::tiff:
      return decode_tiff(file, options);
    case Format::unsupported:
      return refuse(Format::unsupported, unsupported_name(file) + " is not supported");
    case Format::none:
      break;
  }
  return refuse(Format::none, "not an image of a known format");
}

void change_bands(Decoded& decoded, int wanted) {
  const int bands = decoded.image.bands();
  if (wanted == 0 || wanted == bands) return;
  if (wanted == 1 && bands == 3) {
    decoded.image = to_gray(decoded.image);
  } else if (wanted == 3 && bands == 1) {
    decoded.image = repeat_band(decoded.image);
  } else {
    decoded = refuse(decoded.format, "it has " + std::to_string(bands) + " bands, not " +
                                         std::to_string(wanted) + " as asked");
  }
}

}  // namespace

Decoded refuse(Format format, std::string why) {
  Decoded decoded;
  decoded.format = format;
  decoded.error = why.empty() ? "damaged" : std::move(why);
  return decoded;
}

std::string size_trouble(uint64_t width, uint64_t height, uint64_t bands, Sample sample,
                         const DecodeOptions& options) {
  constexpr uint64_t longest = std::numeric_limits<int>::max();
  constexpr uint64_t most_bands = 64;
  if (width == 0) return "zero width";
  if (height == 0) return "zero height";
  const auto size = [&] { return std::to_string(width) + " x " + std::to_string(height); };
  if (width > longest || height > longest || width > options.max_pixels / height)
    return "too large: " + size() + " pixels, at most " + std::to_string(options.max_pixels) + " are read";
  if (bands == 0 || bands > most_bands) return std::to_string(bands) + " bands, 1 to 64 are read";
  const uint64_t most = std::min<uint64_t>(options.max_pixels, uint64_t{1} << 40U) * 3;
  if (width * height * bands * bytes_per(sample) > most)
    return "too large: " + size() + " pixels of " + std::to_string(bands) + " bands";
  return "";
}

Decoded decode(std::span<const std::byte> file, const DecodeOptions& options) {
  try {
    Decoded decoded = decode_as_is(file, options);
    if (decoded.ok()) as_raster(decoded, options);
    if (decoded.ok()) change_bands(decoded, options.bands);
    return decoded;
  } catch (const std::bad_alloc&) {
    return refuse(sniff(file), "not enough memory");
  }
}

}  // namespace simclr
