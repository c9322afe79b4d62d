#include "augment/blur.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "augment/pipeline.hpp"
#include "base/error.hpp"
#include "image/resample.hpp"
#include "made_pictures.hpp"

namespace simclr {
namespace {

TEST(Blur, KernelSizesGolden) {
  const auto golden = made::golden("geometry.json");
  for (const auto& [side, taps] : golden["tf_size"].items())
    EXPECT_EQ(2 * blur_radius(std::stoi(side), 0.1) + 1, taps.get<int>()) << side;
  EXPECT_EQ(blur_radius(1, 0.1), 1);
  EXPECT_EQ(blur_radius(100, 0.29), 14);
}

TEST(Blur, KernelsGolden) {
  const auto golden = made::golden("geometry.json");
  const std::tuple<const char*, double, int> cases[] = {
      {"k_tf_h224_sigma1", 1, 11}, {"k_tv_5_sigma0_7", 0.7, 2}, {"k_tv_23_sigma2", 2, 11}};
  std::vector<float> kernel;
  for (const auto& [key, sigma, radius] : cases) {
    gaussian_kernel(sigma, radius, kernel);
    ASSERT_EQ(kernel.size(), golden[key].size());
    for (size_t i = 0; i < kernel.size(); ++i)
      EXPECT_NEAR(kernel[i], golden[key][i].get<double>(), 1e-6) << key;
  }
}

TEST(Blur, WhatIsLeftOutOfTheKernelIsBelowFloatPrecision) {
  std::vector<float> whole, needed;
  for (double sigma = 0.05; sigma < 4; sigma += 0.05) {
    const int radius = needed_radius(sigma, 30);
    gaussian_kernel(sigma, 30, whole);
    gaussian_kernel(sigma, radius, needed);
    for (int x = -radius; x <= radius; ++x)
      ASSERT_NEAR(needed[static_cast<size_t>(x + radius)], whole[static_cast<size_t>(x + 30)], 1e-7) << sigma;
    for (int x = radius + 1; x <= 30; ++x) ASSERT_LT(whole[static_cast<size_t>(30 - x)], 1e-9F) << sigma;
  }
}

TEST(Blur, TheOperationConvolvesWithTheKernelDrawn) {
  const Image picture = made::picture(3, 64, 64, Sample::f32);
  for (const auto& [text, border] :
       {std::pair{"blur(sigma=0.7)", Border::reflect}, {"blur(sigma=0.7,border=zero)", Border::zero}}) {
    std::vector<float> kernel;
    gaussian_kernel(0.7, 3, kernel);
    Image want = picture;
    convolve(want, kernel, border);
    EXPECT_LE(made::distance(Pipeline(text).apply(picture, {}, 0, 64), want), 1e-6) << text;
  }
}

// Of the sizes asked for, each about as often, and no other.
TEST(Blur, TapsAreOddSizesDrawnEvenly) {
  Image dot = made::picture(1, 33, 33, Sample::f32);
  std::fill(dot.band<float>(0).begin(), dot.band<float>(0).end(), 0.0F);
  dot.band<float>(0)[16 * 33 + 16] = 1;
  const Pipeline pipeline("blur(sigma=8,taps=2..7)");
  std::map<int, int> seen;
  for (uint64_t index = 0; index < 600; ++index) {
    const Image out = pipeline.apply(dot, {.index = index}, 0, 33);
    const auto line = out.band<float>(0).subspan(16 * 33, 33);
    ++seen[static_cast<int>(std::count_if(line.begin(), line.end(), [](float x) { return x > 1e-6F; }))];
  }
  ASSERT_EQ(seen.size(), 3U);
  for (const int taps : {3, 5, 7}) EXPECT_NEAR(seen[taps], 200, 50) << taps;
  EXPECT_THROW(Pipeline("blur(taps=2)"), Error);
  EXPECT_LE(made::distance(Pipeline("blur(taps=1)").apply(dot, {}, 0, 33), dot), 0);
}

TEST(Blur, AConstantStaysAndTinyViewsPass) {
  for (const int size : {1, 2, 3, 8}) {
    Image flat(3, size, size, Sample::u8);
    for (std::byte& x : flat.bytes()) x = std::byte{51};
    const Image view = Pipeline("blur(kernel=1)").apply(flat, {}, 0, size);
    for (int c = 0; c < 3; ++c)
      for (const float x : view.band<float>(c)) EXPECT_NEAR(x, 0.2, 1e-6) << size;
  }
}

}  // namespace
}  // namespace simclr
