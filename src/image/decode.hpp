#pragma once
// Files to images: JPEG, PNG, WebP and TIFF. The magic bytes decide which, never the extension.
// Safe on hostile input: sizes are checked before memory is taken, a broken file never spoils the next one,
// nothing is printed. Any thread may call these at once.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/image.hpp"

namespace simclr {

enum class Format {
  none,  // no image magic that we know
  jpeg,
  png,
  webp,
  tiff,
  unsupported  // a known image format that is not read: GIF, BMP, ...
};

Format sniff(std::span<const std::byte> first_bytes);  // 16 bytes are enough
const char* name(Format format);                       // "jpeg"; for unsupported ones see unsupported_name()
std::string unsupported_name(std::span<const std::byte> first_bytes);  // "gif"

struct DecodeOptions {
  int bands = 0;       // 0: as the file has them; 1: gray (ITU-R 601 luma); 3: gray repeated
  int least_side = 0;  // JPEG: decoded at the smallest of 1/8, 1/4, 3/8, 1/2 that leaves the shorter side at
                       // least so long; faster, but not the pixels of a resize. 0, or none fits: as it is
  bool exif_orientation = false;  // JPEG: turn the picture as its EXIF tag says (Pillow's default is not to)
  size_t max_pixels = 178'956'970;  // larger pictures are refused before decoding, as Pillow does;
                                    // and so are those of more than 3 bytes times this, decoded
  // Of rasters; see image/raster.hpp.
  std::vector<std::string> only = {};   // bands by name or position from 1, in this order; empty: all
  std::vector<std::string> names = {};  // of the bands of files that name none, where the number fits
  std::optional<double> offset = {};    // added to every value that is data; unless given, the product's or
                                        // the file's own
  std::optional<double> product_offset = {};  // by the name of the product: of whole numbers alone, since
                                              // floats were computed by someone
  std::optional<double> nodata = {};          // value that is no data, beside those that the file says
  std::vector<float> fill = {};  // one a band, in the file's numbers: what pixels without data become
  bool bicubic = false;          // how bands of coarser grids come to the finest: bilinear, or so
};

// Alpha is laid over white. Palettes become RGB. CMYK and YCCK JPEGs become RGB. PNG of 1, 2, 4 bits are
// scaled to 8; 16-bit PNG and TIFF stay uint16; float TIFF stays float32. TIFF with N samples gives N bands.
// A damaged JPEG that Pillow refuses is refused as well: half a picture is not a picture.
struct Decoded {
  Image image;  // empty unless it worked
  Format format = Format::none;
  std::string error;                    // why it did not: "truncated", "zero width", ...; "" when it worked
  std::vector<std::string> bands = {};  // their names, where the file or `names` says them
  std::optional<double> offset = {};    // that the file asks to be added; of rasters then: that was added
  std::vector<double> nodata = {};      // values that the file, or who asked, calls no data
  std::optional<double> scale = {};     // that the file says makes a quantity of its numbers; never applied
  bool floating = false;                // the numbers in the file are, whatever the image has
  std::vector<std::string> names = {};  // by the file, of bands that were asked for by place
  bool ok() const { return error.empty(); }
};

Decoded decode(std::span<const std::byte> file, const DecodeOptions& options = {});

}  // namespace simclr
