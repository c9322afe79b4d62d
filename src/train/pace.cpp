#include "train/pace.hpp"

#include <cmath>

namespace simclr {

Pace::Pace(const Growth& growth) : growth_(growth), timed_(growth.stages().size()) {
  for (const auto& stage : growth.stages()) cost_.push_back(std::pow(static_cast<double>(stage.size), 2));
}

void Pace::add(size_t stage, double seconds) {
  timed_[stage].seconds += seconds;
  ++timed_[stage].steps;
}

void Pace::probed() {
  std::vector<double> seconds;
  for (size_t i = 0; i < timed_.size(); ++i) seconds.push_back(step_seconds(i));
  if (seconds[0] == 0) return;  // nothing was timed
  cost_ = seconds;
  probed_ = true;
  timed_.assign(timed_.size(), {});
}

double Pace::step_seconds(size_t stage) const {
  for (size_t away = 0; away < timed_.size(); ++away) {
    if (stage + away < timed_.size() && timed_[stage + away].steps > 0)
      return timed_[stage + away].mean() * cost_[stage] / cost_[stage + away];
    if (stage >= away && timed_[stage - away].steps > 0)
      return timed_[stage - away].mean() * cost_[stage] / cost_[stage - away];
  }
  return probed_ ? cost_[stage] : 0;
}

double Pace::seconds_left(int64_t step, int64_t total_steps) const {
  double sum = 0;
  for (size_t i = growth_.stage_at(step, total_steps); step < total_steps; ++i) {
    const int64_t end = i + 1 < timed_.size() ? growth_.first_step(i + 1, total_steps) : total_steps;
    sum += static_cast<double>(end - step) * step_seconds(i);
    step = end;
  }
  return sum;
}

int64_t Pace::steps_within(int64_t step, double seconds, double more) const {
  const auto fits = [&](int64_t total) {
    return seconds_left(step, total) + more * static_cast<double>(total - step) <= seconds;
  };
  int64_t fitting = step + 1, beyond = step + 2;
  while (fits(beyond) && beyond < int64_t{1} << 40) beyond = step + 2 * (beyond - step);
  while (beyond - fitting > 1) {
    const int64_t middle = fitting + (beyond - fitting) / 2;
    (fits(middle) ? fitting : beyond) = middle;
  }
  return fitting;
}

}  // namespace simclr
