#include "report/axis.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.hpp"

namespace simclr {
namespace {

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> out;
  for (const Tick& tick : axis.ticks()) out.push_back(tick.label);
  return out;
}

using Texts = std::vector<std::string>;

TEST(Axis, RoundTicks) {
  EXPECT_EQ(labels(Axis(0, 1, 0, 100, 6, true)), (Texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels(Axis(0.3, 6.24, 0, 100, 8, true)), (Texts{"0", "1", "2", "3", "4", "5", "6", "7"}));
  EXPECT_EQ(labels(Axis(0, 60000, 0, 100, 4, false)), (Texts{"0", "20,000", "40,000", "60,000"}));
  EXPECT_EQ(labels(Axis(0, 1e-4, 0, 100, 3, true)), (Texts{"0", "5e-5", "1e-4"}));
  EXPECT_EQ(labels(Axis(-4, 0, 0, 100, 3, true)), (Texts{"\u22124", "\u22122", "0"}));
}

TEST(Axis, StepIsOneTwoOrFiveAndFits) {
  Random random({.seed = 1}, 0);
  for (int trial = 0; trial < 2000; ++trial) {
    const double lo = random.normal() * std::pow(10, random.uniform(-8, 8));
    const double hi = lo + std::pow(10, random.uniform(-8, 8));
    if (hi - lo < 1e-6 * std::abs(lo)) continue;
    const int most = 2 + static_cast<int>(random.below(10));
    const double step = tick_step(lo, hi, most);
    const double mantissa = step / std::pow(10, std::floor(std::log10(step) + 1e-9));
    EXPECT_TRUE(std::abs(mantissa - 1) < 1e-6 || std::abs(mantissa - 2) < 1e-6 ||
                std::abs(mantissa - 5) < 1e-6)
        << step;
    EXPECT_LE((hi - lo) / step, (most - 1) * 1.4 * (1 + 1e-6));
    EXPECT_GT((hi - lo) / step, (most - 1) * 1.4 / 2.6);
  }
}

TEST(Axis, CoversItsRangeWithDistinctRisingTicks) {
  Random random({.seed = 2}, 0);
  for (int trial = 0; trial < 2000; ++trial) {
    const double lo = random.normal() * std::pow(10, random.uniform(-3, 5));
    const double hi = lo + std::pow(10, random.uniform(-3, 5));
    const bool whole = trial % 2 == 0;
    const Axis axis(lo, hi, 10, 310, 6, whole);
    EXPECT_LE(axis.lo(), lo);
    EXPECT_GE(axis.hi(), hi);
    EXPECT_LE(axis.ticks().size(), 9U);
    EXPECT_GE(axis.ticks().size(), 2U);
    std::set<std::string> texts;
    double before = -1e300;
    for (const Tick& tick : axis.ticks()) {
      EXPECT_GT(tick.value, before);
      before = tick.value;
      texts.insert(tick.label);
      EXPECT_GE(axis.pixel(tick.value), 10 - 0.01);
      EXPECT_LE(axis.pixel(tick.value), 310 + 0.01);
    }
    if (hi - lo > 1e-3 * std::abs(lo)) {
      EXPECT_EQ(texts.size(), axis.ticks().size()) << lo << " " << hi;
    }
  }
}

TEST(Axis, PixelsAreLinearAndMayRunDownwards) {
  const Axis axis(0, 10, 200, 0, 6, true);
  EXPECT_DOUBLE_EQ(axis.pixel(0), 200);
  EXPECT_DOUBLE_EQ(axis.pixel(10), 0);
  EXPECT_DOUBLE_EQ(axis.pixel(2.5), 150);
}

TEST(Axis, LogarithmicDecades) {
  const Axis axis(0.03, 40, 0, 400, 6, true, Scaling::logarithmic);
  EXPECT_EQ(labels(axis), (Texts{"0.1", "1", "10"}));
  EXPECT_DOUBLE_EQ(axis.lo(), 0.02);  // to the round number before and after
  EXPECT_DOUBLE_EQ(axis.hi(), 50);
  EXPECT_NEAR(axis.pixel(1), 200, 1e-9);
  EXPECT_NEAR(axis.pixel(10) - axis.pixel(1), axis.pixel(1) - axis.pixel(0.1), 1e-9);
  EXPECT_EQ(labels(Axis(0.15, 0.9, 0, 1, 6, true, Scaling::logarithmic)), (Texts{"0.1", "0.2", "0.5", "1"}));
}

// None of these may hang, divide by zero, or give a pixel that is no number.
TEST(Axis, DegenerateRanges) {
  const double cases[][2] = {{0, 0},          {5, 5},      {-3, -3},         {1, 1 + 1e-15}, {2, 1},
                             {-1e308, 1e308}, {0, 5e-324}, {1e-310, 2e-310}, {1e300, 1e301}};
  for (const auto& c : cases) {
    for (const Scaling scaling : {Scaling::linear, Scaling::logarithmic}) {
      const Axis axis(c[0], c[1], 0, 300, 6, true, scaling);
      EXPECT_TRUE(std::isfinite(axis.pixel(c[0]))) << c[0] << " " << c[1];
      EXPECT_TRUE(std::isfinite(axis.pixel(c[1]))) << c[0] << " " << c[1];
      EXPECT_LE(axis.ticks().size(), 700U);
      EXPECT_GE(axis.ticks().size(), 1U) << c[0] << " " << c[1];
    }
  }
}

}  // namespace
}  // namespace simclr
