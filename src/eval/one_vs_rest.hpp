#pragma once
// Logistic regression for rows with several classes: one model a class, that class against the rest, each
// minimising 0.5 |w|^2 + C * sum of log losses, as scikit-learn's LogisticRegression on standardised
// features. (fit_linear penalises a vector for each of two classes, which is the same with C / 2.)

#include <cstdint>
#include <optional>
#include <vector>

#include "eval/linear.hpp"

namespace simclr {

struct OneVsRest {
  std::vector<LinearModel> models;  // of each class; width 0 where all rows or none have the class
  std::vector<double> shares;       // of the training rows, what such a class is predicted with
  double c = 0;
  std::vector<double> thresholds;  // with the highest F1 on rows held out of a fit, of each class
};

// `truth` [rows, classes], 1 where the row has the class. Without `c`: of a log grid 1e-4 .. 10 the C with
// the least log loss on held-out fifths, stratified by each row's rarest class (all five in turn up to 5,000
// rows, else one); thresholds come from the same fifths. Error(Exit::data) for a table that can't be used.
OneVsRest fit_one_vs_rest(const Table& train, std::span<const uint8_t> truth, size_t classes,
                          std::optional<double> c, uint64_t seed);

// Probabilities [queries, classes].
std::vector<double> predict(const OneVsRest& model, const Table& queries);

}  // namespace simclr
