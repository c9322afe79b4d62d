#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace simclr {
namespace {

nlohmann::json golden() {
  std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/philox.json");
  return nlohmann::json::parse(file);
}

template <size_t N>
std::array<uint32_t, N> words(const nlohmann::json& hex) {
  std::array<uint32_t, N> all{};
  for (size_t i = 0; i < N; ++i)
    all[i] = static_cast<uint32_t>(std::stoul(hex.at(i).get<std::string>(), nullptr, 16));
  return all;
}

TEST(Philox, KnownAnswersOfItsAuthors) {
  const auto vectors = golden();
  ASSERT_EQ(vectors.at("kat").size(), 3U);
  for (const auto& one : vectors.at("kat"))
    EXPECT_EQ(philox4x32(words<4>(one.at("ctr")), words<2>(one.at("key"))), words<4>(one.at("out")));
}

TEST(Random, StreamsOfTheGoldenFile) {
  const auto vectors = golden();
  size_t beyond_32_bits = 0;
  for (const auto& stream : vectors.at("streams")) {
    SCOPED_TRACE(stream.dump().substr(0, 120));
    Draw draw;
    draw.seed = std::stoull(stream.at("seed").get<std::string>());
    draw.epoch = stream.at("epoch");
    draw.index = stream.at("index");
    draw.view = stream.at("view");
    const uint8_t slot = stream.at("slot");
    beyond_32_bits += draw.index > UINT32_MAX;

    Random bits(draw, slot), uniform(draw, slot), below(draw, slot), normal(draw, slot), order(draw, slot);
    for (const auto& value : stream.at("u32")) EXPECT_EQ(bits.next(), value.get<uint32_t>());
    for (const auto& value : stream.at("uniform")) EXPECT_EQ(uniform.uniform(), value.get<double>());
    for (const auto& value : stream.at("below10")) EXPECT_EQ(below.below(10), value.get<uint32_t>());
    for (const auto& value : stream.at("normal")) EXPECT_NEAR(normal.normal(), value.get<double>(), 2e-6);
    std::vector<uint32_t> items(4);
    std::iota(items.begin(), items.end(), 0U);
    order.shuffle(items);
    EXPECT_EQ(items, stream.at("perm4").get<std::vector<uint32_t>>());
  }
  EXPECT_GT(beyond_32_bits, 0U) << "the golden file no longer has an index above 2^32";
}

TEST(Random, EveryCoordinateGivesAnotherStream) {
  const Draw base{7, 3, 11, 0};
  std::vector<Draw> draws(7, base);
  draws[1].seed = 8;
  draws[2].seed = base.seed | uint64_t{1} << 40;
  draws[3].epoch = 4;
  draws[4].index = 12;
  draws[5].index = base.index | uint64_t{1} << 40;
  draws[6].view = 1;
  std::set<uint32_t> first;
  for (const auto& draw : draws) first.insert(Random(draw, 0).next());
  first.insert(Random(base, 1).next());
  EXPECT_EQ(first.size(), draws.size() + 1);
}

TEST(Random, UniformStaysWithinItsBounds) {
  Random random({1, 2, 3, 0}, 0);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double value = random.uniform(-2, 3);
    ASSERT_GE(value, -2);
    ASSERT_LT(value, 3);
    sum += value;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 5 * 5 / std::sqrt(12.0 * 10000));
}

TEST(Random, BelowReachesEveryNumberAndNoMore) {
  Random random({1, 2, 3, 0}, 0);
  std::vector<int> counts(7);
  for (int i = 0; i < 7000; ++i) counts.at(random.below(7))++;
  for (const int count : counts) EXPECT_NEAR(count, 1000, 5 * std::sqrt(1000.0 * 6 / 7));
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, NormalHasItsMoments) {
  Random random({5, 0, 0, 0}, 3);
  const int n = 20000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourth / n, 3, 5 * std::sqrt(96.0 / n));
}

TEST(DeriveSeed, DependsOnSeedAndPurpose) {
  std::set<uint64_t> seeds;
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 40})
    for (const char* purpose : {"", "weights", "labels", "weight"}) seeds.insert(derive_seed(seed, purpose));
  EXPECT_EQ(seeds.size(), 12U);
  EXPECT_EQ(derive_seed(5, "weights"), derive_seed(5, "weights"));
}

std::vector<uint64_t> order(uint64_t n, uint64_t seed, uint32_t epoch) {
  const Permutation permutation(n, seed, epoch);
  std::vector<uint64_t> all;
  for (uint64_t i = 0; i < n; ++i) all.push_back(permutation[i]);
  return all;
}

TEST(Permutation, IsABijectionOfEveryLength) {
  for (const uint64_t n : {1, 2, 3, 4, 5, 7, 10, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000, 60000}) {
    for (const uint64_t seed : {uint64_t{0}, uint64_t{42}, UINT64_MAX}) {
      auto all = order(n, seed, 3);
      std::sort(all.begin(), all.end());
      for (uint64_t i = 0; i < n; ++i) ASSERT_EQ(all[i], i) << "n = " << n << ", seed = " << seed;
    }
  }
}

TEST(Permutation, DiffersByEpochAndSeed) {
  for (const uint64_t n : {10, 1000, 60000}) {
    const auto first = order(n, 1, 0);
    EXPECT_NE(first, order(n, 1, 1));
    EXPECT_NE(first, order(n, 2, 0));
    EXPECT_EQ(first, order(n, 1, 0));
  }
}

TEST(Permutation, MixesWell) {
  // Of 60,000 items about one stays where it was, and neighbours land far apart.
  const auto all = order(60000, 9, 0);
  size_t fixed = 0, ascents = 0;
  double distance = 0;
  for (size_t i = 0; i < all.size(); ++i) fixed += all[i] == i;
  for (size_t i = 1; i < all.size(); ++i) {
    ascents += all[i] > all[i - 1];
    distance += std::abs(static_cast<double>(all[i]) - static_cast<double>(all[i - 1]));
  }
  EXPECT_LT(fixed, 10U);
  EXPECT_NEAR(static_cast<double>(ascents), 30000, 5 * std::sqrt(60000 / 12.0));
  EXPECT_NEAR(distance / 60000, 20000, 500);
}

TEST(Permutation, OfThreeReachesAllSixOrders) {
  std::set<std::vector<uint64_t>> orders;
  for (uint32_t epoch = 0; epoch < 200; ++epoch) orders.insert(order(3, 1, epoch));
  EXPECT_EQ(orders.size(), 6U);
}

TEST(Permutation, HugeLengthsStayInRange) {
  for (const uint64_t n : {uint64_t{1} << 40, (uint64_t{1} << 62) + 1, UINT64_MAX}) {
    const Permutation permutation(n, 1, 2);
    std::set<uint64_t> seen;
    for (uint64_t i = 0; i < 1000; ++i) {
      const uint64_t at = permutation[n - 1 - i];
      EXPECT_LT(at, n);
      seen.insert(at);
    }
    EXPECT_EQ(seen.size(), 1000U);
  }
}

}  // namespace
}  // namespace simclr
