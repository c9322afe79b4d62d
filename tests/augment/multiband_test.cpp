// The operations that take any number of bands and any values: golden numbers, laws, no clipping, no data.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "augment/bands.hpp"
#include "augment/pipeline.hpp"
#include "augment/registry.hpp"
#include "image/resample.hpp"
#include "made_rasters.hpp"

namespace simclr {
namespace {

using made::applied, made::raster, made::scaled, made::usual;

const nlohmann::json& multiband() {
  static const nlohmann::json all = made::golden("multiband.json");
  return all;
}

BandStatistics golden_statistics() {
  return band_statistics(multiband()["band_mean"].get<std::vector<double>>(),
                         multiband()["band_std"].get<std::vector<double>>());
}

// Within 1e-6 of the largest value, as the golden numbers' own checks are.
void expect_golden(const Image& image, const char* key) {
  EXPECT_LE(made::distance(image, made::from_json(multiband()[key])), 1e-6 * 4000) << key;
}

constexpr const char* kTones[] = {"brightness",
                                  "contrast",
                                  "gain",
                                  "gain(law=even,factor=0.5..1.5,about=mean)",
                                  "speckle",
                                  "speckle(per_band=true)",
                                  "speckle(law=salt_pepper)",
                                  "drop_bands(share=0.5)"};
constexpr const char* kMoves[] = {"flip(axis=both)@1",
                                  "rotate(quarters=true)",
                                  "rotate",
                                  "rotate(border=reflect)",
                                  "shift",
                                  "shift(border=roll)",
                                  "zoom",
                                  "zoom(apart=true)",
                                  "blur(taps=5)"};

std::vector<std::string> all_operations() {
  std::vector<std::string> all(std::begin(kTones), std::end(kTones));
  all.insert(all.end(), std::begin(kMoves), std::end(kMoves));
  return all;
}

TEST(Multiband, Golden) {
  const Image dn = made::from_json(multiband()["dn_uint16"]);
  const BandStatistics statistics = golden_statistics();
  expect_golden(applied("brightness(amount=0.3)", dn, 0, statistics), "brightness_add_0_3_sigma");
  expect_golden(applied("contrast(factor=1.4)", dn, 0, statistics), "contrast_1_4_per_band_image_mean");
  expect_golden(applied("gain(factor=1.2,per_band=0)", dn, 0, statistics), "gain_1_2");
  expect_golden(shift(dn, 1, 2, Entering::roll), "shift_roll_dy1_dx2");
  expect_golden(shift(dn, 1, 1, Entering::reflect), "shift_reflect_dy1_dx1");
  View noisy{.image = dn, .raster = true}, apart = noisy;
  std::vector<float> factors;
  for (const auto& row : multiband()["noise"][0])
    for (const auto& n : row) factors.push_back(static_cast<float>(1 + 0.1 * n.get<double>()));
  for (int c = 0; c < 2; ++c) multiply_pixels(noisy, c, factors);
  expect_golden(noisy.image, "speckle_gaussian_sd0_1_shared_noise");
  scale_and_shift(apart, 0, 1.1, 0);
  scale_and_shift(apart, 1, 0.9, 0);
  expect_golden(apart.image, "gain_per_band_1_1_0_9");
}

// What the operations do follows their formulas with the amounts of their own random stream.
TEST(Multiband, FormulasByHandForAnyNumberOfBands) {
  for (const int bands : {2, 4, 5, 10, 12, 13})
    for (uint64_t index = 0; index < 10; ++index) {
      const Image in = raster(bands, 9);
      const BandStatistics statistics = usual(bands);
      const auto stream = [&](const char* name) {
        Random random({.seed = 11, .index = index}, static_cast<uint8_t>(find_operation(name)->id * 8));
        random.uniform();  // the decision
        return random;
      };
      Random of_brightness = stream("brightness"), of_gain = stream("gain"), of_contrast = stream("contrast");
      const double added = of_brightness.uniform(-0.4, 0.4), factor = of_contrast.uniform(0.6, 1.4),
                   gain = std::exp(of_gain.uniform(-std::log(1.5), std::log(1.5)));
      const Image brighter = applied("brightness(per_band=0.1)", in, index, statistics),
                  stretched = applied("contrast", in, index), gained = applied("gain", in, index);
      for (int c = 0; c < bands; ++c) {
        const auto x = in.band<float>(c);
        double mean = 0;
        for (const float one : x) mean += static_cast<double>(one) / static_cast<double>(x.size());
        const double own = added * (1 + of_brightness.uniform(-0.1, 0.1)) * (2 + 0.1 * c),
                     own_gain = gain * (1 + of_gain.uniform(-0.1, 0.1));
        for (size_t i = 0; i < x.size(); ++i) {
          const auto value = static_cast<double>(x[i]);
          ASSERT_NEAR(brighter.band<float>(c)[i], value + own, 1e-5);
          ASSERT_NEAR(stretched.band<float>(c)[i], (value - mean) * factor + mean, 1e-5);
          ASSERT_NEAR(gained.band<float>(c)[i], value * own_gain, 2e-5);
        }
      }
    }
}

// f(1024 x) = 1024 f(x), values far beyond [0, 1] on both sides: nothing is clipped anywhere.
TEST(Multiband, RastersAreNeverClipped) {
  for (const auto& text : all_operations())
    for (const int bands : {1, 2, 3, 4, 10, 12}) {
      double least = 0, most = 0;
      for (uint64_t index = 0; index < 8; ++index) {
        const Image in = raster(bands, 16);
        const Image small = applied(text, in, index, made::of_raster(bands)),
                    large = applied(text, scaled(in, 1024), index, made::of_raster(bands, 1024));
        ASSERT_LE(made::distance(scaled(small, 1024), large), 0.01) << text;
        for (int c = 0; c < bands; ++c)
          for (const float x : large.band<float>(c)) {
            least = std::min(least, static_cast<double>(x));
            most = std::max(most, static_cast<double>(x));
          }
      }
      EXPECT_LT(least, -2000) << text;
      EXPECT_GT(most, 2000) << text;
    }
}

TEST(Multiband, PicturesStayInUnitRange) {
  BandStatistics statistics;
  for (const double std : {0.3, 0.4, 0.9}) statistics.bands.push_back({0.5, std});
  for (const auto& text : all_operations())
    for (const int bands : {1, 3})
      for (uint64_t index = 0; index < 8; ++index) {
        const Image out = applied(text, made::picture(bands, 16, 16, Sample::u8), index, statistics);
        for (int c = 0; c < bands; ++c)
          for (const float x : out.band<float>(c)) ASSERT_TRUE(x >= 0 && x <= 1) << text << " " << x;
      }
}

size_t count_nan(const Image& image, int c) {
  size_t count = 0;
  for (const float x : image.band<float>(c)) count += std::isnan(x) ? 1 : 0;
  return count;
}

// One pixel of one band without data: of tones it stays that one; moves take it along; filters spread it over
// their support at most, and never into another band.
TEST(Multiband, NoDataStaysNoDataAndSpreadsNoFurtherThanTheFilter) {
  constexpr int bands = 10, side = 24;
  Image in = raster(bands, side);
  constexpr size_t hole = 11 * side + 12;
  in.band<float>(4)[hole] = std::numeric_limits<float>::quiet_NaN();
  const std::map<std::string, std::pair<size_t, size_t>> allowed{{"rotate", {1, 9}},
                                                                 {"rotate(border=reflect)", {1, 9}},
                                                                 {"zoom", {1, 9}},
                                                                 {"zoom(apart=true)", {1, 9}},
                                                                 {"blur(taps=5)", {9, 25}}};
  for (const auto& text : all_operations())
    for (uint64_t index = 0; index < 20; ++index) {
      const Image out = applied(text, in, index, usual(bands));
      for (int c = 0; c < bands; ++c) {
        const auto found = allowed.find(text);
        const auto [least, most] = found == allowed.end() ? std::pair<size_t, size_t>{1, 1} : found->second;
        ASSERT_GE(count_nan(out, c), c == 4 ? least : 0) << text;
        ASSERT_LE(count_nan(out, c), c == 4 ? most : 0) << text << " band " << c;
      }
      if (std::find(std::begin(kTones), std::end(kTones), text) != std::end(kTones)) {
        ASSERT_TRUE(std::isnan(out.band<float>(4)[hole])) << text;
      }
    }
}

// Of what resamples the picture: no data comes where another value of that pixel would have changed
// something.
TEST(Multiband, NoDataReachesWhatItsPixelWouldHaveReached) {
  Image in = raster(2, 40), other = in, holed = in;
  constexpr size_t hole = 17 * 40 + 21;
  other.band<float>(0)[hole] += 1e6F;
  holed.band<float>(0)[hole] = std::numeric_limits<float>::quiet_NaN();
  for (const char* text : {"crop(min=0.3)", "crop(min=0.3,filter=bicubic)", "resize"})
    for (uint64_t index = 0; index < 30; ++index) {
      const auto view = [&](const Image& image) {
        return Pipeline(text).apply(image, {.seed = 2, .index = index}, 0, 24);
      };
      const Image usual_view = view(in), changed = view(other), out = view(holed);
      for (size_t i = 0; i < out.plane(); ++i)
        ASSERT_EQ(std::isnan(out.band<float>(0)[i]),  // of a weight above rounding: 1e-6
                  std::abs(usual_view.band<float>(0)[i] - changed.band<float>(0)[i]) > 1)
            << text << " draw " << index << " pixel " << i;
      ASSERT_EQ(count_nan(out, 1), 0U);
    }
}

TEST(Multiband, NoDataCountsInNoMean) {
  Image in = raster(2, 8), holed = in;
  for (size_t i = 0; i < 20; ++i) holed.band<float>(1)[i] = std::numeric_limits<float>::quiet_NaN();
  double mean = 0;
  for (size_t i = 20; i < 64; ++i) mean += static_cast<double>(in.band<float>(1)[i]) / 44;
  EXPECT_NEAR(mean_of_valid(holed.band<float>(1)), mean, 1e-6);
  const Image out = applied("contrast(factor=0)", holed, 0);
  for (size_t i = 20; i < 64; ++i) ASSERT_NEAR(out.band<float>(1)[i], mean, 1e-5);
  for (float& x : holed.band<float>(0)) x = std::numeric_limits<float>::quiet_NaN();
  for (const auto& text : all_operations())
    EXPECT_EQ(count_nan(applied(text, holed, 1), 0), 64U) << text;  // nothing but no data passes, too
}

// Bands that differ by a constant still do: all were moved by the same draw.
TEST(Multiband, GeometricOperationsMoveAllBandsAlike) {
  const Image in = raster(12, 20, 0.25);
  for (const char* text : kMoves) {
    int changed = 0;
    for (uint64_t index = 0; index < 12; ++index) {
      const Image out = applied(text, in, index);
      changed += made::distance(out, in) > 0.01 ? 1 : 0;
      for (int c = 1; c < 12; ++c)
        for (size_t i = 0; i < out.plane(); ++i)
          ASSERT_NEAR(out.band<float>(c)[i] - out.band<float>(0)[i], 0.25 * c, 2e-5) << text;
    }
    EXPECT_GE(changed, 6) << text;
  }
}

TEST(Multiband, WithoutStatisticsTheViewsOwnAreTaken) {
  const Image in = raster(4, 12);
  for (int c = 0; c < 4; ++c) {
    const auto x = in.band<float>(c);
    double mean = 0, variance = 0;
    for (const float one : x) mean += static_cast<double>(one) / 144;
    for (const float one : x) variance += std::pow(static_cast<double>(one) - mean, 2) / 144;
    const Image out = applied("brightness(amount=2)", in, 0);
    EXPECT_NEAR(out.band<float>(c)[7] - x[7], 2 * std::sqrt(variance), 1e-5);
  }
}

TEST(Multiband, TheNineOperationsOfTheStudyAndItsCouplets) {
  for (const char* name :
       {"blur", "brightness", "contrast", "gain", "speckle", "flip", "rotate", "shift", "zoom"})
    for (const char* other : {"blur", "brightness", "contrast", "gain", "speckle"}) {
      const std::string couplet = "one_of(" + std::string(name) + " > " + other + " | " + other + ")";
      EXPECT_EQ(Pipeline(couplet).text(), couplet);
    }
  const std::string couplets = Pipeline("s2_couplets").text();
  EXPECT_EQ(std::count(couplets.begin(), couplets.end(), '|'), 26);
  EXPECT_EQ(std::count(couplets.begin(), couplets.end(), '>'), 27);
  EXPECT_EQ(couplets.find("brightness > contrast"), std::string::npos);  // one of those it dropped
  EXPECT_EQ(Pipeline("s2_study").text(),
            "rotate(quarters=true) > shift > flip(axis=both)@1 > zoom(apart=true) > brightness > contrast > "
            "gain(factor=0.5..1.5,law=even,per_band=0,about=mean) > blur(taps=5) > "
            "speckle(law=salt_pepper)");
}

TEST(Multiband, EveryPresetTakesEveryNumberOfBands) {
  for (const char* preset : {"s2", "s2_study", "s2_couplets"})
    for (const int bands : {1, 2, 3, 4, 10, 12, 13})
      for (uint64_t index = 0; index < 6; ++index) {
        const Image out = applied(preset, raster(bands, 30), index, usual(bands));
        ASSERT_TRUE(out.bands() == bands && out.height() == 30 && out.width() == 30);
        for (int c = 0; c < bands; ++c) ASSERT_EQ(count_nan(out, c), 0U) << preset;
      }
}

}  // namespace
}  // namespace simclr
