// The grid that people look at before they train: each picture whole, then views of it.

#include <algorithm>
#include <cmath>

#include "augment/pipeline.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

constexpr int kGap = 2, kWideGap = 8;  // pixels; the wide one parts originals from views

// The whole picture, its longer side as long as the view's.
Image fitted(const Image& picture, int size) {
  const double longer = std::max(picture.height(), picture.width());
  const auto side = [&](int of) { return std::max(1, static_cast<int>(std::lround(of * size / longer))); };
  return crop_resize(picture, {0, 0, picture.height(), picture.width()}, side(picture.height()),
                     side(picture.width()), Filter::bilinear, false, unit_scale(picture.sample()));
}

// Of more than three bands the first three are shown, of two the first.
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

}  // namespace

Image preview(std::span<const Image> pictures, const Pipeline& pipeline, int size, int views, uint64_t seed) {
  const auto rows = static_cast<int>(pictures.size());
  const bool colour =
      std::any_of(pictures.begin(), pictures.end(), [](const Image& one) { return one.bands() >= 3; });
  const int step = size + kGap, first = kGap + size + kWideGap;
  Image grid(colour ? 3 : 1, kGap + rows * step, first + views * step, Sample::u8);
  std::fill(grid.bytes().begin(), grid.bytes().end(), std::byte{255});
  for (int row = 0; row < rows; ++row) {
    const Image& picture = pictures[static_cast<size_t>(row)];
    const int top = kGap + row * step;
    const Image whole = fitted(picture, size);
    paste(whole, top + (size - whole.height()) / 2, kGap + (size - whole.width()) / 2, grid);
    for (int view = 0; view < views; ++view) {  // view 1 and view 2 in turn, epoch after epoch
      const auto epoch = static_cast<uint32_t>(view / 2);
      const Draw draw{seed, epoch, static_cast<uint64_t>(row), static_cast<uint8_t>(view % 2)};
      paste(pipeline.apply(picture, draw, epoch, size), top, first + view * step, grid);
    }
  }
  return grid;
}

}  // namespace simclr
