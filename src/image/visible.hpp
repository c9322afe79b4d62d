#pragma once
// What people see of a raster: three of its bands, and of numbers that no screen shows, their usual range.

#include <string>
#include <vector>

#include "image/image.hpp"

namespace simclr {

// Red, green and blue: B04, B03, B02 where these are among `names`, else the first three; of fewer than three
// bands the first. `names` may be empty: not known.
Image visible_bands(const Image& image, const std::vector<std::string>& names = {});

struct Stretch {  // from these to 0 and 1
  float low = 0, high = 1;
};

// From the share `tail` of the values of a float picture to the share 1 - tail; NaN, infinities and pixels
// that are 0 in every band of a raster (no data) left out. Cost: one pass and a selection.
Stretch stretch_of(const Image& image, double tail = 0.02);
void apply(const Stretch& stretch, Image& image);  // values beyond leave [0, 1]; NaN becomes 0

// Both at once, float32 in [0, 1]: uint8 as it is, the rest stretched.
Image visible(const Image& image, const std::vector<std::string>& names = {});

}  // namespace simclr
