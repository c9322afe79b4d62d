#pragma once
// Files for the tests of this room, written by the codecs' own encoders.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/image.hpp"

namespace simclr::test {

using File = std::string;

inline std::span<const std::byte> bytes_of(const File& file) {
  return std::as_bytes(std::span(file));
}

Image smooth(int bands, int height, int width, Sample sample = Sample::u8);  // waves, different in each band

File make_jpeg(const Image& image, int quality = 90, bool progressive = false);  // 1 or 3 bands
File make_cmyk_jpeg(int height, int width, const uint8_t (&inks)[4]);  // 255 no ink, as Adobe stores it
File with_exif(const File& jpeg, int orientation, bool little_endian);

// PNG of any colour type and depth; `rows` holds packed rows, `palette` RGB triples, `opacity` one a colour.
struct PngParts {
  int width = 0, height = 0, depth = 8, colour = 0;
  bool interlaced = false;
  std::vector<std::vector<uint8_t>> rows = {};
  std::vector<uint8_t> palette = {}, opacity = {};
};
File make_png(PngParts parts);

File make_webp(const Image& rgb, bool lossless);
File make_webp_with_alpha(const std::vector<uint8_t>& rgba, int width, int height);

struct TiffParts {
  uint32_t width = 0, height = 0, rows_per_strip = 0, tile = 0;  // tile 0: strips
  uint16_t samples = 1, bits = 8, format = 1, photometric = 1, planar = 1, compression = 1;
  std::vector<uint16_t> extras = {};
  uint16_t orientation = 1;
  bool big_endian = false, big_tiff = false;
  std::vector<uint16_t> palette = {};  // 3 * 2^bits
  std::vector<uint8_t> data =
      {};  // rows of whole pixels (contiguous) or plane after plane, packed, native order
};
File make_tiff(const TiffParts& parts);

}  // namespace simclr::test
