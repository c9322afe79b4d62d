#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/expect_error.hpp"
#include "image/make_files.hpp"
#include "image/resample.hpp"

namespace simclr::test {
namespace {

Image golden_image(const char* key) {
  static const nlohmann::json data =
      nlohmann::json::parse(std::ifstream(SIMCLR_SOURCE_DIR "/tests/golden/geometry.json"));
  const auto& rows = data[key];
  Image image(1, static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), Sample::f32);
  size_t i = 0;
  for (const auto& row : rows)
    for (const auto& value : row) image.band<float>(0)[i++] = value.get<float>();
  return image;
}

double largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.bytes().size(), b.bytes().size());
  double largest = 0;
  for (int c = 0; c < a.bands(); ++c)
    for (size_t i = 0; i < a.plane(); ++i)
      largest = std::max(largest, std::abs(static_cast<double>(a.band<float>(c)[i]) - b.band<float>(c)[i]));
  return largest;
}

constexpr float white[] = {1.0F};

TEST(Rotate, Golden) {
  const Image in = golden_image("image");
  EXPECT_LE(largest_difference(rotate(in, 30, Filter::bilinear, white),
                               golden_image("rotate_30_bilinear_white_correct_blend")),
            1e-6);
  EXPECT_LE(
      largest_difference(rotate(in, 30, Filter::nearest, white), golden_image("rotate_30_nearest_white")), 0);
  EXPECT_LE(largest_difference(rotate(in, 90, Filter::bilinear, white), golden_image("rotate_90_bilinear")),
            0);
}

TEST(Rotate, QuartersOfASquareAreExactAndAWholeTurnIsNone) {
  const Image in = smooth(2, 9, 9, Sample::f32);
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic}) {
    const Image quarter = rotate(in, 90, filter, white);
    for (int y = 0; y < 9; ++y)
      for (int x = 0; x < 9; ++x)  // counter-clockwise: the right column becomes the top row
        ASSERT_EQ(quarter.band<float>(1)[static_cast<size_t>(y * 9 + x)],
                  in.band<float>(1)[static_cast<size_t>(x * 9 + 8 - y)]);
    EXPECT_EQ(largest_difference(rotate(quarter, 90, filter, white), rotate(in, 180, filter, white)), 0);
    EXPECT_EQ(largest_difference(rotate(quarter, -90, filter, white), in), 0);
    EXPECT_EQ(largest_difference(rotate(in, 720, filter, white), in), 0);
    EXPECT_EQ(largest_difference(rotate(in, -270, filter, white), quarter), 0);
  }
}

TEST(Rotate, QuartersMoveNoDataWithoutSpreadingIt) {
  Image in = smooth(1, 8, 8, Sample::f32);
  in.band<float>(0)[1] = NAN;
  for (const double degrees : {90.0, 180.0, -90.0, 360.0})
    for (const Image& out :
         {rotate(in, degrees, Filter::bilinear, white), rotate_mirrored(in, degrees, Filter::bicubic)})
      EXPECT_EQ(std::ranges::count_if(out.band<float>(0), [](float x) { return std::isnan(x); }), 1);
}

// The picture with its mirror images around it, three times as high and wide; edges are not repeated.
Image with_mirror_images(const Image& in) {
  const int height = in.height(), width = in.width();
  Image out(1, 3 * height - 2, 3 * width - 2, Sample::f32);
  const auto from = [](int i, int n) {
    return i < n - 1 ? n - 1 - i : i < 2 * n - 1 ? i - n + 1 : 3 * n - 3 - i;
  };
  for (int y = 0; y < out.height(); ++y)
    for (int x = 0; x < out.width(); ++x)
      out.band<float>(0)[static_cast<size_t>(y * out.width() + x)] =
          in.band<float>(0)[static_cast<size_t>(from(y, height) * width + from(x, width))];
  return out;
}

TEST(Rotate, MirroredAndZoomAreThoseOfThePictureAmongItsMirrorImages) {
  const Image in = smooth(1, 12, 15, Sample::f32), sheet = with_mirror_images(in);
  const auto middle = [&](const Image& wide) {
    return crop_resize(wide, {11, 14, 12, 15}, 12, 15, Filter::nearest);
  };
  for (const Filter filter : {Filter::bilinear, Filter::bicubic}) {
    for (const double degrees : {-140.0, -17.0, 3.5, 45.0, 90.0, 101.0})
      EXPECT_LE(largest_difference(rotate_mirrored(in, degrees, filter),
                                   middle(rotate(sheet, degrees, filter, white))),
                3e-6)
          << degrees;
    for (const auto& [down, across] : {std::pair{0.8, 0.8}, {1.2, 1.2}, {0.8, 1.3}, {0.6, 0.5}})
      EXPECT_LE(largest_difference(zoom(in, down, across, filter), middle(zoom(sheet, down, across, filter))),
                3e-6);
  }
}

TEST(Zoom, OfALinearRampStretchesItAboutTheCentreAndOneChangesNothing) {
  Image ramp(2, 21, 21, Sample::f32);
  for (int i = 0; i < 441; ++i) {
    ramp.band<float>(0)[static_cast<size_t>(i)] = static_cast<float>(i / 21 - 10);
    ramp.band<float>(1)[static_cast<size_t>(i)] = static_cast<float>(i % 21 - 10);
  }
  EXPECT_EQ(largest_difference(zoom(ramp, 1, 1, Filter::bilinear), ramp), 0);
  const Image out = zoom(ramp, 2, 1.25, Filter::bilinear);
  for (int y = 0; y < 21; ++y)
    for (int x = 0; x < 21; ++x) {
      ASSERT_NEAR(out.band<float>(0)[static_cast<size_t>(y * 21 + x)], (y - 10) / 2.0, 1e-5);
      ASSERT_NEAR(out.band<float>(1)[static_cast<size_t>(y * 21 + x)], (x - 10) / 1.25, 1e-5);
    }
  expect_error([&] { zoom(ramp, 0, 1, Filter::bilinear); }, Exit::setting, {"above 0"});
}

TEST(Rotate, WhiteOnWhiteStaysWhite) {
  Image in(1, 11, 17, Sample::f32);
  std::ranges::fill(in.band<float>(0), 1.0F);
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic})
    for (double degrees = -200; degrees < 200; degrees += 13) {
      const Image out = rotate(in, degrees, filter, white);
      for (const float value : out.band<float>(0)) ASSERT_NEAR(value, 1, 1e-6);
    }
}

TEST(Rotate, IsTheRotationOfThePictureLaidOnALargerSheetOfTheFill) {
  const float gray[] = {0.3F};
  const Image in = smooth(1, 12, 15, Sample::f32);
  constexpr int border = 20;
  Image sheet(1, 12 + 2 * border, 15 + 2 * border, Sample::f32);
  std::ranges::fill(sheet.band<float>(0), gray[0]);
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 15; ++x)
      sheet.band<float>(0)[static_cast<size_t>((y + border) * sheet.width() + x + border)] =
          in.band<float>(0)[static_cast<size_t>(y * 15 + x)];
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic}) {
    for (const double degrees : {-140.0, -17.0, 3.5, 45.0, 101.0}) {
      const Image wide = rotate(sheet, degrees, filter, gray);
      const Image cut = crop_resize(wide, {border, border, 12, 15}, 12, 15, Filter::nearest);
      EXPECT_LE(largest_difference(rotate(in, degrees, filter, gray), cut), 2e-6);
    }
  }
}

TEST(Rotate, TakesOneFillABandAndEverySampleType) {
  Image in(2, 6, 6, Sample::u8);
  const float fill[] = {10.0F, 200.0F};
  const Image out = rotate(in, 45, Filter::bilinear, fill);
  EXPECT_EQ(out.sample(), Sample::f32);
  EXPECT_EQ(out.band<float>(0)[0], 10.0F);
  EXPECT_EQ(out.band<float>(1)[0], 200.0F);
  Image words = smooth(1, 6, 6, Sample::u16), floats(1, 6, 6, Sample::f32);
  std::ranges::copy(words.band<uint16_t>(0), floats.band<float>(0).begin());
  EXPECT_EQ(largest_difference(rotate(words, 10, Filter::bicubic, white),
                               rotate(floats, 10, Filter::bicubic, white)),
            0);
}

TEST(Rotate, BadArgumentsAreErrors) {
  const Image in = smooth(3, 4, 4);
  const float two[] = {1.0F, 2.0F};
  expect_error([&] { rotate(in, 10, Filter::bilinear, two); }, Exit::setting,
               {"2 fill values", "3 bands", "one a band"});
  expect_error([&] { rotate(in, NAN, Filter::bilinear, white); }, Exit::setting, {"not a finite number"});
}

}  // namespace
}  // namespace simclr::test
