// The laws of gain, speckle and drop_bands.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "made_rasters.hpp"

namespace simclr {
namespace {

using made::applied, made::raster, made::usual;

TEST(Tones, GainIsNeverNegativeAndAsOftenBelowOneAsAbove) {
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
TEST(Tones, GainAboutTheMeanIsGainOfStandardisedBands) {
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

TEST(Tones, SpeckleIsNormalWithTheDrawnWidthAndSharedByTheBands) {
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

TEST(Tones, SaltAndPepperLieFiveDeviationsOutAndAreAsManyAsDrawn) {
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

TEST(Tones, DroppedBandsAreTheirMeanAndOneAlwaysStays) {
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

}  // namespace
}  // namespace simclr
