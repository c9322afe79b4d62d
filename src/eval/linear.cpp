#include "eval/linear.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"
#include "eval/feature_covariance.hpp"
#include "eval/lbfgs.hpp"
#include "eval/matrix_view.hpp"
#include "eval/softmax_objective.hpp"
#include "eval/standard.hpp"

namespace simclr {
namespace {

// One set of training rows, standardised once and fitted for one C after another, each from where the last
// ended.
class Fitter {
 public:
  // `known`: the covariance of other rows of the same source, when there is one already.
  Fitter(std::vector<float> values, std::vector<int32_t> labels, size_t width, size_t classes,
         std::shared_ptr<const FeatureCovariance> known = nullptr)
      : values_(std::move(values)),
        labels_(std::move(labels)),
        width_(width),
        classes_(classes),
        standard_(standard_of({values_, labels_.size(), width})),
        parameters(classes * (width + 1)),
        covariance(std::move(known)) {
    standardise(values_, standard_.mean, standard_.inverse_std);
    if (!covariance && labels_.size() >= 4 * width)
      covariance = std::make_shared<FeatureCovariance>(Table{values_, labels_.size(), width});
  }

  LinearModel fit(double c, int max_iterations, double tolerance) {
    const Table features{values_, labels_.size(), width_};
    SoftmaxObjective objective(features, labels_, classes_, c);
    LbfgsOptions options{.history = 10, .max_iterations = max_iterations, .tolerance = tolerance};
    const double penalty = 1 / (c * static_cast<double>(labels_.size()));
    if (covariance)
      options.precondition = [&](std::span<double> x) { covariance->apply_inverse(x, classes_, penalty); };
    const LbfgsResult result = minimise([&](auto x, auto g) { return objective(x, g); }, parameters, options);
    const auto weights_end = parameters.begin() + static_cast<std::ptrdiff_t>(classes_ * width_);
    return {.width = width_,
            .classes = classes_,
            .mean = standard_.mean,
            .inverse_std = standard_.inverse_std,
            .weight = std::vector<float>(parameters.begin(), weights_end),
            .bias = std::vector<float>(weights_end, parameters.end()),
            .c = c,
            .iterations = result.iterations,
            .converged = result.converged};
  }

 private:
  std::vector<float> values_;
  std::vector<int32_t> labels_;
  size_t width_, classes_;
  Standard standard_;

 public:
  std::vector<double> parameters;                       // weight, then bias: where the next fit starts
  std::shared_ptr<const FeatureCovariance> covariance;  // only where there are rows enough to know it
};

constexpr double c_grid[] = {1e-4, 1e-3, 1e-2, 1e-1, 1, 10};
constexpr size_t fifths = 5, rows_for_all_fifths = 5000;
constexpr int path_iterations = 100, final_iterations = 300;
constexpr double path_tolerance = 3e-4, final_tolerance = 1e-4;

// The fifth each row belongs to; `fifths` for the only row of a class, which always trains.
std::vector<size_t> stratified_fifths(Labels labels, size_t classes, uint64_t seed) {
  std::vector<size_t> fifth(labels.size(), fifths);
  const auto rows = rows_by_class(labels, classes);
  for (size_t c = 0; c < classes; ++c) {
    if (rows[c].size() < 2) continue;
    const Permutation order(rows[c].size(), derive_seed(seed, "validation fifth"), static_cast<uint32_t>(c));
    for (size_t i = 0; i < rows[c].size(); ++i) fifth[rows[c][i]] = order[i] % fifths;
  }
  return fifth;
}

struct Path {  // one fifth held out, one C after another
  std::vector<size_t> right = std::vector<size_t>(std::size(c_grid));  // held-out rows predicted right
  std::vector<std::vector<double>> parameters = std::vector<std::vector<double>>(std::size(c_grid));
  std::shared_ptr<const FeatureCovariance> covariance;
};

Path walk_path(const Table& train, Labels labels, size_t classes, const std::vector<size_t>& fifth,
               size_t held_out, bool stop_early) {
  Path path;
  std::vector<uint32_t> fit_rows, held_rows;
  for (uint32_t i = 0; i < labels.size(); ++i) (fifth[i] == held_out ? held_rows : fit_rows).push_back(i);
  if (held_rows.empty()) return path;
  const std::vector<float> held = gather_rows(train, held_rows);
  const std::vector<int32_t> truth = gather_labels(labels, held_rows);
  Fitter fitter(gather_rows(train, fit_rows), gather_labels(labels, fit_rows), train.width, classes);
  path.covariance = fitter.covariance;
  size_t most = 0, worse = 0;
  for (size_t i = 0; i < std::size(c_grid) && !(stop_early && worse == 2); ++i) {
    const LinearModel model = fitter.fit(c_grid[i], path_iterations, path_tolerance);
    const auto predicted = predict(model, {held, held_rows.size(), train.width});
    for (size_t j = 0; j < truth.size(); ++j) path.right[i] += predicted[j] == truth[j] ? 1 : 0;
    path.parameters[i] = fitter.parameters;
    worse = path.right[i] < most ? worse + 1 : 0;  // a plateau may end in a rise
    most = std::max(most, path.right[i]);
  }
  return path;
}

void check_training(const Table& train, Labels labels, size_t classes) {
  check_table(train, "training table");
  check_labels(labels, train.rows, classes, "training table");
}

void softmax_of(std::span<const float> scores, double* to) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (size_t c = 0; c < scores.size(); ++c) sum += to[c] = std::exp(static_cast<double>(scores[c]) - most);
  for (size_t c = 0; c < scores.size(); ++c) to[c] /= sum;
}

}  // namespace

LinearModel fit_linear(const Table& train, Labels labels, size_t classes, double c, int max_iterations,
                       double tolerance) {
  check_training(train, labels, classes);
  Fitter fitter({train.values.begin(), train.values.end()}, {labels.begin(), labels.end()}, train.width,
                classes);
  return fitter.fit(c, max_iterations, tolerance);
}

LinearModel fit_linear_best_c(const Table& train, Labels labels, size_t classes, uint64_t seed) {
  check_training(train, labels, classes);
  const std::vector<size_t> fifth = stratified_fifths(labels, classes, seed);
  if (std::all_of(fifth.begin(), fifth.end(), [](size_t one) { return one == fifths; }))
    return fit_linear(train, labels, classes, 1, final_iterations, final_tolerance);
  const bool all = train.rows <= rows_for_all_fifths;
  std::vector<Path> paths(all ? fifths : 1);
  // Few rows are too little work for two threads to share, so the fifths go side by side.
  at::parallel_for(0, static_cast<int64_t>(paths.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      paths[i] = walk_path(train, labels, classes, fifth, i, !all);
  });
  std::vector<size_t> right(std::size(c_grid));
  for (const Path& path : paths)
    for (size_t i = 0; i < right.size(); ++i) right[i] += path.right[i];
  const auto best = static_cast<size_t>(std::max_element(right.begin(), right.end()) - right.begin());
  Fitter fitter({train.values.begin(), train.values.end()}, {labels.begin(), labels.end()}, train.width,
                classes, paths[0].covariance);
  if (!paths[0].parameters[best].empty()) fitter.parameters = paths[0].parameters[best];
  return fitter.fit(c_grid[best], final_iterations, final_tolerance);
}

std::vector<int32_t> predict(const LinearModel& model, const Table& queries,
                             std::vector<double>* probabilities) {
  check_table(queries, "table of queries");
  if (queries.width != model.width)
    throw Error(Exit::data,
                "the linear model takes " + std::to_string(model.width) + " values a row, the queries have " +
                    std::to_string(queries.width) + ".",
                "Embed both with the same encoder and layer.");
  std::vector<int32_t> predicted(queries.rows);
  if (probabilities != nullptr) probabilities->resize(queries.rows * model.classes);
  const size_t tile = cached_rows(model.width);
  const auto tiles = static_cast<int64_t>((queries.rows + tile - 1) / tile);
  at::parallel_for(0, tiles, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> logits(tile * model.classes);
    for (auto t = static_cast<size_t>(begin); t < static_cast<size_t>(end); ++t) {
      const size_t first = t * tile, rows = std::min(tile, queries.rows - first);
      const auto part = queries.values.subspan(first * model.width, rows * model.width);
      std::vector<float> x(part.begin(), part.end());
      standardise(x, model.mean, model.inverse_std);
      at::Tensor out = float_view(logits.data(), rows, model.classes);
      at::mm_out(out, float_view(x.data(), rows, model.width),
                 float_view(model.weight.data(), model.classes, model.width).t());
      for (size_t i = 0; i < rows; ++i) {
        float* const row = logits.data() + i * model.classes;
        for (size_t c = 0; c < model.classes; ++c) row[c] += model.bias[c];
        predicted[first + i] = static_cast<int32_t>(std::max_element(row, row + model.classes) - row);
        if (probabilities != nullptr)
          softmax_of({row, model.classes}, probabilities->data() + (first + i) * model.classes);
      }
    }
  });
  return predicted;
}

}  // namespace simclr
