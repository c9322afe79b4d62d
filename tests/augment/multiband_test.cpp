// The operations that take any number of bands and any values: golden numbers, laws, no clipping, no data.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "augment/bands.hpp"
#include "augment/pipeline.hpp"
#include "augment/registry.hpp"
#include "base/error.hpp"
#include "image/resample.hpp"
#include "made_pictures.hpp"

namespace simclr {
namespace {

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

// Smooth, with values on both sides of 0 and beyond 1; each band `step` above the one before.
Image raster(int bands, int side, double step = 0.5) {
  Image image(bands, side, side, Sample::f32);
  for (int c = 0; c < bands; ++c)
    for (int i = 0; i < side * side; ++i)
      image.band<float>(c)[static_cast<size_t>(i)] = static_cast<float>(
          3 * std::sin(0.7 * (i % side)) + 2 * std::cos(0.4 * (i / side)) + 0.3 + step * c);
  return image;
}

BandStatistics usual(int bands, double scale = 1) {
  BandStatistics all;
  for (int c = 0; c < bands; ++c) all.bands.push_back({scale * (0.3 + 0.5 * c), scale * (2 + 0.1 * c)});
  return all;
}

Image scaled(Image image, float by) {
  for (int c = 0; c < image.bands(); ++c)
    for (float& x : image.band<float>(c)) x *= by;
  return image;
}

Image applied(const std::string& text, const Image& image, uint64_t index,
              const BandStatistics& statistics = {}) {
  return Pipeline(text, statistics).apply(image, {.seed = 11, .index = index}, 0, image.height());
}

constexpr const char* kTones[] = {"brightness",
                                  "contrast",
                                  "gain",
                                  "gain(law=even,factor=0.5..1.5,about=mean)",
                                  "speckle",
                                  "speckle(per_band=true)",
                                  "speckle(law=salt_pepper)",
                                  "drop_bands(share=0.5)"};
constexpr const char* kMoves[] = {"flip(axis=both)@1",      "rotate(quarters=true)",
                                  "rotate(border=reflect)", "shift",
                                  "shift(border=roll)",     "zoom",
                                  "zoom(apart=true)",       "blur(taps=5)"};

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
  Image noisy = dn, apart = dn;
  std::vector<float> factors;
  for (const auto& row : multiband()["noise"][0])
    for (const auto& n : row) factors.push_back(static_cast<float>(1 + 0.1 * n.get<double>()));
  for (int c = 0; c < 2; ++c) multiply_pixels(noisy, c, factors);
  expect_golden(noisy, "speckle_gaussian_sd0_1_shared_noise");
  scale_and_shift(apart, 0, 1.1, 0);
  scale_and_shift(apart, 1, 0.9, 0);
  expect_golden(apart, "gain_per_band_1_1_0_9");
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
    for (const int bands : {2, 4, 10, 12}) {
      double least = 0, most = 0;
      for (uint64_t index = 0; index < 8; ++index) {
        const Image in = raster(bands, 16);
        const Image small = applied(text, in, index, usual(bands)),
                    large = applied(text, scaled(in, 1024), index, usual(bands, 1024));
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
  const std::map<std::string, std::pair<size_t, size_t>> allowed{{"rotate(border=reflect)", {1, 9}},
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

TEST(Multiband, GainIsNeverNegativeAndAsOftenBelowOneAsAbove) {
  Image flat(2, 4, 4, Sample::f32);
  for (int c = 0; c < 2; ++c) std::ranges::fill(flat.band<float>(c), 100.0F);
  int above = 0;
  double least = 1e9, most = 0;
  for (uint64_t index = 0; index < 2000; ++index) {
    const double factor =
        static_cast<double>(applied("gain(per_band=0)", flat, index).band<float>(1)[3]) / 100;
    above += factor > 1 ? 1 : 0;
    least = std::min(least, factor);
    most = std::max(most, factor);
  }
  EXPECT_NEAR(above, 1000, 110);  // five standard deviations
  EXPECT_NEAR(least, 2.0 / 3, 0.01);
  EXPECT_NEAR(most, 1.5, 0.01);
  EXPECT_THROW(Pipeline("gain(factor=-0.5..0.5)"), Error);
  EXPECT_NO_THROW(Pipeline("gain(factor=-0.5..0.5,law=even)"));
}

// The band's mean over the data set stays: what a factor does to a standardised band.
TEST(Multiband, GainAboutTheMeanIsGainOfStandardisedBands) {
  const Image in = raster(3 + 1, 8);
  const BandStatistics statistics = usual(4);
  Image standardised = in;
  for (int c = 0; c < 4; ++c)
    for (float& x : standardised.band<float>(c))
      x = (x - 0.3F - 0.5F * static_cast<float>(c)) / (2.0F + 0.1F * static_cast<float>(c));
  const char* text = "gain(law=even,factor=0.5..1.5,about=mean)";
  const Image out = applied(text, in, 3, statistics);
  const Image want = applied("gain(law=even,factor=0.5..1.5)", standardised, 3, statistics);
  for (int c = 0; c < 4; ++c)
    for (size_t i = 0; i < 64; ++i)
      ASSERT_NEAR((out.band<float>(c)[i] - 0.3 - 0.5 * c) / (2 + 0.1 * c), want.band<float>(c)[i], 1e-5);
}

TEST(Multiband, SpeckleIsNormalWithTheDrawnWidthAndSharedByTheBands) {
  Image flat(4, 64, 64, Sample::f32);
  for (int c = 0; c < 4; ++c) std::ranges::fill(flat.band<float>(c), 1000.0F);
  const auto moments = [](const Image& image, int c) {
    double mean = 0, variance = 0;
    for (const float x : image.band<float>(c)) mean += static_cast<double>(x) / 4096;
    for (const float x : image.band<float>(c)) variance += std::pow(static_cast<double>(x) - mean, 2) / 4096;
    return std::pair(mean, std::sqrt(variance));
  };
  const Image shared = applied("speckle(sigma=0.1)", flat, 0),
              own = applied("speckle(sigma=0.1,per_band=true)", flat, 0);
  for (const Image* image : {&shared, &own}) {
    const auto [mean, std] = moments(*image, 2);
    EXPECT_NEAR(mean, 1000, 8);  // 100 / 64 is one standard deviation
    EXPECT_NEAR(std, 100, 6);
  }
  EXPECT_TRUE(std::ranges::equal(shared.band<float>(0), shared.band<float>(3)));
  EXPECT_FALSE(std::ranges::equal(own.band<float>(0), own.band<float>(3)));
}

TEST(Multiband, SaltAndPepperLieFiveDeviationsOutAndAreAsManyAsDrawn) {
  const Image in = raster(10, 64);
  const BandStatistics statistics = usual(10);
  const Image out = applied("speckle(law=salt_pepper,fraction=0.02)", in, 5, statistics);
  int salt = 0, pepper = 0;
  for (size_t i = 0; i < in.plane(); ++i)
    for (int c = 0; c < 10; ++c) {
      const float x = out.band<float>(c)[i];
      if (x == in.band<float>(c)[i]) continue;
      const double away = (static_cast<double>(x) - 0.3 - 0.5 * c) / (2 + 0.1 * c);
      ASSERT_NEAR(std::abs(away), 5, 1e-4);
      (away > 0 ? salt : pepper) += 1;
    }
  EXPECT_EQ(salt % 10, 0);  // a pixel is hit in all bands
  EXPECT_EQ(pepper % 10, 0);
  EXPECT_NEAR(salt / 10, 82, 45);
  EXPECT_NEAR(pepper / 10, 82, 45);
  std::set<int> shares;
  for (uint64_t index = 0; index < 50; ++index) {
    const Image one = applied("speckle(law=salt_pepper)", in, index, statistics);
    int hit = 0;
    for (size_t i = 0; i < in.plane(); ++i) hit += one.band<float>(0)[i] == in.band<float>(0)[i] ? 0 : 1;
    ASSERT_LE(hit, 250);  // 4 % is 164
    shares.insert(hit / 20);
  }
  EXPECT_GE(shares.size(), 5U);
}

TEST(Multiband, DroppedBandsAreTheirMeanAndOneAlwaysStays) {
  const Image in = raster(5, 8);
  const BandStatistics statistics = usual(5);
  std::array<int, 5> dropped{};
  for (uint64_t index = 0; index < 2000; ++index) {
    const Image out = applied("drop_bands(share=0.2)", in, index, statistics);
    for (int c = 0; c < 5; ++c) {
      const bool whole = std::ranges::equal(out.band<float>(c), in.band<float>(c));
      if (whole) continue;
      ++dropped[static_cast<size_t>(c)];
      for (const float x : out.band<float>(c)) ASSERT_FLOAT_EQ(x, static_cast<float>(0.3 + 0.5 * c));
    }
  }
  for (const int count : dropped) EXPECT_NEAR(count, 400, 90);  // five standard deviations
  for (uint64_t index = 0; index < 50; ++index) {
    const Image kept = applied("drop_bands(share=1,keep=3)", in, index, statistics),
                one = applied("drop_bands(share=1)", in, index, statistics);
    int stay = 0;
    for (int c = 0; c < 5; ++c) {
      ASSERT_EQ(std::ranges::equal(kept.band<float>(c), in.band<float>(c)), c < 3);
      stay += std::ranges::equal(one.band<float>(c), in.band<float>(c)) ? 1 : 0;
    }
    ASSERT_EQ(stay, 1);
  }
}

std::map<std::vector<float>, int> outcomes(const char* text, const Image& in, int draws) {
  std::map<std::vector<float>, int> seen;
  for (uint64_t index = 0; index < static_cast<uint64_t>(draws); ++index) {
    const Image out = applied(text, in, index);
    const auto x = out.band<float>(out.bands() - 1);
    ++seen[{x.begin(), x.end()}];
  }
  return seen;
}

TEST(Multiband, FlipAlongBothAxesAndQuarterTurnsAreEachAsLikely) {
  const Image in = raster(4, 5);
  for (const char* text : {"flip(axis=both)@1", "rotate(quarters=true)"}) {
    const auto seen = outcomes(text, in, 2000);
    EXPECT_EQ(seen.size(), 4U) << text;
    for (const auto& [pixels, count] : seen) EXPECT_NEAR(count, 500, 100) << text;
  }
  const Image turned = rotate_mirrored(in, 90, Filter::nearest);
  const auto x = turned.band<float>(3);
  EXPECT_EQ(outcomes("rotate(quarters=true)", in, 200).count({x.begin(), x.end()}), 1U);
  EXPECT_THROW(Pipeline("rotate(quarters=true,degrees=0..90)"), Error);
}

TEST(Multiband, ShiftsLieInTheirShareAndReachItBothWays) {
  Image dot(2, 40, 40, Sample::f32);
  dot.band<float>(1)[20 * 40 + 20] = 1;
  std::set<int> down, right;
  for (uint64_t index = 0; index < 400; ++index) {
    const Image out = applied("shift(border=fill)", dot, index);
    const auto x = out.band<float>(1);
    const auto at = static_cast<int>(std::find(x.begin(), x.end(), 1.0F) - x.begin());
    down.insert(at / 40 - 20);
    right.insert(at % 40 - 20);
  }
  EXPECT_EQ(down.size(), 9U);
  EXPECT_TRUE(*down.begin() == -4 && *down.rbegin() == 4 && *right.begin() == -4 && *right.rbegin() == 4);
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
