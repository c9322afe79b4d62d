#include "optim/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/expect_error.hpp"

namespace simclr {
namespace {

TEST(ScheduleTest, GoldenRatesOfGooglesRule) {
  std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/schedule.json");
  const auto golden = nlohmann::json::parse(file);
  ASSERT_EQ(golden["cases"].size(), 4U);
  for (const auto& one : golden["cases"]) {
    const int64_t images = one["num_examples"];
    const int64_t batch = one["batch"];
    const bool linear = one["scaling"] == "linear";
    // Google's square root counts from a batch of 1: base * sqrt(B), 16 times ours.
    const double base = one["base"].get<double>() * (linear ? 1 : 16);
    const Schedule schedule{scale_rate(base, batch, linear ? Scaling::linear : Scaling::square_root),
                            warmup_steps(one["warmup_epochs"].get<double>(), images, batch),
                            total_steps(one["epochs"].get<int64_t>(), images, batch)};
    EXPECT_EQ(schedule.warmup_steps, one["warmup_steps"].get<int64_t>());
    EXPECT_EQ(schedule.total_steps, one["total_steps"].get<int64_t>());
    for (const auto& [step, rate] : one["lr"].items())
      EXPECT_NEAR(schedule(std::stoll(step)), rate.get<double>(), 1e-12) << "step " << step;
  }
}

TEST(ScheduleTest, RisesThenFallsAndStaysAtZero) {
  for (const int64_t warmup : {0, 1, 7, 100})
    for (const int64_t total : {1, 2, 50, 100, 101, 1000}) {
      const Schedule schedule{0.4, warmup, total};
      for (int64_t step = 0; step <= total + 3; ++step) {
        const double rate = schedule(step);
        ASSERT_TRUE(std::isfinite(rate) && rate >= 0 && rate <= 0.4) << warmup << ' ' << total << ' ' << step;
        if (step < warmup && step + 1 < total) {
          ASSERT_LT(rate, schedule(step + 1));
        } else if (step >= warmup) {
          ASSERT_GE(rate, schedule(step + 1));
        }
      }
      EXPECT_EQ(schedule(std::max(total, warmup)), 0);
      if (warmup > 0) {
        EXPECT_EQ(schedule(0), 0);
      } else {
        EXPECT_EQ(schedule(0), 0.4);
      }
    }
}

TEST(ScheduleTest, PeakComesRightAfterTheWarmUp) {
  const Schedule schedule{0.25, 10, 110};
  EXPECT_EQ(schedule(10), 0.25);
  EXPECT_DOUBLE_EQ(schedule(5), 0.125);
  EXPECT_DOUBLE_EQ(schedule(60), 0.125);
}

TEST(ScheduleTest, FractionsOfAnEpochWarmUpToo) {
  EXPECT_EQ(warmup_steps(0.5, 1000, 100), 5);
  EXPECT_EQ(warmup_steps(0.33, 1000, 100), 3);
  EXPECT_EQ(warmup_steps(0, 1000, 100), 0);
}

TEST(ScheduleTest, RatesScaleWithTheBatch) {
  EXPECT_DOUBLE_EQ(scale_rate(0.3, 4096, Scaling::linear), 4.8);
  EXPECT_DOUBLE_EQ(scale_rate(0.3, 4096, Scaling::square_root), 1.2);
  EXPECT_DOUBLE_EQ(scale_rate(0.3, 4096, Scaling::none), 0.3);
  for (const auto scaling : {Scaling::none, Scaling::linear, Scaling::square_root})
    EXPECT_DOUBLE_EQ(scale_rate(0.3, 256, scaling), 0.3);
}

TEST(Schedule, ConstantHoldsThePeakAfterTheWarmUp) {
  const Schedule schedule{0.25, 10, 110, schedule_shape("constant")};
  EXPECT_DOUBLE_EQ(schedule(5), 0.125);
  for (const int64_t step : {10, 60, 109}) EXPECT_DOUBLE_EQ(schedule(step), 0.25);
  EXPECT_EQ(schedule(110), 0);
}

TEST(Schedule, RisingWarmsUpAtThePeakThenRisesByTheSameFactor) {
  const Schedule schedule{0.25, 10, 31, schedule_shape("rising(from=1e-4,to=10,warm=10)")};
  EXPECT_DOUBLE_EQ(schedule(0), 0.05);
  for (const int64_t step : {4, 5, 9}) EXPECT_DOUBLE_EQ(schedule(step), 0.25);
  EXPECT_DOUBLE_EQ(schedule(10), 1e-4);
  EXPECT_DOUBLE_EQ(schedule(30), 10);
  for (int64_t step = 10; step < 30; ++step)
    EXPECT_NEAR(schedule(step + 1) / schedule(step), std::pow(1e5, 1.0 / 20), 1e-9);
  EXPECT_EQ(schedule(31), 0);
  EXPECT_EQ(Schedule({1, 0, 1, schedule_shape("rising(from=1e-4,to=10)")})(0), 10);
}

TEST(Schedule, ShapesAreWrittenAsTheyAreRead) {
  for (const char* text : {"cosine", "constant", "rising(from=1e-05,to=10,warm=100)"})
    EXPECT_EQ(to_text(schedule_shape(text)), text);
  expect_error([] { schedule_shape("cosin"); }, Exit::setting, {"'cosin'", "Did you mean 'cosine'"});
  expect_error([] { schedule_shape("cosine(from=1)"); }, Exit::setting, {"from"});
  expect_error([] { schedule_shape("rising(from=1,to=0.1)"); }, Exit::setting, {"from 1 to 0.1"});
  expect_error([] { schedule_shape("rising"); }, Exit::setting, {"from 0 to 0"});
}

}  // namespace
}  // namespace simclr
