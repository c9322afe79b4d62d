#include "data/perceptual_hash.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "data/hash_search.hpp"

namespace simclr {
namespace {

// One cosine of the 32 x 32 grid, so that the transform has one coefficient.
Image cosine(int down, int across, double strength = 100) {
  Image image(1, 32, 32, Sample::f32);
  const auto wave = [](int k, int x) { return std::cos(std::numbers::pi * (x + 0.5) * k / 32); };
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x)
      image.band<float>(0)[static_cast<size_t>(32 * y + x)] =
          static_cast<float>(strength * wave(down, y) * wave(across, x));
  return image;
}

Image noise(int bands, int height, int width, Sample sample, unsigned state) {
  Image image(bands, height, width, sample);
  for (int c = 0; c < bands; ++c)
    for (size_t i = 0; i < image.plane(); ++i) {
      const unsigned value = (state = state * 1664525U + 1013904223U) >> 24U;
      if (sample == Sample::u8) image.band<uint8_t>(c)[i] = static_cast<uint8_t>(value);
      if (sample == Sample::u16) image.band<uint16_t>(c)[i] = static_cast<uint16_t>(value);
      if (sample == Sample::f32) image.band<float>(c)[i] = static_cast<float>(value);
    }
  return image;
}

int bits_set(const HashBits& bits) {
  int sum = 0;
  for (const uint64_t word : bits) sum += std::popcount(word);
  return sum;
}

TEST(PerceptualHash, OneCosineIsOneCoefficientAndOneBit) {
  for (const auto& [down, across] : {std::pair(0, 1), {1, 0}, {3, 5}, {15, 15}}) {
    const Sketch one = sketch(cosine(down, across));
    ASSERT_FALSE(one.blank);
    const auto place = static_cast<size_t>(16 * down + across);
    for (size_t k = 0; k < 256; ++k) EXPECT_EQ(one.coefficients[k], k == place ? 127 : 0) << k;
    EXPECT_EQ(bits_set(one.bits[0]), 1);
    EXPECT_EQ(one.bits[0][(place - 1) / 64], uint64_t{1} << ((place - 1) % 64));
    EXPECT_EQ(bits_set(sketch(cosine(down, across, -100)).bits[0]), 0);
  }
}

TEST(PerceptualHash, HalfOfTheBitsAreSetAndBrightnessAndContrastChangeNone) {
  const Image image = noise(1, 50, 60, Sample::f32, 1);
  const Sketch plain = sketch(image);
  EXPECT_EQ(bits_set(plain.bits[0]), 127);
  Image other = image;
  for (float& value : other.band<float>(0)) value = 0.25F * value + 1000;
  EXPECT_LE(distance(sketch(other).bits[0], plain.bits[0]), 2);
  EXPECT_GT(correlation(sketch(other), 0, plain), 0.9999);
  EXPECT_NEAR(plain.aspect, std::log(50.0 / 60), 1e-6);
}

TEST(PerceptualHash, OfEachBandByItsOwnRange) {
  Image one = noise(4, 32, 32, Sample::u16, 5), scaled = one;
  for (uint16_t& value : scaled.band<uint16_t>(2)) value = static_cast<uint16_t>(200 * value + 3);
  EXPECT_LE(distance(sketch(one).bits[0], sketch(scaled).bits[0]), 2);
  for (uint16_t& value : scaled.band<uint16_t>(2)) value = 7;  // a band that tells nothing
  EXPECT_FALSE(sketch(scaled).blank);
  EXPECT_GT(distance(sketch(one).bits[0], sketch(scaled).bits[0]), 20);
}

TEST(PerceptualHash, BlankIsLessThanOneStepOrFinerDetailAlone) {
  for (const int bands : {1, 3, 4})
    for (const Sample sample : {Sample::u8, Sample::u16, Sample::f32}) {
      Image flat(bands, 40, 30, sample);
      EXPECT_TRUE(sketch(flat).blank);
      for (int c = 0; c < bands; ++c)
        for (size_t i = 0; i < flat.plane(); ++i) {
          const auto value = static_cast<uint8_t>(90 + (i < flat.plane() / 2 ? 2 : 0));
          if (sample == Sample::u8) flat.band<uint8_t>(c)[i] = value;
          if (sample == Sample::u16) flat.band<uint16_t>(c)[i] = value;
          if (sample == Sample::f32) flat.band<float>(c)[i] = value;
        }
      EXPECT_FALSE(sketch(flat).blank) << bands;
    }
  EXPECT_TRUE(sketch(cosine(0, 20)).blank);
  EXPECT_TRUE(sketch(cosine(25, 3)).blank);
}

TEST(PerceptualHash, WhatIsNotFiniteCountsAsTheMean) {
  Image image = noise(2, 64, 64, Sample::f32, 3), filled = image;
  double sum = 0;
  for (size_t i = 0; i < image.plane(); ++i)
    if (i % 97 != 0) sum += double{image.band<float>(1)[i]};
  const size_t holes = (image.plane() + 96) / 97;
  for (size_t i = 0; i < image.plane(); i += 97) {
    image.band<float>(1)[i] = i % 2 == 0 ? std::numeric_limits<float>::quiet_NaN() : INFINITY;
    filled.band<float>(1)[i] = static_cast<float>(sum / static_cast<double>(image.plane() - holes));
  }
  EXPECT_EQ(sketch(image).bits[0], sketch(filled).bits[0]);
  Image nothing(1, 8, 8, Sample::f32);
  for (float& value : nothing.band<float>(0)) value = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(sketch(nothing).blank);
}

TEST(PerceptualHash, ATurnOfTheHashIsTheHashOfTheTurnedPicture) {
  const Image image = noise(1, 32, 32, Sample::u8, 9);
  const Sketch all = sketch(image, true);
  ASSERT_EQ(all.bits.size(), 8U);
  for (int turn = 0; turn < all_turns; ++turn) {
    Image turned(1, 32, 32, Sample::u8);
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) {
        const int across = (turn & 1) != 0 ? 31 - x : x, down = (turn & 2) != 0 ? 31 - y : y;
        const int at = (turn & 4) != 0 ? 32 * across + down : 32 * down + across;
        turned.band<uint8_t>(0)[static_cast<size_t>(at)] =
            image.band<uint8_t>(0)[static_cast<size_t>(32 * y + x)];
      }
    const Sketch one = sketch(turned);
    EXPECT_EQ(one.bits[0], all.bits[static_cast<size_t>(turn)]) << turn;
    EXPECT_NEAR(correlation(all, turn, one), 1, 1e-9);
    if (turn > 0) {
      EXPECT_LT(correlation(all, 0, one), 0.5);
    }
  }
}

HashBits random_bits(uint64_t& state) {
  HashBits bits{};
  for (uint64_t& word : bits) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    word = state ^ (state >> 29U);
  }
  return bits;
}

// Against the distance() of each pair, around the edges of tiles and blocks.
TEST(HashSearch, FindsThePairsThatComparingOneByOneFinds) {
  for (const size_t n : {1U, 2U, 511U, 514U, 1300U})
    for (const size_t turns : {1U, 8U}) {
      uint64_t state = n;
      std::vector<HashBits> all;
      for (size_t i = 0; i < n * turns; ++i) {
        all.push_back(random_bits(state));
        if (i % 7 == 3) all.back() = all[i / 2];  // some at distance 0
        if (i % 11 == 5) all.back()[i % 4] ^= uint64_t{7} << (i % 60);
      }
      HashTable table;
      for (size_t i = 0; i < n; ++i) table.add({all.data() + i * turns, turns});
      HashSearch search;
      search.asked = n - n / 5;
      search.most = 96;
      search.threads = 3;
      search.accept = [](const HashPair& pair) { return pair.distance != 1 && (pair.a + pair.b) % 5 != 0; };
      std::vector<std::array<int, 4>> found, expected;
      search.take = [&](const HashPair& p) {
        found.push_back({static_cast<int>(p.a), static_cast<int>(p.b), p.distance, p.turn});
      };
      find_pairs(table, search);
      for (size_t a = 0; a < search.asked; ++a)
        for (size_t b = a + 1; b < n; ++b) {
          std::array<int, 4> best{0, 0, 1000, 0};
          for (size_t t = 0; t < turns; ++t) {
            const int apart = distance(all[a * turns + t], all[b * turns]);
            if (apart <= 96 && apart != 1 && (a + b) % 5 != 0 && apart < best[2])
              best = {static_cast<int>(a), static_cast<int>(b), apart, static_cast<int>(t)};
          }
          if (best[2] < 1000) expected.push_back(best);
        }
      EXPECT_EQ(found, expected) << n << " pictures, " << turns << " turns";
      EXPECT_GE(expected.size(), n > 100 ? 10U : 0U);
    }
}

}  // namespace
}  // namespace simclr
