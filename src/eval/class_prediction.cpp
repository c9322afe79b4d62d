#include "eval/class_prediction.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/random.hpp"
#include "eval/metrics.hpp"

namespace simclr {
namespace {

constexpr size_t kMostFolds = 5;

// The first of them: knn without a k means 20.
Classifier classifier_called(const std::string& text) {
  Classifier one = make_classifiers(parse_spec(text, "classifier"))[0];
  if (one.name == "linear_svc")
    throw Error(Exit::setting, "linear_svc gives no probabilities.", "Take linear or svc.");
  return one;
}

Classified classify(const Classifier& classifier, const Labelled& train, const Table& queries, size_t classes,
                    uint64_t seed, bool probabilities) {
  const Neighbours neighbours =
      classifier.k > 0 ? nearest_neighbours(train.table, queries, classifier.k) : Neighbours{};
  return classifier.classify({train, queries, classes, seed, neighbours, probabilities});
}

// Row i of a class, in the order drawn, is in fold i mod folds.
std::vector<size_t> folds_of(Labels labels, size_t classes, size_t folds, uint64_t seed) {
  std::vector<size_t> fold(labels.size());
  const auto rows = rows_by_class(labels, classes);
  for (size_t c = 0; c < classes; ++c) {
    const Permutation order(rows[c].size(), derive_seed(seed, "folds"), static_cast<uint32_t>(c));
    for (size_t i = 0; i < rows[c].size(); ++i) fold[rows[c][order[i]]] = (i + c) % folds;
  }
  return fold;
}

}  // namespace

ClassPrediction predict_classes(const Labelled& train, const Table& queries, size_t classes,
                                const std::string& classifier, uint64_t seed) {
  check_table(train.table, "labelled table");
  check_labels(train.labels, train.table.rows, classes, "labelled table");
  Classified result = classify(classifier_called(classifier), train, queries, classes, seed, true);
  return {std::move(result.predicted), std::move(result.probabilities)};
}

void check_classifier(const std::string& classifier) {
  classifier_called(classifier);
}

CrossValidation cross_validate(const Labelled& train, size_t classes, const std::string& classifier,
                               uint64_t seed) {
  const Classifier one = classifier_called(classifier);
  size_t largest = 0;
  for (const auto& rows : rows_by_class(train.labels, classes)) largest = std::max(largest, rows.size());
  if (largest < 2) return {};
  const size_t folds = std::min(kMostFolds, largest);
  const std::vector<size_t> fold = folds_of(train.labels, classes, folds, seed);
  size_t right = 0;
  for (size_t f = 0; f < folds; ++f) {
    std::vector<uint32_t> rest, held;
    for (size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? held : rest).push_back(static_cast<uint32_t>(i));
    if (held.empty() || rest.empty()) continue;
    const auto values = gather_rows(train.table, rest), queries = gather_rows(train.table, held);
    const auto labels = gather_labels(train.labels, rest), truth = gather_labels(train.labels, held);
    const size_t width = train.table.width;
    const auto predicted = classify(one, {{values, rest.size(), width}, labels},
                                    {queries, held.size(), width}, classes, seed, true)
                               .predicted;
    for (size_t i = 0; i < truth.size(); ++i) right += predicted[i] == truth[i] ? 1 : 0;
  }
  const double share = static_cast<double>(right) / static_cast<double>(fold.size());
  const Interval interval = wilson_interval(share, fold.size());
  return {share, interval.low, interval.high, fold.size(), folds};
}

}  // namespace simclr
