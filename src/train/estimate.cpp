#include "train/estimate.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "train/pace.hpp"
#include "train/rehearsal.hpp"

namespace simclr {
namespace {

constexpr double kShortEnough = 3, kLongEnough = 30;  // seconds of steps
constexpr size_t kFewSteps = 3, kManySteps = 20;

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

std::vector<double> timed_steps(Rehearsal& rehearsal) {
  std::vector<double> seconds;
  double all = 0;
  do {
    const auto start = std::chrono::steady_clock::now();
    rehearsal.step(rehearsal.next());
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    all += seconds.back();
  } while (seconds.size() < kFewSteps ? all < kLongEnough
                                      : all < kShortEnough && seconds.size() < kManySteps);
  return seconds;
}

// Without the first steps: memory is taken in them, and kernels are chosen.
double mean_of_warm(const std::vector<double>& seconds) {
  const auto cold = static_cast<std::ptrdiff_t>(std::min<size_t>(2, seconds.size() - 1));
  const auto warm = static_cast<double>(seconds.size()) - static_cast<double>(cold);
  return std::accumulate(seconds.begin() + cold, seconds.end(), 0.0) / warm;
}

}  // namespace

Estimate estimate(const PretrainSettings& settings, Prepared& prepared, int64_t done) {
  const Plan& plan = prepared.plan;
  Estimate result;
  result.memory_at_all = static_cast<double>(available_memory());
  Rehearsal rehearsal(settings, prepared);
  const std::vector<double> seconds = timed_steps(rehearsal);
  result.step_seconds = mean_of_warm(seconds);
  const Growth growth(plan.growth, plan.image_size);
  Pace pace(growth);
  pace.add(growth.stages().size() - 1, result.step_seconds);
  const int64_t total =
      plan.total_steps > 0 ? plan.total_steps : pace.steps_within(done, 60 * *settings.max_minutes, 0);
  result.steps = std::max<int64_t>(0, total - done);
  result.seconds = pace.seconds_left(done, total);
  const double seen = static_cast<double>(seconds.size()) * static_cast<double>(settings.batch_size);
  const double unseen = std::max(0.0, 1 - seen / static_cast<double>(plan.images));
  result.memory = peak_memory() + (prepared.cache.where == Cache::ram ? unseen * prepared.cache.bytes : 0);
  return result;
}

std::string duration_text(double seconds) {
  struct Unit {
    double seconds;
    const char* name;
  };
  constexpr Unit units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  if (seconds < 1.5) return "a second";
  for (const Unit& unit : units) {
    const double count = seconds / unit.seconds;
    if (count < 1.95 && unit.seconds > 1) continue;  // 47 hours, not 1.96 days
    char text[48];
    std::snprintf(text, sizeof text, count < 9.95 && unit.seconds > 1 ? "%.1f %ss" : "%.0f %ss", count,
                  unit.name);
    return text;
  }
  return "";
}

std::string describe(const Estimate& estimate, const PretrainSettings& settings) {
  char text[256];
  std::snprintf(text, sizeof text,
                "a step takes %.3g s (%.3g images/s), the %lld steps about %s; memory: about %s of %s",
                estimate.step_seconds, static_cast<double>(settings.batch_size) / estimate.step_seconds,
                static_cast<long long>(estimate.steps), duration_text(estimate.seconds).c_str(),
                size_text(estimate.memory).c_str(), size_text(estimate.memory_at_all).c_str());
  return text;
}

nlohmann::ordered_json to_json(const Estimate& estimate) {
  return {{"step_seconds", estimate.step_seconds},
          {"steps", estimate.steps},
          {"seconds", estimate.seconds},
          {"memory_bytes", estimate.memory},
          {"memory_available_bytes", estimate.memory_at_all}};
}

}  // namespace simclr
