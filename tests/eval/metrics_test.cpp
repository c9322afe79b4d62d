#include "eval/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace simclr {
namespace {

const std::vector<int32_t> truth_of_six = {0, 0, 0, 0, 1, 2}, guess_of_six = {0, 0, 0, 1, 1, 0};

TEST(Metrics, AccuracyConfusionAndBalancedAccuracyByHand) {
  EXPECT_DOUBLE_EQ(accuracy(guess_of_six, truth_of_six), 4.0 / 6);
  const auto counts = confusion(guess_of_six, truth_of_six, 4);
  EXPECT_EQ(counts, (std::vector<int64_t>{3, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_DOUBLE_EQ(balanced_accuracy(counts, 4), (0.75 + 1 + 0) / 3);  // class 3 doesn't occur
  EXPECT_EQ(accuracy({}, {}), 0);
}

// Newcombe 1998, table I, method 3: the intervals of his four examples.
TEST(Metrics, WilsonIntervalsOfThePublishedExamples) {
  const struct {
    double right;
    size_t trials;
    double low, high;
  } examples[] = {
      {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
  for (const auto& one : examples) {
    const Interval interval = wilson_interval(one.right / static_cast<double>(one.trials), one.trials);
    EXPECT_NEAR(interval.low, one.low, 5e-5);
    EXPECT_NEAR(interval.high, one.high, 5e-5);
  }
  EXPECT_LE(wilson_interval(1, 50).high, 1);
}

TEST(Metrics, StudentTOfThePrintedTables) {
  const struct {
    int freedom;
    double t;
  } table[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},
               {9, 2.262},  {10, 2.228}, {29, 2.045}, {120, 1.980}};
  for (const auto& one : table) EXPECT_NEAR(student_t(0.95, one.freedom), one.t, 5e-4) << one.freedom;
  EXPECT_NEAR(student_t(0.99, 5), 4.032, 5e-4);
  EXPECT_NEAR(student_t(0.95, 100000), 1.96, 1e-4);
}

TEST(Metrics, SpreadByHand) {
  const Spread three = spread({0.7, 0.8, 0.9});
  EXPECT_NEAR(three.mean, 0.8, 1e-12);
  EXPECT_NEAR(three.std, 0.1, 1e-12);
  EXPECT_NEAR(three.mean_interval.high - 0.8, 4.302653 * 0.1 / std::sqrt(3), 1e-6);
  EXPECT_NEAR(0.8 - three.mean_interval.low, 4.302653 * 0.1 / std::sqrt(3), 1e-6);
  const Spread one = spread({0.4});
  EXPECT_EQ(one.std, 0);
  EXPECT_EQ(one.mean_interval.low, 0.4);
  EXPECT_EQ(one.mean_interval.high, 0.4);
}

}  // namespace
}  // namespace simclr
