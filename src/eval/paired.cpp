#include "eval/paired.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr size_t kMostFlipped = 16;

// Share of sign patterns whose sum is as far from zero as the sum seen.
double sign_flip(const std::vector<double>& differences) {
  if (differences.size() > kMostFlipped) return std::numeric_limits<double>::quiet_NaN();
  const double seen = std::abs(std::accumulate(differences.begin(), differences.end(), 0.0));
  const size_t patterns = size_t{1} << differences.size();
  size_t as_far = 0;
  for (size_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (size_t i = 0; i < differences.size(); ++i)
      sum += (pattern >> i & 1) != 0 ? -differences[i] : differences[i];
    as_far += std::abs(sum) >= seen - 1e-12 ? 1 : 0;
  }
  return static_cast<double>(as_far) / static_cast<double>(patterns);
}

}  // namespace

PairedTest paired_test(const std::vector<double>& a, const std::vector<double>& b, double test_over_train) {
  if (a.size() != b.size()) throw Error(Exit::failed, "paired scores are as many on both sides.");
  std::vector<double> differences(a.size());
  std::transform(a.begin(), a.end(), b.begin(), differences.begin(), std::minus<>());
  const Spread all = spread(differences);
  PairedTest result{.mean = all.mean, .mean_interval = {all.mean, all.mean}};
  result.pairs = a.size();
  if (a.size() < 2) return result;
  const double n = static_cast<double>(a.size());
  const double error = all.std * std::sqrt(1 / n + test_over_train);
  const int freedom = static_cast<int>(a.size()) - 1;
  const double half = student_t(0.95, freedom) * error;
  result.mean_interval = {all.mean - half, all.mean + half};
  result.sign_flip_p = sign_flip(differences);
  if (all.mean == 0) return result;
  const bool tied = all.std <= 1e-9 * std::abs(all.mean);
  result.t = tied ? std::copysign(std::numeric_limits<double>::infinity(), all.mean) : all.mean / error;
  result.p = tied ? std::pow(2, 1 - n) : 1 - student_t_inside(std::abs(result.t), freedom);
  return result;
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return p[i] < p[j]; });
  std::vector<double> adjusted(p.size());
  double least = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace simclr
