#pragma once
// Rasters, statistics and views made for the tests of this room.

#include <cmath>
#include <string>

#include "augment/pipeline.hpp"
#include "made_pictures.hpp"

namespace simclr::made {

// Smooth, with values on both sides of 0 and beyond 1; each band `step` above the one before.
inline Image raster(int bands, int side, double step = 0.5) {
  Image image(bands, side, side, Sample::f32);
  for (int c = 0; c < bands; ++c)
    for (int i = 0; i < side * side; ++i)
      image.band<float>(c)[static_cast<size_t>(i)] = static_cast<float>(
          3 * std::sin(0.7 * (i % side)) + 2 * std::cos(0.4 * (i / side)) + 0.3 + step * c);
  return image;
}

inline BandStatistics usual(int bands, double scale = 1) {
  BandStatistics all;
  for (int c = 0; c < bands; ++c) all.bands.push_back({scale * (0.3 + 0.5 * c), scale * (2 + 0.1 * c)});
  return all;
}

inline BandStatistics of_raster(int bands, double scale = 1) {
  BandStatistics all = usual(bands, scale);
  all.raster = true;
  return all;
}

inline Image scaled(Image image, float by) {
  for (int c = 0; c < image.bands(); ++c)
    for (float& x : image.band<float>(c)) x *= by;
  return image;
}

inline Image applied(const std::string& text, const Image& image, uint64_t index,
                     const BandStatistics& statistics = {}) {
  return Pipeline(text, statistics).apply(image, {.seed = 11, .index = index}, 0, image.height());
}

}  // namespace simclr::made
