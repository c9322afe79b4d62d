#include "image/resample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/expect_error.hpp"
#include "base/random.hpp"
#include "image/make_files.hpp"

namespace simclr::test {
namespace {

const nlohmann::json& golden() {
  static const nlohmann::json data =
      nlohmann::json::parse(std::ifstream(SIMCLR_SOURCE_DIR "/tests/golden/geometry.json"));
  return data;
}

Image image_of(const nlohmann::json& rows) {
  Image image(1, static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), Sample::f32);
  size_t i = 0;
  for (const auto& row : rows)
    for (const auto& value : row) image.band<float>(0)[i++] = value.get<float>();
  return image;
}

void expect_near(const Image& got, const Image& wanted, double tolerance) {
  ASSERT_EQ(got.height(), wanted.height());
  ASSERT_EQ(got.width(), wanted.width());
  ASSERT_EQ(got.bands(), wanted.bands());
  for (int c = 0; c < got.bands(); ++c)
    for (size_t i = 0; i < got.plane(); ++i)
      ASSERT_NEAR(got.band<float>(c)[i], wanted.band<float>(c)[i], tolerance)
          << "band " << c << ", pixel " << i;
}

Box whole(const Image& image) {
  return {0, 0, image.height(), image.width()};
}

// The definition, in double: every output is the weighted mean over all inputs, nothing cut short.
double kernel(Filter filter, double x) {
  x = std::abs(x);
  if (filter == Filter::bilinear) return x < 1 ? 1 - x : 0;
  if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
  return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

std::vector<double> weights_by_definition(int in, int out, int at, Filter filter) {
  const double ratio = static_cast<double>(in) / out, stretch = std::max(ratio, 1.0);
  std::vector<double> weights;
  for (int i = 0; i < in; ++i) weights.push_back(kernel(filter, (i + 0.5 - (at + 0.5) * ratio) / stretch));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& w : weights) w /= sum;
  return weights;
}

Image by_definition(const Image& in, const Box& box, int height, int width, Filter filter) {
  Image out(in.bands(), height, width, Sample::f32);
  for (int y = 0; y < height; ++y) {
    const auto down = weights_by_definition(box.height, height, y, filter);
    for (int x = 0; x < width; ++x) {
      const auto across = weights_by_definition(box.width, width, x, filter);
      for (int c = 0; c < in.bands(); ++c) {
        double sum = 0;
        for (int i = 0; i < box.height; ++i)
          for (int j = 0; j < box.width; ++j)
            sum += down[static_cast<size_t>(i)] * across[static_cast<size_t>(j)] *
                   in.band<float>(c)[static_cast<size_t>((box.top + i) * in.width() + box.left + j)];
        out.band<float>(c)[static_cast<size_t>(y * width + x)] = static_cast<float>(sum);
      }
    }
  }
  return out;
}

Image mirrored(const Image& in) {
  Image out = in;
  const auto width = static_cast<std::ptrdiff_t>(in.width());
  for (int c = 0; c < in.bands(); ++c)
    for (int y = 0; y < in.height(); ++y) {
      float* row = out.band<float>(c).data() + y * width;
      std::reverse(row, row + width);
    }
  return out;
}

TEST(CropResize, Golden) {
  const Image in = image_of(golden()["image"]);
  const struct {
    const char* key;
    Filter filter;
  } cases[] = {{"resize_bilinear_aa_5x5", Filter::bilinear},
               {"resize_bicubic_aa_5x5", Filter::bicubic},
               {"resize_bilinear_aa_up_12x12", Filter::bilinear},
               {"resize_bicubic_aa_up_12x12", Filter::bicubic}};
  for (const auto& [key, filter] : cases) {
    SCOPED_TRACE(key);
    const Image wanted = image_of(golden()[key]);
    expect_near(crop_resize(in, whole(in), wanted.height(), wanted.width(), filter), wanted, 1e-6);
  }
}

TEST(CropResize, IsItsDefinitionOverAGridOfSizes) {
  const Image in = smooth(2, 40, 50, Sample::f32);
  for (const Filter filter : {Filter::bilinear, Filter::bicubic}) {
    for (const Box box :
         {Box{0, 0, 40, 50}, Box{3, 7, 1, 1}, Box{39, 0, 1, 50}, Box{5, 49, 33, 1}, Box{10, 11, 12, 13}}) {
      for (const auto& [height, width] :
           {std::pair{1, 1}, {5, 90}, {90, 5}, {12, 13}, {33, 50}, {7, 7}, {64, 64}}) {
        SCOPED_TRACE(std::to_string(box.height) + " x " + std::to_string(box.width) + " to " +
                     std::to_string(height) + " x " + std::to_string(width));
        const Image wanted = by_definition(in, box, height, width, filter);
        expect_near(crop_resize(in, box, height, width, filter), wanted, 2e-6);
        expect_near(crop_resize(in, box, height, width, filter, true), mirrored(wanted), 2e-6);
      }
    }
  }
}

TEST(CropResize, ReadsNothingOutsideTheBox) {
  Image in = smooth(1, 30, 30, Sample::f32);
  const Box box{10, 8, 9, 11};
  std::vector<Image> before;
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic})
    for (const int size : {4, 9, 25}) before.push_back(crop_resize(in, box, size, size, filter));
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 30; ++x)
      if (y < 10 || y >= 19 || x < 8 || x >= 19)
        in.band<float>(0)[static_cast<size_t>(y * 30 + x)] = std::numeric_limits<float>::quiet_NaN();
  size_t i = 0;
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic})
    for (const int size : {4, 9, 25}) expect_near(crop_resize(in, box, size, size, filter), before[i++], 0);
}

TEST(CropResize, FromEverySampleTypeTheSame) {
  Image bytes = smooth(3, 33, 21), words(3, 33, 21, Sample::u16), floats(3, 33, 21, Sample::f32);
  for (int c = 0; c < 3; ++c) {
    for (uint8_t& x : bytes.band<uint8_t>(c)) x = static_cast<uint8_t>(64 + x / 2);  // room for overshoot
    std::ranges::copy(bytes.band<uint8_t>(c), words.band<uint16_t>(c).begin());
    std::ranges::copy(bytes.band<uint8_t>(c), floats.band<float>(c).begin());
  }
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic}) {
    for (const int size : {8, 21, 60}) {
      const Box box{2, 1, 30, 20};
      const Image wanted = crop_resize(floats, box, size, size, filter, true);
      const double tolerance = filter == Filter::bicubic ? 1e-4 : 0;  // whole numbers go columns first
      expect_near(crop_resize(bytes, box, size, size, filter, true), wanted, tolerance);
      expect_near(crop_resize(words, box, size, size, filter, true), wanted, tolerance);
    }
  }
}

TEST(CropResize, BicubicOvershootOfWholeNumbersIsCutBetweenThePasses) {
  Image bytes(1, 8, 8, Sample::u8);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x) bytes.band<uint8_t>(0)[static_cast<size_t>(8 * y + x)] = x < 4 ? 0 : 255;
  const Image out = crop_resize(bytes, whole(bytes), 8, 24, Filter::bicubic);
  const auto [least, most] = std::ranges::minmax_element(out.band<float>(0));
  EXPECT_EQ(*least, 0);
  EXPECT_EQ(*most, 255);
}

TEST(ResizeForEvaluation, AnExtremeStripKeepsItsMiddle) {
  Image strip(1, 1, 9'000'000, Sample::u8);
  std::ranges::fill(strip.band<uint8_t>(0), uint8_t{51});
  const Image out = resize_for_evaluation(strip, 224);
  for (const float x : out.band<float>(0)) ASSERT_NEAR(x, 0.2, 1e-6);
}

TEST(CropResize, ScaleMultiplies) {
  const Image in = smooth(1, 12, 12);
  const Image plain = crop_resize(in, whole(in), 7, 9, Filter::bilinear);
  const Image unit = crop_resize(in, whole(in), 7, 9, Filter::bilinear, false, unit_scale(in.sample()));
  for (size_t i = 0; i < plain.plane(); ++i)
    EXPECT_NEAR(unit.band<float>(0)[i], plain.band<float>(0)[i] / 255, 1e-6);
  EXPECT_EQ(unit_scale(Sample::u16), 1.0F / 65535.0F);
  EXPECT_EQ(unit_scale(Sample::f32), 1.0F);
}

TEST(CropResize, SameSizeIsACopyAndMirroringTwiceTheOriginal) {
  const Image in = smooth(3, 15, 22, Sample::f32);
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic}) {
    expect_near(crop_resize(in, whole(in), 15, 22, filter), in, 0);
    const Image once = crop_resize(in, whole(in), 15, 22, filter, true);
    expect_near(once, mirrored(in), 0);
    expect_near(crop_resize(once, whole(once), 15, 22, filter, true), in, 0);
  }
}

TEST(CropResize, AConstantStaysOne) {
  Image in(1, 31, 47, Sample::u8);
  std::ranges::fill(in.band<uint8_t>(0), uint8_t{200});
  for (const Filter filter : {Filter::nearest, Filter::bilinear, Filter::bicubic})
    for (const int size : {1, 3, 30, 100}) {
      const Image out = crop_resize(in, whole(in), size, size + 1, filter);
      for (const float value : out.band<float>(0)) ASSERT_NEAR(value, 200, 1e-4);
    }
}

// A line stays a line away from the border, to float32's precision.
TEST(CropResize, KeepsStraightSlopes) {
  Image in(1, 1, 64, Sample::f32);
  for (int x = 0; x < 64; ++x) in.band<float>(0)[static_cast<size_t>(x)] = static_cast<float>(x) + 0.5F;
  for (const Filter filter : {Filter::bilinear, Filter::bicubic}) {
    for (const int width : {16, 48, 64, 200}) {
      const Image out = crop_resize(in, whole(in), 1, width, filter);
      for (int x = width / 4; x < 3 * width / 4; ++x)
        ASSERT_NEAR(out.band<float>(0)[static_cast<size_t>(x)], (x + 0.5) * 64 / width, 0.26);
    }
  }
}

TEST(CropResize, RandomCropsAgreeWithTheDefinition) {
  Random random({.seed = 3}, 0);
  for (int i = 0; i < 150; ++i) {
    const int height = 1 + static_cast<int>(random.below(40)), width = 1 + static_cast<int>(random.below(40));
    Image in(1, height, width, Sample::f32);
    for (float& value : in.band<float>(0)) value = static_cast<float>(random.uniform(-1, 1));
    Box box;
    box.height = 1 + static_cast<int>(random.below(static_cast<uint32_t>(height)));
    box.width = 1 + static_cast<int>(random.below(static_cast<uint32_t>(width)));
    box.top = static_cast<int>(random.below(static_cast<uint32_t>(height - box.height + 1)));
    box.left = static_cast<int>(random.below(static_cast<uint32_t>(width - box.width + 1)));
    const int out_height = 1 + static_cast<int>(random.below(48)),
              out_width = 1 + static_cast<int>(random.below(48));
    const Filter filter = i % 2 == 0 ? Filter::bilinear : Filter::bicubic;
    expect_near(crop_resize(in, box, out_height, out_width, filter),
                by_definition(in, box, out_height, out_width, filter), 3e-6);
  }
}

TEST(CropResize, ABoxThatDoesNotFitIsAnError) {
  const Image in = smooth(1, 10, 20);
  for (const Box box :
       {Box{0, 0, 11, 20}, Box{0, 1, 10, 20}, Box{-1, 0, 5, 5}, Box{0, 0, 0, 5}, Box{2'000'000'000, 0, 5, 5}})
    expect_error([&] { crop_resize(in, box, 4, 4, Filter::bilinear); }, Exit::failed,
                 {"does not fit", "10 x 20"});
  expect_error([&] { crop_resize(in, whole(in), 0, 4, Filter::bilinear); }, Exit::failed, {"0 x 4"});
}

TEST(ResizeForEvaluation, SmallPicturesAreResizedAndCutToASquare) {
  const Image in = smooth(3, 40, 60);
  const Image got = resize_for_evaluation(in, 32);  // 40 x 60 -> 32 x 48 -> the middle 32 columns
  const Image resized = crop_resize(in, whole(in), 32, 48, Filter::bilinear, false, 1.0F / 255.0F);
  const Image wanted = crop_resize(resized, {0, 8, 32, 32}, 32, 32, Filter::nearest);
  expect_near(got, wanted, 0);
}

TEST(ResizeForEvaluation, LargeOnesLoseABorder) {
  const Image in = smooth(1, 300, 400);
  const Image got = resize_for_evaluation(in, 224);  // shorter side to 256, then the middle 224
  const Image resized = crop_resize(in, whole(in), 256, 341, Filter::bilinear, false, 1.0F / 255.0F);
  expect_near(got, crop_resize(resized, {16, 58, 224, 224}, 224, 224, Filter::nearest), 1e-6);
}

TEST(ResizeForEvaluation, ThePictureOfTheRightSizeOnlyChangesItsScale) {
  for (const int size : {28, 64, 96, 224}) {
    const Image in = smooth(3, size, size);
    const Image got = resize_for_evaluation(in, size);
    for (int c = 0; c < 3; ++c)
      for (size_t i = 0; i < in.plane(); ++i)
        ASSERT_FLOAT_EQ(got.band<float>(c)[i], static_cast<float>(in.band<uint8_t>(c)[i]) / 255.0F);
  }
}

TEST(ResizeForEvaluation, AnySizeAndShapeGivesASquare) {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 500}, {500, 1}, {28, 28}, {33, 31}, {90, 1000}}) {
    for (const int size : {1, 28, 65, 224}) {
      const Image got = resize_for_evaluation(smooth(1, height, width, Sample::u16), size);
      ASSERT_EQ(got.height(), size);
      ASSERT_EQ(got.width(), size);
      for (const float value : got.band<float>(0)) ASSERT_TRUE(value >= 0 && value <= 1.00001F);
    }
  }
}

}  // namespace
}  // namespace simclr::test
