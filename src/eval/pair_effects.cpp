#include "eval/pair_effects.hpp"

#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_inv.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "eval/matrix_view.hpp"
#include "eval/metrics.hpp"
#include "eval/reliability.hpp"

namespace simclr {
namespace {

constexpr size_t kDraws = 4000, kGrid = 16;

// With [pairs, members] Z: row p holds ones at the members of pair p. Z Z' = Q diag(values) Q'.
struct PairAxes {
  std::vector<double> values, vectors;  // vectors[row * pairs + axis]
  std::vector<double> turned(const std::vector<double>& of) const {
    std::vector<double> out(values.size());
    for (size_t row = 0; row < of.size(); ++row)
      for (size_t axis = 0; axis < out.size(); ++axis)
        out[axis] += vectors[row * out.size() + axis] * of[row];
    return out;
  }
};

PairAxes axes_of(const PairScores& scores) {
  const size_t n = scores.pairs.size();
  std::vector<double> shared(n * n);
  for (size_t p = 0; p < n; ++p)
    for (size_t q = 0; q < n; ++q)
      for (const size_t i : scores.pairs[p])
        for (const size_t j : scores.pairs[q]) shared[p * n + q] += i == j ? 1 : 0;
  const auto [values, vectors] = at::linalg_eigh(double_view(shared.data(), n, n));
  const at::Tensor value = values.contiguous(), vector = vectors.contiguous();
  PairAxes axes;
  axes.values.assign(value.const_data_ptr<double>(), value.const_data_ptr<double>() + n);
  axes.vectors.assign(vector.const_data_ptr<double>(), vector.const_data_ptr<double>() + n * n);
  for (double& one : axes.values) one = std::max(one, 0.0);
  return axes;
}

// One point of the grid: given the standard deviations everything is diagonal along the axes.
struct PairModel {
  double member_std = 0, pair_std = 0, noise_std = 0;
  double logarithm = 0;  // of the restricted likelihood
  double mean = 0, weight = 0;
  std::vector<double> kept;  // share of the deviation along each axis that is signal

  void fit(const PairAxes& axes, const std::vector<double>& y, const std::vector<double>& ones) {
    const size_t n = y.size();
    const double noise = noise_std * noise_std;
    kept.resize(n);
    double numerator = 0;
    for (size_t i = 0; i < n; ++i) {
      const double signal = member_std * member_std * axes.values[i] + pair_std * pair_std;
      kept[i] = signal / (signal + noise);
      logarithm -= std::log(signal + noise) / 2;
      weight += ones[i] * ones[i] / (signal + noise);
      numerator += ones[i] * y[i] / (signal + noise);
    }
    mean = numerator / weight;
    logarithm -= std::log(weight) / 2;
    for (size_t i = 0; i < n; ++i) {
      const double rest = y[i] - mean * ones[i];
      logarithm -= rest * rest * (1 - kept[i]) / noise / 2;
    }
  }

  std::vector<double> draw(const std::vector<double>& y, const std::vector<double>& ones,
                           Random& random) const {
    std::vector<double> out(y.size());
    const double common = random.normal() / std::sqrt(weight);
    for (size_t i = 0; i < y.size(); ++i)
      out[i] = mean * ones[i] + kept[i] * (y[i] - mean * ones[i]) +
               noise_std * std::sqrt(kept[i]) * random.normal() + ones[i] * (1 - kept[i]) * common;
    return out;
  }
};

std::vector<PairModel> models_of(const PairAxes& axes, const std::vector<double>& y,
                                 const std::vector<double>& ones, double spread_of_means, double noise) {
  std::vector<PairModel> models;
  const auto step = [&](size_t i) {
    return 2 * spread_of_means * (static_cast<double>(i) + 0.5) / static_cast<double>(kGrid);
  };
  for (size_t a = 0; a < kGrid; ++a)
    for (size_t b = 0; b < kGrid; ++b) {
      PairModel model;
      model.member_std = step(a);
      model.pair_std = noise > 0 ? step(b) : 0;
      model.noise_std = noise > 0 ? noise : step(b);
      model.fit(axes, y, ones);
      models.push_back(std::move(model));
    }
  double most = -std::numeric_limits<double>::infinity(), total = 0;
  for (const PairModel& model : models) most = std::max(most, model.logarithm);
  for (PairModel& model : models) total += model.logarithm = std::exp(model.logarithm - most);
  for (PairModel& model : models) model.logarithm /= total;  // from here on its posterior weight
  return models;
}

PairPosterior summary_of(std::vector<std::vector<double>>& draws, size_t pairs, size_t dropped) {
  PairPosterior result;
  result.dropped = dropped;
  result.worst.assign(pairs, 0);
  for (const auto& draw : draws)
    for (const size_t p : lowest_quarter(draw)) result.worst[p] += 1 / static_cast<double>(draws.size());
  std::vector<double> values(draws.size());
  for (size_t p = 0; p < pairs; ++p) {
    for (size_t d = 0; d < draws.size(); ++d) values[d] = draws[d][p];
    std::sort(values.begin(), values.end());
    result.mean.push_back(std::accumulate(values.begin(), values.end(), 0.0) /
                          static_cast<double>(values.size()));
    result.low.push_back(values[values.size() / 40]);
    result.high.push_back(values[values.size() - 1 - values.size() / 40]);
  }
  return result;
}

}  // namespace

std::vector<double> row_means(const PairScores& scores) {
  if (scores.columns == 0 || scores.values.size() != scores.pairs.size() * scores.columns)
    throw Error(Exit::failed, "every pair has a score in every column.");
  std::vector<double> means(scores.pairs.size());
  for (size_t i = 0; i < scores.values.size(); ++i)
    means[i / scores.columns] += scores.values[i] / static_cast<double>(scores.columns);
  return means;
}

std::vector<size_t> lowest_quarter(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return values[i] < values[j]; });
  order.resize(values.size() / 4);
  return order;
}

AdditiveEffects additive_effects(const PairScores& scores) {
  const size_t k = scores.members, n = scores.pairs.size();
  if (k < 3) throw Error(Exit::failed, "additive effects need pairs of three members or more.");
  const auto y = row_means(scores);
  std::vector<double> normal(k * k), right(k);
  for (size_t p = 0; p < n; ++p)
    for (const size_t i : scores.pairs[p]) {
      right[i] += y[p];
      for (const size_t j : scores.pairs[p]) normal[i * k + j] += 1;
    }
  const at::Tensor inverse = at::linalg_inv(double_view(normal.data(), k, k)).contiguous();
  const auto* cell = inverse.const_data_ptr<double>();
  std::vector<double> half(k);
  for (size_t i = 0; i < k; ++i)
    for (size_t j = 0; j < k; ++j) half[i] += cell[i * k + j] * right[j];
  const double mean = spread(y).mean;
  double explained = 0, rest = 0;
  for (size_t p = 0; p < n; ++p) {
    const double fitted = half[scores.pairs[p][0]] + half[scores.pairs[p][1]];
    explained += (fitted - mean) * (fitted - mean);
    rest += (y[p] - fitted) * (y[p] - fitted);
  }
  AdditiveEffects effects{
      {}, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN(), 1};
  for (const double one : half) effects.level.push_back(2 * one);
  if (n <= k || rest <= 0) return effects;
  const double variance = rest / static_cast<double>(n - k);
  effects.error = 2 * std::sqrt(variance * cell[0]);
  effects.f = explained / static_cast<double>(k - 1) / variance;
  effects.p = f_tail(effects.f, k - 1, n - k);
  return effects;
}

PairPosterior pair_posterior(const PairScores& scores, uint64_t seed) {
  const size_t n = scores.pairs.size();
  const auto means = row_means(scores);
  const double between = spread(means).std;
  if (between <= 1e-12) {  // all alike: any of them may be the worst
    const double share = n == 0 ? 0 : static_cast<double>(n / 4) / static_cast<double>(n);
    return {means, means, means, std::vector<double>(n, share), n / 4};
  }
  double noise = 0;
  if (scores.columns > 1)
    noise = std::max(reliability(scores.values, n, scores.columns).noise_std /
                         std::sqrt(static_cast<double>(scores.columns)),
                     1e-6 * between);
  const PairAxes axes = axes_of(scores);
  const auto y = axes.turned(means), ones = axes.turned(std::vector<double>(n, 1));
  const auto models = models_of(axes, y, ones, between, noise);
  std::vector<std::vector<double>> draws;
  Random random({derive_seed(seed, "pair effects"), 0, 0, 0}, 0);
  double due = 0;
  for (const PairModel& model : models) {
    due += model.logarithm * static_cast<double>(kDraws);
    while (static_cast<double>(draws.size()) + 0.5 < due) {
      const auto along = model.draw(y, ones, random);
      std::vector<double> scores_drawn(n);
      for (size_t row = 0; row < n; ++row)
        for (size_t axis = 0; axis < n; ++axis)
          scores_drawn[row] += axes.vectors[row * n + axis] * along[axis];
      draws.push_back(std::move(scores_drawn));
    }
  }
  PairPosterior result = summary_of(draws, n, n / 4);
  for (const PairModel& model : models) {
    result.member_std += model.logarithm * model.member_std;
    result.pair_std += model.logarithm * model.pair_std;
    result.noise_std += model.logarithm * model.noise_std;
  }
  return result;
}

}  // namespace simclr
