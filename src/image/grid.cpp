#include "image/grid.hpp"

#include <algorithm>
#include <cmath>

#include "image/resample.hpp"

namespace simclr {

Image fitted(const Image& picture, int side) {
  const double longer = std::max(picture.height(), picture.width());
  const auto scaled = [&](int of) { return std::max(1, static_cast<int>(std::lround(of * side / longer))); };
  return crop_resize(picture, {0, 0, picture.height(), picture.width()}, scaled(picture.height()),
                     scaled(picture.width()), Filter::bilinear, false, unit_scale(picture.sample()));
}

void paste(const Image& image, int top, int left, Image& grid) {
  for (int c = 0; c < grid.bands(); ++c) {
    const auto from = image.band<float>(image.bands() < 3 ? 0 : c);
    const auto to = grid.band<uint8_t>(c);
    for (int y = 0; y < image.height(); ++y)
      for (int x = 0; x < image.width(); ++x) {
        const float value =
            from[static_cast<size_t>(y) * static_cast<size_t>(image.width()) + static_cast<size_t>(x)];
        to[static_cast<size_t>(top + y) * static_cast<size_t>(grid.width()) + static_cast<size_t>(left + x)] =
            static_cast<uint8_t>(std::lround(255 * std::clamp(value, 0.0F, 1.0F)));
      }
  }
}

}  // namespace simclr
