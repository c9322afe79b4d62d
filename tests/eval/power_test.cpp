#include "eval/power.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace simclr {
namespace {

// The published numbers of pairs for alpha .05 and power .8.
TEST(Power, NeedsThePublishedNumbersOfPairs) {
  EXPECT_EQ(pairs_needed(0.5), 34U);
  EXPECT_EQ(pairs_needed(0.75), 16U);
  EXPECT_EQ(pairs_needed(1), 10U);
  EXPECT_EQ(pairs_needed(1.5), 6U);
}

TEST(Power, IsTheChanceOfAFalseAlarmWithoutAnEffect) {
  for (const size_t pairs : {2, 3, 5, 30})
    for (const double alpha : {0.05, 0.001}) EXPECT_NEAR(paired_power(0, pairs, alpha), alpha, 1e-3 * alpha);
}

TEST(Power, DetectableEffectsAreFoundWithTheirPower) {
  double before = INFINITY;
  for (const size_t pairs : {2, 3, 4, 8, 50}) {
    const double effect = detectable_effect(pairs);
    EXPECT_NEAR(paired_power(effect, pairs), 0.8, 1e-6);
    EXPECT_LT(effect, before);
    EXPECT_GT(detectable_effect(pairs, 0.01), effect);
    before = effect;
  }
  EXPECT_TRUE(std::isinf(detectable_effect(1)));
}

}  // namespace
}  // namespace simclr
