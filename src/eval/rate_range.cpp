#include "eval/rate_range.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr double kKept = 0.95;  // of the average, a step

// Of the average, from how far the losses lie about it.
double standard_error(const std::vector<double>& losses, const std::vector<double>& smooth) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < losses.size(); ++i) {
    if (!std::isfinite(losses[i])) continue;
    sum += std::pow(losses[i] - smooth[i], 2);
    ++count;
  }
  return std::sqrt(sum / std::max(1.0, count) * (1 - kKept) / (1 + kKept));
}

}  // namespace

std::vector<double> smoothed(const std::vector<double>& values, double keep) {
  std::vector<double> out;
  double sum = 0, weight = 0;
  for (const double value : values) {
    if (std::isfinite(value)) {
      sum = keep * sum + (1 - keep) * value;
      weight = keep * weight + (1 - keep);
    }
    out.push_back(weight > 0 ? sum / weight : value);
  }
  return out;
}

RateRange rate_range(const std::vector<double>& rates, const std::vector<double>& losses, double chance) {
  constexpr size_t fewest = 10;
  if (rates.size() != losses.size() || rates.size() < fewest)
    throw Error(Exit::failed,
                "the range test ended after " + std::to_string(losses.size()) + " steps, too few to read.",
                "Begin at a lower rate, or give more --range-steps.");
  RateRange range;
  range.smooth = smoothed(losses, kKept);
  const size_t n = losses.size();
  for (size_t i = 1; i < n; ++i)
    if (range.smooth[i] < range.smooth[range.least]) range.least = i;
  const double least = range.smooth[range.least];
  const size_t window = std::max<size_t>(2, n / 20);
  range.limit = std::min({1.5 * least, least + std::max(0.0, chance - least) / 2,
                          range.smooth[window] + 2 * standard_error(losses, range.smooth)});
  range.diverged = n;
  for (size_t i = range.least + 1; i < n && range.diverged == n; ++i)
    if (!std::isfinite(losses[i]) || range.smooth[i] > range.limit) range.diverged = i;
  double steepest = 0;
  for (size_t i = window; i + window <= range.least; ++i) {
    const double slope = (range.smooth[i + window] - range.smooth[i - window]) /
                         std::log(rates[i + window] / rates[i - window]);
    if (slope >= steepest) continue;
    steepest = slope;
    range.steepest = i;
  }
  if (steepest == 0) range.steepest = range.least;
  range.suggestion = rates[std::min(range.diverged, n - 1)] / 4;
  return range;
}

}  // namespace simclr
