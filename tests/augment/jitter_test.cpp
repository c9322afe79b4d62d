#include "augment/jitter.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "augment/colour.hpp"
#include "augment/registry.hpp"
#include "made_pictures.hpp"

namespace simclr {
namespace {

const nlohmann::json& colour() {
  static const nlohmann::json all = made::golden("colour.json");
  return all;
}

void expect_golden(const Tones& tones, const char* key, const char* input = "image_chw") {
  Image image = made::from_json(colour()[input]);
  jitter(image, tones, image.bands() != 1 && image.bands() != 3);
  EXPECT_LE(made::distance(image, made::from_json(colour()[key])), 1e-6) << key;
}

Tones tones(double brightness, double contrast, double saturation, double hue) {
  return {.brightness = brightness, .contrast = contrast, .saturation = saturation, .hue = hue};
}

Rgb planes(Image& image) {
  return {image.band<float>(0).data(), image.band<float>(1).data(), image.band<float>(2).data(),
          image.plane()};
}

TEST(Jitter, TorchvisionGolden) {
  expect_golden(tones(1.6, 1, 1, 0), "brightness_mul_1_6");
  expect_golden(tones(1, 0.4, 1, 0), "contrast_tv_0_4");
  expect_golden(tones(1, 1.7, 1, 0), "contrast_tv_1_7");
  expect_golden(tones(1, 1, 0.2, 0), "saturation_tv_0_2");
  expect_golden(tones(1, 1, 1.8, 0), "saturation_tv_1_8");
  expect_golden(tones(1, 1, 1, 0.2), "hue_plus_0_2");
  expect_golden(tones(1, 1, 1, -0.15), "hue_minus_0_15");
  expect_golden(tones(1, 1, 1, 0.2), "edge_hue_plus_0_2", "edge_image_chw");
}

TEST(Jitter, TensorflowGolden) {
  Tones added = tones(0.3, 1, 1, 0);
  added.added = true;
  expect_golden(added, "brightness_tf_v1_add_0_3");
  Tones contrast = tones(1, 1.7, 1, 0), saturation = tones(1, 1, 1.8, 0);
  contrast.tf = saturation.tf = true;
  expect_golden(contrast, "contrast_tf_per_channel_1_7");
  expect_golden(saturation, "saturation_tf_hsv_1_8");
  expect_golden(saturation, "edge_saturation_tf_hsv_1_8", "edge_image_chw");
}

TEST(Jitter, OrderGolden) {
  Tones all = tones(1.3, 0.8, 0.7, 0.1);
  all.order = {3, 1, 0, 2};
  expect_golden(all, "jitter_order_hue_contrast_brightness_saturation");
}

TEST(Jitter, GrayAndSolarizeGolden) {
  Image image = made::from_json(colour()["image_chw"]);
  turn_gray(planes(image));
  const Image gray = made::from_json({colour()["gray_tv"], colour()["gray_tv"], colour()["gray_tv"]});
  EXPECT_LE(made::distance(image, gray), 1e-6);
  for (const std::string prefix : {"", "edge_"}) {
    Image bright = made::from_json(colour()[prefix + "image_chw"]);
    for (int c = 0; c < 3; ++c) solarize(bright.band<float>(c).data(), bright.plane(), 0.5F);
    EXPECT_LE(made::distance(bright, made::from_json(colour()[prefix + "solarize_0_5"])), 1e-6);
  }
}

// Textbook HSV in double, one pixel at a time.
std::array<double, 3> hue_by_hand(std::array<double, 3> rgb, double turns) {
  const double high = std::max({rgb[0], rgb[1], rgb[2]}), low = std::min({rgb[0], rgb[1], rgb[2]}),
               c = high - low;
  if (c == 0) return rgb;
  double h = high == rgb[0]   ? (rgb[1] - rgb[2]) / c
             : high == rgb[1] ? 2 + (rgb[2] - rgb[0]) / c
                              : 4 + (rgb[0] - rgb[1]) / c;
  h = std::fmod(h / 6 + turns + 2, 1.0) * 6;
  const int sector = static_cast<int>(h) % 6;
  const double f = h - std::floor(h), p = low, q = high - c * f, t = high - c * (1 - f);
  const std::array<std::array<double, 3>, 6> sectors{
      {{high, t, p}, {q, high, p}, {p, high, t}, {p, q, high}, {t, p, high}, {high, p, q}}};
  return sectors[static_cast<size_t>(sector)];
}

TEST(Jitter, HueIsTextbookHsvForAllAnglesAndTies) {
  Image grid(3, 9, 81, Sample::f32);  // every colour with bands in eighths: all ties, primaries and grays
  for (int i = 0; i < 729; ++i)
    for (int c = 0, rest = i; c < 3; ++c, rest /= 9)
      grid.band<float>(c)[static_cast<size_t>(i)] = static_cast<float>(rest % 9) / 8;
  for (int step = -20; step <= 20; ++step) {
    Image shifted = grid;
    const double turns = step / 40.0;
    shift_hue(planes(shifted), static_cast<float>(turns));
    for (size_t i = 0; i < grid.plane(); ++i) {
      const auto want = hue_by_hand({grid.band<float>(0)[i], grid.band<float>(1)[i], grid.band<float>(2)[i]},
                                    static_cast<double>(static_cast<float>(turns)));
      for (int c = 0; c < 3; ++c)
        ASSERT_NEAR(shifted.band<float>(c)[i], want[static_cast<size_t>(c)], 1e-6) << turns << " pixel " << i;
    }
  }
}

// The block-wise pass against each operation run over the whole picture in double.
TEST(Jitter, AnySizeAndOrderEqualsTheFormulaByHand) {
  const std::array<std::array<uint32_t, 4>, 4> orders{
      {{0, 1, 2, 3}, {1, 3, 0, 2}, {3, 2, 0, 1}, {2, 0, 1, 3}}};
  const auto clamped = [](double x) { return std::clamp(x, 0.0, 1.0); };
  const std::array<std::pair<int, int>, 6> sizes{{{1, 1}, {3, 5}, {17, 31}, {32, 32}, {45, 46}, {224, 224}}};
  for (const auto& [height, width] : sizes)
    for (const auto& order : orders) {
      const Image original = made::picture(3, height, width, Sample::f32, 7);
      Image fast = original;
      Tones all = tones(1.3, 0.6, 1.5, 0.1);
      all.order = order;
      jitter(fast, all, fast.bands() != 1 && fast.bands() != 3);
      std::vector<std::array<double, 3>> x(original.plane());
      for (size_t i = 0; i < x.size(); ++i)
        for (int c = 0; c < 3; ++c) x[i][static_cast<size_t>(c)] = original.band<float>(c)[i];
      const auto gray = [](const std::array<double, 3>& p) {
        return .2989 * p[0] + .587 * p[1] + .114 * p[2];
      };
      for (const uint32_t tone : order) {
        double mean = 0;
        for (const auto& p : x) mean += gray(p) / static_cast<double>(x.size());
        for (auto& p : x) {
          const double own = gray(p);
          if (tone == 3) p = hue_by_hand(p, static_cast<double>(0.1F));
          for (double& v : p) {
            if (tone == 0) v = clamped(1.3 * v);
            if (tone == 1) v = clamped(0.6 * v + 0.4 * mean);
            if (tone == 2) v = clamped(1.5 * v - 0.5 * own);
          }
        }
      }
      for (size_t i = 0; i < x.size(); ++i)
        for (int c = 0; c < 3; ++c)
          ASSERT_NEAR(fast.band<float>(c)[i], x[i][static_cast<size_t>(c)], 3e-6) << height << "x" << width;
    }
}

TEST(Jitter, NeutralAmountsChangeNoBit) {
  const Image original = made::picture(3, 20, 30, Sample::f32);
  Image image = original;
  jitter(image, tones(1, 1, 1, 0), false);
  EXPECT_TRUE(made::same(image, original));
}

TEST(Jitter, GrayPicturesTakeBrightnessAndContrastAlone) {
  const Image original = made::picture(1, 16, 16, Sample::f32);
  Image image = original;
  jitter(image, tones(1, 1, 1.7, 0.2), false);
  EXPECT_TRUE(made::same(image, original));
  jitter(image, tones(1, 0.5, 1, 0), false);
  double mean = 0;
  for (const float x : original.band<float>(0)) mean += static_cast<double>(x) / 256;
  for (size_t i = 0; i < 256; ++i)
    ASSERT_NEAR(image.band<float>(0)[i], 0.5 * static_cast<double>(original.band<float>(0)[i]) + 0.5 * mean,
                1e-6);
}

// Standardised values lie on both sides of 0: they must survive, whatever the brightness.
TEST(Jitter, RastersAreJitteredBandByBandAndNeverClamped) {
  for (const int bands : {2, 4, 12}) {
    Image image(bands, 8, 8, Sample::f32);
    for (int c = 0; c < bands; ++c)
      for (size_t i = 0; i < 64; ++i)
        image.band<float>(c)[i] = static_cast<float>(i) - 20.0F * static_cast<float>(c);
    const Image original = image;
    jitter(image, tones(2, 0.5, 1.7, 0.3), true);
    for (int c = 0; c < bands; ++c)
      for (size_t i = 0; i < 64; ++i) {
        const double mean = 31.5 - 20.0 * c, x = static_cast<double>(original.band<float>(c)[i]);
        ASSERT_NEAR(image.band<float>(c)[i], 0.5 * 2 * x + 0.5 * 2 * mean, 1e-3);
      }
    Image raised = original;
    Tones added = tones(0.5, 1, 1, 0);
    added.added = true;
    jitter(raised, added, true);
    const double deviation = std::sqrt((64.0 * 64 - 1) / 12);
    ASSERT_NEAR(raised.band<float>(1)[5] - original.band<float>(1)[5], 0.5 * deviation, 1e-4);
  }
}

TEST(Jitter, SumsAreExactForAnyLength) {
  for (const size_t n : {1U, 15U, 16U, 17U, 1023U, 1024U, 1025U, 5000U}) {
    std::vector<float> x(n);
    double want = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) {
      x[i] = static_cast<float>(i % 7);
      want += static_cast<double>(x[i]);
      squares += static_cast<double>(x[i] - 3) * static_cast<double>(x[i] - 3);
    }
    EXPECT_EQ(sum(x.data(), n), want);
    EXPECT_EQ(sum_of_squares(x.data(), n, 3), squares);
    EXPECT_NEAR(gray_sum({x.data(), x.data(), x.data(), n}), 0.9999 * want, 1e-6 * (want + 1));
  }
}

}  // namespace
}  // namespace simclr
