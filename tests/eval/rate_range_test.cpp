#include "eval/rate_range.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/expect_error.hpp"

namespace simclr {
namespace {

constexpr double kChance = 4.8;

struct Made {
  std::vector<double> rates, losses;
};

// Falls around the rate 0.01, is lost from 1 on.
Made made(size_t steps) {
  Made out;
  for (size_t i = 0; i < steps; ++i) {
    const double rate = 1e-5 * std::pow(1e6, static_cast<double>(i) / static_cast<double>(steps - 1));
    out.rates.push_back(rate);
    const double fall = 2.0 / (1 + std::pow(rate / 0.01, -2.0));
    out.losses.push_back(rate < 1 ? kChance - fall : kChance);
  }
  return out;
}

TEST(RateRange, FindsTheSteepestFallAndWhereAllIsLost) {
  const Made m = made(400);
  const RateRange range = rate_range(m.rates, m.losses, kChance);
  EXPECT_GT(m.rates[range.steepest], 0.008);
  EXPECT_LT(m.rates[range.steepest], 0.04);  // the average lags behind
  EXPECT_GT(m.rates[range.diverged], 1);
  EXPECT_LT(m.rates[range.diverged], 2.5);
  EXPECT_NEAR(range.suggestion, m.rates[range.diverged] / 4, 1e-12);
  EXPECT_NEAR(range.limit, (range.smooth[range.least] + kChance) / 2, 1e-12);
}

TEST(RateRange, EndsWithALossThatIsNotFinite) {
  Made m = made(400);
  m.losses.resize(250);
  m.rates.resize(250);
  m.losses.back() = std::nan("");
  const RateRange range = rate_range(m.rates, m.losses, kChance);
  EXPECT_EQ(range.diverged, 249U);
}

TEST(RateRange, SaysThatNoRateWasTooHigh) {
  Made m = made(400);
  m.losses.resize(240);
  m.rates.resize(240);
  const RateRange range = rate_range(m.rates, m.losses, kChance);
  EXPECT_EQ(range.diverged, 240U);
  EXPECT_NEAR(range.suggestion, m.rates.back() / 4, 1e-12);
}

// Muon's loss after a warm start: no rate throws it back to chance, but from 0.1 on it only gets worse.
TEST(RateRange, ARateThatUndoesWhatWasLearnedIsTooHigh) {
  Made m = made(400);
  for (size_t i = 0; i < 400; ++i) {
    const double better = 0.2 / (1 + std::pow(m.rates[i] / 0.002, -2.0)),
                 worse = 0.5 / (1 + std::pow(m.rates[i] / 0.1, -2.0)), noise = i % 2 == 0 ? 0.2 : -0.2;
    m.losses[i] = 2.6 - better + worse + noise;
  }
  const RateRange range = rate_range(m.rates, m.losses, kChance);
  EXPECT_GT(m.rates[range.diverged], 0.08);
  EXPECT_LT(m.rates[range.diverged], 0.4);
  EXPECT_NEAR(range.limit, 2.6 + 2 * 0.2 * std::sqrt(0.05 / 1.95), 0.02);
  EXPECT_NEAR(range.suggestion, m.rates[range.diverged] / 4, 1e-12);
}

TEST(RateRange, NeedsSomeSteps) {
  expect_error([] { rate_range({1, 2, 3}, {1, 1, 1}, kChance); }, Exit::failed, {"too few"});
}

TEST(Smoothed, BeginsAtTheFirstValueAndKeepsAConstant) {
  for (const double one : smoothed({3, 3, 3, 3}, 0.98)) EXPECT_NEAR(one, 3, 1e-12);
  const auto two = smoothed({1, 2}, 0.5);
  EXPECT_EQ(two[0], 1);
  EXPECT_NEAR(two[1], (0.5 * 0.5 * 1 + 0.5 * 2) / 0.75, 1e-12);
}

}  // namespace
}  // namespace simclr
