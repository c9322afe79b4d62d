#pragma once
// Inside the room: arithmetic on one band of a view, of any number of bands and any values. Pictures (unit
// range) are clamped to [0, 1]; rasters (View::raster) never are. NaN means no data: such a pixel stays NaN
// and counts in no mean.

#include <span>

#include "augment/augment.hpp"

namespace simclr {

// Of the band over the data set where that is known (View::statistics), else over this view.
BandStatistics::Band statistics_of(const View& view, int c);

double mean_of_valid(std::span<const float> pixels);  // 0 where none is valid

// x -> scale x + shift
void scale_and_shift(View& view, int c, double scale, double shift);

// x -> factor x, one factor a pixel
void multiply_pixels(View& view, int c, std::span<const float> factors);

}  // namespace simclr
