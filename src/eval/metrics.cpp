#include "eval/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace simclr {

double accuracy(Labels predicted, Labels truth) {
  size_t right = 0;
  for (size_t i = 0; i < truth.size(); ++i) right += predicted[i] == truth[i] ? 1 : 0;
  return truth.empty() ? 0 : static_cast<double>(right) / static_cast<double>(truth.size());
}

std::vector<int64_t> confusion(Labels predicted, Labels truth, size_t classes) {
  std::vector<int64_t> counts(classes * classes);
  for (size_t i = 0; i < truth.size(); ++i)
    ++counts[static_cast<size_t>(truth[i]) * classes + static_cast<size_t>(predicted[i])];
  return counts;
}

double balanced_accuracy(const std::vector<int64_t>& confusion_counts, size_t classes) {
  double sum = 0;
  int present = 0;
  for (size_t c = 0; c < classes; ++c) {
    int64_t rows = 0;
    for (size_t p = 0; p < classes; ++p) rows += confusion_counts[c * classes + p];
    if (rows == 0) continue;
    sum += static_cast<double>(confusion_counts[c * classes + c]) / static_cast<double>(rows);
    ++present;
  }
  return present == 0 ? 0 : sum / present;
}

Interval wilson_interval(double share, size_t trials) {
  if (trials == 0) return {0, 1};
  constexpr double z = 1.959963984540054;  // 97.5 % point of the normal distribution
  const double n = static_cast<double>(trials), scale = 1 / (1 + z * z / n);
  const double middle = (share + z * z / (2 * n)) * scale;
  const double half = z * scale * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

double normal_below(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

// P(|T| <= t) by the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4, exact for whole degrees of
// freedom.
double student_t_inside(double t, int freedom) {
  const double angle = std::atan(t / std::sqrt(freedom));
  const double cosine = std::cos(angle), sine = std::sin(angle);
  const bool odd = freedom % 2 == 1;
  double term = odd ? cosine : 1, sum = 0;
  for (int i = odd ? 1 : 0; i <= freedom - 2; i += 2) {
    sum += term;
    term *= cosine * cosine * (i + 1) / (i + 2);
  }
  return odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

double student_t(double inside, int freedom) {
  double low = 0, high = 1;
  while (student_t_inside(high, freedom) < inside && high < 1e12) high *= 2;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (student_t_inside(middle, freedom) < inside ? low : high) = middle;
  }
  return high;
}

Spread spread(const std::vector<double>& values) {
  Spread result;
  if (values.empty()) return result;
  const double n = static_cast<double>(values.size());
  for (const double value : values) result.mean += value / n;
  result.mean_interval = {result.mean, result.mean};
  if (values.size() == 1) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.std = std::sqrt(squares / (n - 1));
  const double half = student_t(0.95, static_cast<int>(values.size()) - 1) * result.std / std::sqrt(n);
  result.mean_interval = {result.mean - half, result.mean + half};
  return result;
}

}  // namespace simclr
