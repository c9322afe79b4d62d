#include "eval/reliability.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/error.hpp"
#include "eval/metrics.hpp"

namespace simclr {
namespace {

constexpr int kIntervals = 4000;  // of Simpson's rule

template <class Function>
double integral(double from, double to, Function function) {
  const double step = (to - from) / kIntervals;
  double sum = 0;
  for (int i = 0; i <= kIntervals; ++i)
    sum += (i == 0 || i == kIntervals ? 1 : i % 2 == 1 ? 4 : 2) * function(from + step * i);
  return sum * step / 3;
}

double normal_quantile(double share) {
  double low = -40, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (normal_below(middle) < share ? low : high) = middle;
  }
  return high;
}

std::vector<double> mean_ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return values[i] < values[j]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (size_t i = first; i <= last; ++i) ranks[order[i]] = static_cast<double>(first + last) / 2;
    first = last + 1;
  }
  return ranks;
}

}  // namespace

Reliability reliability(const std::vector<double>& values, size_t rows, size_t columns) {
  if (values.size() != rows * columns)
    throw Error(Exit::failed, "a table of scores has a value in every cell.");
  Reliability result{
      rows, columns, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN(),
      1,    0};
  if (rows < 2 || columns < 2) return result;
  const double all = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  std::vector<double> row(rows), column(columns);
  for (size_t i = 0; i < values.size(); ++i) {
    row[i / columns] += values[i] / static_cast<double>(columns);
    column[i % columns] += values[i] / static_cast<double>(rows);
  }
  double between = 0, within = 0;
  for (const double mean : row) between += static_cast<double>(columns) * (mean - all) * (mean - all);
  for (size_t i = 0; i < values.size(); ++i) {
    const double rest = values[i] - row[i / columns] - column[i % columns] + all;
    within += rest * rest;
  }
  between /= static_cast<double>(rows - 1);
  within /= static_cast<double>((rows - 1) * (columns - 1));
  result.noise_std = std::sqrt(within);
  if (between <= 1e-24) return result;  // all rows alike: nothing to agree on
  result.icc = std::max(0.0, 1 - within / between);
  if (within > 1e-24) {
    result.f = between / within;
    result.p = f_tail(result.f, rows - 1, (rows - 1) * (columns - 1));
  } else {
    result.f = std::numeric_limits<double>::infinity();
    result.p = 0;
  }
  return result;
}

// The regularised incomplete beta function; with x = sin^2 its integrand is smooth for whole degrees of
// freedom.
double f_tail(double f, size_t over, size_t under) {
  if (!(f > 0)) return 1;
  const double m = static_cast<double>(over), n = static_cast<double>(under);
  const auto integrand = [&](double angle) {
    return std::pow(std::sin(angle), n - 1) * std::pow(std::cos(angle), m - 1);
  };
  const double end = std::asin(std::sqrt(n / (n + m * f)));
  const double below = integral(0, end, integrand), above = integral(end, std::numbers::pi / 2, integrand);
  return below / (below + above);
}

Correlation pearson(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) throw Error(Exit::failed, "correlated scores are as many on both sides.");
  const size_t n = a.size();
  if (n < 3) return {};
  const double mean_a = spread(a).mean, mean_b = spread(b).mean;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < n; ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  if (aa <= 0 || bb <= 0) return {};
  const double r = std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
  const double rest = 1 - r * r;
  if (rest <= 1e-15) return {r, 0};
  const double t = std::abs(r) * std::sqrt(static_cast<double>(n - 2) / rest);
  return {r, 1 - student_t_inside(t, static_cast<int>(n) - 2)};
}

Correlation spearman(const std::vector<double>& a, const std::vector<double>& b) {
  return pearson(mean_ranks(a), mean_ranks(b));
}

double expected_overlap(double icc, double share) {
  const double r = std::sqrt(std::clamp(icc, 0.0, 1.0));
  if (r > 1 - 1e-9) return 1;
  const double edge = normal_quantile(share), rest = std::sqrt(1 - r * r);
  const auto both = [&](double x) {
    return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi) * normal_below((edge - r * x) / rest);
  };
  return integral(edge - 10, edge, both) / share;
}

}  // namespace simclr
