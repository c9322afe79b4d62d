// The grid that people look at before they train: each picture whole, then views of it.

#include <algorithm>

#include "augment/pipeline.hpp"
#include "image/grid.hpp"
#include "image/raster.hpp"
#include "image/visible.hpp"

namespace simclr {
namespace {

constexpr int kGap = 2, kWideGap = 8;  // pixels; the wide one parts originals from views

// Gray and RGB in float lie in [0, 1] already.
bool needs_stretch(const Image& picture, bool named) {
  return picture.sample() == Sample::u16 || is_raster(picture, named);
}

}  // namespace

Image preview(std::span<const Image> pictures, const Pipeline& pipeline, int size, int views, uint64_t seed,
              const std::vector<std::string>& band_names) {
  const auto rows = static_cast<int>(pictures.size());
  const bool colour =
      std::any_of(pictures.begin(), pictures.end(), [](const Image& one) { return one.bands() >= 3; });
  const int step = size + kGap, first = kGap + size + kWideGap;
  Image grid(colour ? 3 : 1, kGap + rows * step, first + views * step, Sample::u8);
  std::fill(grid.bytes().begin(), grid.bytes().end(), std::byte{255});
  for (int row = 0; row < rows; ++row) {
    const Image& picture = pictures[static_cast<size_t>(row)];
    const int top = kGap + row * step;
    Image whole = visible_bands(fitted(picture, size), band_names);
    // What has more than 8 bits is dark as it is; views are shown as the picture is, so that what jitter does
    // is seen.
    const Stretch shown = needs_stretch(picture, !band_names.empty()) ? stretch_of(whole) : Stretch();
    apply(shown, whole);
    paste(whole, top + (size - whole.height()) / 2, kGap + (size - whole.width()) / 2, grid);
    for (int view = 0; view < views; ++view) {  // view 1 and view 2 in turn, epoch after epoch
      const auto epoch = static_cast<uint32_t>(view / 2);
      const Draw draw{seed, epoch, static_cast<uint64_t>(row), static_cast<uint8_t>(view % 2)};
      Image seen = visible_bands(pipeline.apply(picture, draw, epoch, size), band_names);
      apply(shown, seen);
      paste(seen, top, first + view * step, grid);
    }
  }
  return grid;
}

}  // namespace simclr
