#include "train/pace.hpp"

#include <gtest/gtest.h>

namespace simclr {
namespace {

// 16, 24 and 32 px: two fifths of the steps, two fifths, and a fifth.
const Growth& three_sizes() {
  static const Growth growth("linear(from=0.5,until=0.8,stages=3)", 32);
  return growth;
}

TEST(Pace, AStageNotTimedCostsByItsArea) {
  Pace pace(three_sizes());
  EXPECT_EQ(pace.step_seconds(0), 0);
  pace.add(0, 0.5);
  pace.add(0, 1.5);
  EXPECT_DOUBLE_EQ(pace.step_seconds(0), 1);
  EXPECT_DOUBLE_EQ(pace.step_seconds(1), 2.25);
  EXPECT_DOUBLE_EQ(pace.step_seconds(2), 4);
  EXPECT_DOUBLE_EQ(pace.seconds_left(0, 100), 40 * 1 + 40 * 2.25 + 20 * 4);
  EXPECT_DOUBLE_EQ(pace.seconds_left(70, 100), 10 * 2.25 + 20 * 4);
}

TEST(Pace, AddsUpWhatIsLeftOfEachStage) {
  const Growth growth("linear(from=0.5,until=0.6,stages=3)", 32);
  Pace pace(growth);
  pace.add(0, 1);
  pace.add(0, 3);
  pace.add(1, 5);
  pace.add(2, 10);
  EXPECT_DOUBLE_EQ(pace.step_seconds(0), 2);
  EXPECT_DOUBLE_EQ(pace.seconds_left(0, 10), 3 * 2 + 3 * 5 + 4 * 10);
  EXPECT_DOUBLE_EQ(pace.seconds_left(4, 10), 2 * 5 + 4 * 10);
  EXPECT_DOUBLE_EQ(pace.seconds_left(10, 10), 0);
}

TEST(Pace, ProbedStagesKeepTheirRatiosAndLaterStepsSayHowFast) {
  Pace pace(three_sizes());
  pace.add(0, 2);
  pace.add(1, 3);
  pace.add(2, 5);
  pace.probed();
  EXPECT_DOUBLE_EQ(pace.step_seconds(2), 5);  // nothing else is known yet
  pace.add(0, 1);                             // twice as fast as probed
  EXPECT_DOUBLE_EQ(pace.step_seconds(0), 1);
  EXPECT_DOUBLE_EQ(pace.step_seconds(1), 1.5);
  EXPECT_DOUBLE_EQ(pace.step_seconds(2), 2.5);
}

TEST(Pace, StepsWithinAreTheMostThatFit) {
  Pace pace(three_sizes());
  pace.add(0, 0.1);
  for (const int64_t step : {0, 20, 57})
    for (const double seconds : {1.0, 33.0, 1000.0})
      for (const double more : {0.0, 0.03}) {
        const auto cost = [&](int64_t total) {
          return pace.seconds_left(step, total) + more * static_cast<double>(total - step);
        };
        const int64_t total = pace.steps_within(step, seconds, more);
        EXPECT_GT(cost(total + 1), seconds) << step << ' ' << seconds;
        if (total > step + 1) {
          EXPECT_LE(cost(total), seconds) << step << ' ' << seconds;
        }
      }
  EXPECT_EQ(pace.steps_within(5, -1, 0), 6);
}

}  // namespace
}  // namespace simclr
