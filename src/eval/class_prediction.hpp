#pragma once
// Classes and probabilities of unlabelled rows from a few labelled ones, and how far to trust them.

#include <string>
#include <vector>

#include "eval/protocol.hpp"

namespace simclr {

struct ClassPrediction {
  std::vector<int32_t> predicted;     // of each query
  std::vector<double> probabilities;  // [queries, classes]
};

// `classifier`: "linear" (softmax of its scores), "svc" (Platt's sigmoids) or "knn" (shares of the votes),
// with the arguments they have in evaluate_table. Error(Exit::setting) for another.
ClassPrediction predict_classes(const Labelled& train, const Table& queries, size_t classes,
                                const std::string& classifier, uint64_t seed);

// The same checks of the classifier on their own. Error(Exit::setting).
void check_classifier(const std::string& classifier);

struct CrossValidation {
  double accuracy = 0, low = 0, high = 0;  // 95 %, Wilson
  size_t rows = 0, folds = 0;              // folds 0: no class has two rows
};

// Five folds by class (as many as the largest class has rows, if fewer), each predicted from the others;
// classes with one row count as wrong when they are left out.
CrossValidation cross_validate(const Labelled& train, size_t classes, const std::string& classifier,
                               uint64_t seed);

}  // namespace simclr
