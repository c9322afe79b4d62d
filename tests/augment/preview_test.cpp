#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "augment/pipeline.hpp"
#include "image/grid.hpp"
#include "image/resample.hpp"
#include "image/visible.hpp"
#include "made_pictures.hpp"

namespace simclr {
namespace {

TEST(Preview, ShowsTheWholePictureAndTheViewsOfTraining) {
  const std::vector<Image> pictures{made::picture(3, 40, 80, Sample::u8),
                                    made::picture(1, 50, 25, Sample::u16)};
  const Pipeline pipeline("simclr || simclr > solarize");
  const int size = 32, views = 5;
  const Image grid = preview(pictures, pipeline, size, views, 3);
  ASSERT_EQ(grid.bands(), 3);
  ASSERT_EQ(grid.sample(), Sample::u8);
  const int step = (grid.height() - 2) / 2, first = grid.width() - views * step;
  EXPECT_EQ(step, size + 2);
  for (int row = 0; row < 2; ++row)
    for (int v = 0; v < views; ++v) {
      const auto epoch = static_cast<uint32_t>(v / 2);
      const Draw draw{3, epoch, static_cast<uint64_t>(row), static_cast<uint8_t>(v % 2)};
      const Image& picture = pictures[static_cast<size_t>(row)];
      Image view = pipeline.apply(picture, draw, epoch, size);
      if (picture.sample() == Sample::u16)  // shown from its 2nd to its 98th percentile, and so are its views
        apply(stretch_of(fitted(picture, size)), view);
      for (int c = 0; c < 3; ++c)
        for (int y = 0; y < size; ++y)
          for (int x = 0; x < size; ++x) {
            const int at = (2 + row * step + y) * grid.width() + first + v * step + x;
            ASSERT_EQ(grid.band<uint8_t>(c)[static_cast<size_t>(at)],
                      std::lround(
                          255 * std::clamp(made::pixel(view, view.bands() == 1 ? 0 : c, y, x), 0.0F, 1.0F)));
          }
    }
  const auto shown = [&](int y, int x) {
    return grid.band<uint8_t>(1)[static_cast<size_t>(y * grid.width() + x)];
  };
  EXPECT_EQ(shown(0, 0), 255);                  // margin
  EXPECT_EQ(shown(2 + 2, 2 + 5), 255);          // above the wide picture, which fills half of the height
  EXPECT_LT(shown(2 + 16, 2 + 5), 255);         // the picture itself
  EXPECT_EQ(shown(2 + step + 16, 2 + 3), 255);  // left of the tall picture
}

TEST(Preview, BandsDecideGrayOrColour) {
  const Pipeline pipeline("none");
  EXPECT_EQ(preview(std::vector<Image>{made::picture(1, 9, 9, Sample::u8)}, pipeline, 8, 2, 0).bands(), 1);
  EXPECT_EQ(preview(std::vector<Image>{made::picture(2, 9, 9, Sample::u8)}, pipeline, 8, 2, 0).bands(), 1);
  EXPECT_EQ(preview(std::vector<Image>{made::picture(12, 9, 9, Sample::u16)}, pipeline, 8, 2, 0).bands(), 3);
  const Image sliver = made::picture(3, 500, 1, Sample::u8);
  EXPECT_EQ(preview(std::vector<Image>{sliver}, pipeline, 8, 0, 0).bands(), 3);
}

}  // namespace
}  // namespace simclr
