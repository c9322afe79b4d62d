#include "image/visible.hpp"

#include <gtest/gtest.h>

namespace simclr {
namespace {

TEST(Visible, RedGreenAndBlueAreFoundByName) {
  Image image(4, 1, 1, Sample::u16);
  for (int c = 0; c < 4; ++c) image.band<uint16_t>(c)[0] = static_cast<uint16_t>(c + 1);
  const auto shown = [&](const std::vector<std::string>& names) {
    const Image some = visible_bands(image, names);
    std::vector<int> values;
    for (int c = 0; c < some.bands(); ++c) values.push_back(some.band<uint16_t>(c)[0]);
    return values;
  };
  EXPECT_EQ(shown({"B02", "B03", "B04", "B08"}), (std::vector{3, 2, 1}));
  EXPECT_EQ(shown({"B05", "B06", "B04", "B08"}), (std::vector{1, 2, 3}));
  EXPECT_EQ(shown({}), (std::vector{1, 2, 3}));
}

TEST(Visible, TheMiddleNinetySixPercentFillTheScreen) {
  Image image(1, 1, 101, Sample::u16);
  for (size_t i = 0; i <= 100; ++i) image.band<uint16_t>(0)[i] = static_cast<uint16_t>(1000 + 10 * i);
  const Image shown = visible(image);
  for (size_t i = 0; i <= 100; ++i) {
    const double expected = std::clamp((static_cast<double>(i) - 2) / 96, 0.0, 1.0);
    EXPECT_NEAR(shown.band<float>(0)[i], expected, 1e-6) << i;
  }
}

TEST(Visible, PixelsWithoutDataDoNotStretch) {
  Image image(3, 1, 200, Sample::u16);
  for (int c = 0; c < 3; ++c)
    for (size_t i = 100; i < 200; ++i) image.band<uint16_t>(c)[i] = static_cast<uint16_t>(500 + i);
  const Image shown = visible(image);
  EXPECT_EQ(shown.band<float>(0)[0], 0);
  EXPECT_NEAR(shown.band<float>(0)[150], 0.5, 0.02);
}

}  // namespace
}  // namespace simclr
