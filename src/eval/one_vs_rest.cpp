#include "eval/one_vs_rest.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"
#include "eval/label_metrics.hpp"

namespace simclr {
namespace {

constexpr double kPenalties[] = {1e-4, 1e-3, 1e-2, 1e-1, 1, 10};
constexpr size_t kHeldOutParts = 5, kRowsForAllParts = 5000;

struct Truth {
  std::span<const uint8_t> values;
  size_t classes;
  bool at(size_t row, size_t c) const { return values[row * classes + c] != 0; }
};

std::vector<int32_t> column(const Truth& truth, size_t c, std::span<const uint32_t> rows) {
  std::vector<int32_t> labels;
  labels.reserve(rows.size());
  for (const uint32_t i : rows) labels.push_back(truth.at(i, c) ? 1 : 0);
  return labels;
}

bool one_kind(const std::vector<int32_t>& labels) {
  return std::all_of(labels.begin(), labels.end(), [&](int32_t one) { return one == labels.front(); });
}

std::vector<size_t> held_out_parts(const Truth& truth, size_t rows, uint64_t seed) {
  const auto strata = rarest_classes(truth.values, rows, truth.classes);
  std::vector<size_t> part(rows);
  for (int32_t stratum = -1; stratum < static_cast<int32_t>(truth.classes); ++stratum) {
    std::vector<uint32_t> members;
    for (uint32_t i = 0; i < rows; ++i)
      if (strata[i] == stratum) members.push_back(i);
    if (members.empty()) continue;
    const Permutation order(members.size(), derive_seed(seed, "held-out fifth"),
                            static_cast<uint32_t>(stratum + 1));
    for (size_t i = 0; i < members.size(); ++i) part[members[order[i]]] = i % kHeldOutParts;
  }
  return part;
}

OneVsRest fit_rows(const Table& train, const Truth& truth, std::span<const uint32_t> rows, double c) {
  OneVsRest fitted{std::vector<LinearModel>(truth.classes), std::vector<double>(truth.classes), c, {}};
  const std::vector<float> values = gather_rows(train, rows);
  const Table table{values, rows.size(), train.width};
  for (size_t k = 0; k < truth.classes; ++k) {
    const auto labels = column(truth, k, rows);
    fitted.shares[k] =
        static_cast<double>(std::count(labels.begin(), labels.end(), 1)) / static_cast<double>(labels.size());
    if (!one_kind(labels)) fitted.models[k] = fit_linear(table, labels, 2, c / 2, 300, 1e-4);
  }
  return fitted;
}

double log_loss(const Truth& truth, const std::vector<double>& scores, const std::vector<uint32_t>& rows) {
  double loss = 0;
  for (const uint32_t i : rows)
    for (size_t k = 0; k < truth.classes; ++k) {
      const double p = std::clamp(scores[i * truth.classes + k], 1e-12, 1 - 1e-12);
      loss -= std::log(truth.at(i, k) ? p : 1 - p);
    }
  return loss;
}

struct HeldOut {
  std::vector<double> scores;  // [rows, classes], of the rows that were held out
  std::vector<uint32_t> rows;
};

HeldOut score_held_out(const Table& train, const Truth& truth, const std::vector<size_t>& part, double c) {
  HeldOut all{std::vector<double>(train.rows * truth.classes), {}};
  const size_t turns = train.rows <= kRowsForAllParts ? kHeldOutParts : 1;
  for (size_t turn = 0; turn < turns; ++turn) {
    std::vector<uint32_t> fit, held;
    for (uint32_t i = 0; i < train.rows; ++i) (part[i] == turn ? held : fit).push_back(i);
    if (fit.empty() || held.empty()) continue;
    const std::vector<float> values = gather_rows(train, held);
    const auto scores = predict(fit_rows(train, truth, fit, c), Table{values, held.size(), train.width});
    for (size_t i = 0; i < held.size(); ++i)
      std::copy_n(scores.begin() + static_cast<std::ptrdiff_t>(i * truth.classes), truth.classes,
                  all.scores.begin() + static_cast<std::ptrdiff_t>(held[i] * truth.classes));
    all.rows.insert(all.rows.end(), held.begin(), held.end());
  }
  return all;
}

std::vector<double> thresholds_of(const Truth& truth, const HeldOut& held) {
  std::vector<uint8_t> known;
  std::vector<double> scores;
  for (const uint32_t i : held.rows)
    for (size_t k = 0; k < truth.classes; ++k) {
      known.push_back(truth.at(i, k) ? 1 : 0);
      scores.push_back(held.scores[i * truth.classes + k]);
    }
  return best_f1_thresholds({known, scores, held.rows.size(), truth.classes});
}

}  // namespace

OneVsRest fit_one_vs_rest(const Table& train, std::span<const uint8_t> values, size_t classes,
                          std::optional<double> c, uint64_t seed) {
  check_table(train, "training table");
  if (values.size() != train.rows * classes)
    throw Error(Exit::data, "the training table has " + std::to_string(train.rows) + " rows of " +
                                std::to_string(classes) + " classes but " + std::to_string(values.size()) +
                                " labels.");
  const Truth truth{values, classes};
  const auto part = held_out_parts(truth, train.rows, seed);
  std::vector<double> tried(std::begin(kPenalties), std::end(kPenalties));
  if (c) tried = {*c};
  std::vector<HeldOut> held(tried.size());
  at::parallel_for(0, static_cast<int64_t>(tried.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      held[i] = score_held_out(train, truth, part, tried[i]);
  });
  std::vector<double> losses;
  for (const auto& one : held) losses.push_back(log_loss(truth, one.scores, one.rows));
  const auto best = static_cast<size_t>(std::min_element(losses.begin(), losses.end()) - losses.begin());
  std::vector<uint32_t> rows(train.rows);
  for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  OneVsRest model = fit_rows(train, truth, rows, tried[best]);
  model.thresholds = thresholds_of(truth, held[best]);
  return model;
}

std::vector<double> predict(const OneVsRest& model, const Table& queries) {
  const size_t classes = model.models.size();
  std::vector<double> scores(queries.rows * classes), both;
  for (size_t k = 0; k < classes; ++k) {
    const bool known = model.models[k].width > 0;
    if (known) predict(model.models[k], queries, &both);
    for (size_t i = 0; i < queries.rows; ++i)
      scores[i * classes + k] = known ? both[2 * i + 1] : model.shares[k];
  }
  return scores;
}

}  // namespace simclr
