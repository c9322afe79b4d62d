#include "train/pace.hpp"

#include <algorithm>
#include <cmath>

namespace simclr {

void Pace::add(size_t stage, double seconds) {
  timed_[stage].seconds += seconds;
  ++timed_[stage].steps;
}

double Pace::step_seconds(size_t stage) const {
  const auto mean = [&](size_t i) { return timed_[i].seconds / static_cast<double>(timed_[i].steps); };
  const auto area = [&](size_t i) { return std::pow(static_cast<double>(growth_.stages()[i].size), 2); };
  for (size_t away = 0; away < timed_.size(); ++away) {
    if (stage + away < timed_.size() && timed_[stage + away].steps > 0)
      return mean(stage + away) * area(stage) / area(stage + away);
    if (stage >= away && timed_[stage - away].steps > 0)
      return mean(stage - away) * area(stage) / area(stage - away);
  }
  return 0;
}

double Pace::mean_step_seconds() const {
  double sum = 0;
  for (size_t i = 0; i < timed_.size(); ++i) sum += growth_.stages()[i].share * step_seconds(i);
  return sum;
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

}  // namespace simclr
