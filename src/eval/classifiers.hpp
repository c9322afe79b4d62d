#pragma once
// The classifiers of the evaluation as a table: knn, linear, svc, linear_svc, each with its arguments.

#include <functional>
#include <string>
#include <vector>

#include "base/spec.hpp"
#include "eval/knn.hpp"
#include "eval/table.hpp"

namespace simclr {

struct Labelled {
  Table table;
  Labels labels;
};

// What a classifier predicts from.
struct Task {
  const Labelled& train;
  const Table& queries;
  size_t classes;
  uint64_t seed;
  const Neighbours& neighbours;  // of the queries, the most that any classifier needs
  bool probabilities = false;    // are wanted as well
};

struct Classified {
  std::vector<int32_t> predicted;
  std::vector<double> probabilities = {};  // [queries, classes], when wanted; linear_svc gives none
  double c = 0;                            // linear and SVCs: the one taken
};

struct Classifier {
  std::string name;  // "knn", "knn200", "linear"
  std::string text;  // canonical, so that the same thing asked for twice is done once
  std::function<Classified(const Task&)> classify = {};
  size_t k = 0, least_rows = 0;  // neighbours, 0: none needed; knn200 only where so many rows are labelled
  double temperature = 0;        // kNN
};

// One, or for knn without a k two: k 20 and 200. Error(Exit::setting) for an unknown name or argument.
std::vector<Classifier> make_classifiers(const Spec& spec);

}  // namespace simclr
