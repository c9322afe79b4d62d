#include "eval/power.hpp"

#include <cmath>
#include <limits>

#include "eval/metrics.hpp"

namespace simclr {

// Given s, the observed over the true standard deviation, the test is one of a normal variable; s has the
// density of the root of a chi-square variable over its degrees of freedom. Simpson's rule over the cube root
// of s: with two pairs all that rejects lies near 0.
double paired_power(double effect, size_t pairs, double alpha) {
  if (pairs < 2) return 0;
  constexpr int intervals = 4000;
  const double freedom = static_cast<double>(pairs) - 1;
  const double shift = effect * std::sqrt(static_cast<double>(pairs));
  const double critical = student_t(1 - alpha, static_cast<int>(pairs) - 1);
  const double scale = std::log(2.0) + freedom / 2 * std::log(freedom / 2) - std::lgamma(freedom / 2);
  const double step = std::cbrt(1 + 9 / std::sqrt(2 * freedom)) / intervals;
  double sum = 0;
  for (int i = 1; i <= intervals; ++i) {  // nothing at 0
    const double root = step * i, s = root * root * root;
    const double density = std::exp(scale + (freedom - 1) * std::log(s) - freedom * s * s / 2);
    const double weight = i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * 3 * root * root * density *
           (normal_below(shift - critical * s) + normal_below(-shift - critical * s));
  }
  return sum * step / 3;
}

double detectable_effect(size_t pairs, double alpha, double power) {
  if (pairs < 2) return std::numeric_limits<double>::infinity();
  double low = 0, high = 1;
  while (paired_power(high, pairs, alpha) < power && high < 1e9) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (paired_power(middle, pairs, alpha) < power ? low : high) = middle;
  }
  return high;
}

size_t pairs_needed(double effect, double alpha, double power) {
  constexpr size_t most = 1 << 20;
  size_t pairs = 2;
  while (pairs < most && paired_power(effect, pairs, alpha) < power) ++pairs;
  return pairs;
}

}  // namespace simclr
