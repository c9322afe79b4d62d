#pragma once
// Inside the room: what GDAL writes beside the pixels of a TIFF (tags 42112 GDAL_METADATA and 42113
// GDAL_NODATA), and what of it changes them.

#include <tiffio.h>

#include <optional>
#include <string>
#include <vector>

#include "image/decode.hpp"

namespace simclr {

struct TiffTags {
  std::vector<std::string> bands;  // descriptions of the samples, "" where there is none
  std::optional<double> nodata;
  std::optional<double> offset;  // in the numbers of the file: its offset over its scale
  std::optional<double> scale;
};

TiffTags read_tags(TIFF* tiff);

// Names of the bands, where each has one of its own; what is not data becomes 0 in whole numbers and NaN in
// float ones.
void apply_tags(const TiffTags& tags, Decoded& decoded);

}  // namespace simclr
