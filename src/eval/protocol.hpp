#pragma once
// The evaluation protocol: fit on (a few) labelled rows of the training table, score on the test table,
// over several draws of which rows are labelled.

#include <string>
#include <vector>

#include "eval/classifiers.hpp"
#include "eval/table.hpp"

namespace simclr {

struct Score {
  std::string name;  // "knn", "knn200", "linear", "svc", "linear_svc"; when one is asked for twice, its text:
                     // "knn(k=5)"
  double accuracy = 0;       // mean over draws, a fraction
  double std = 0;            // over draws (n - 1); 0 for one draw
  double low = 0, high = 0;  // 95 % interval of the mean: t over draws, or Wilson over test rows for one draw
  double balanced = 0;       // mean over classes of the share found, mean over draws
  int draws = 1;
  int labels_per_class = 0;  // 0: all
  int k = 0;                 // kNN, after min(k, rows)
  double temperature = 0;    // kNN
  double c = 0;              // linear and SVCs: C, where it is chosen that of the first draw
  std::vector<double> of_draws = {}, balanced_of_draws = {};  // accuracy and balanced accuracy of each draw
};

// `evaluators`: "knn" (k 20; without a k of its own, knn200 comes with it when at least 200 rows are
// labelled), "linear", "svc", "linear_svc"; each may carry arguments: knn(k=5,temperature=0.07), linear(c=1),
// svc(c=1,gamma=0.01), linear_svc(c=1). labels_per_class 0
// takes all rows, in one draw. Draws are a function of (seed, draw) and of the labels alone: the same rows
// whatever the features. Throws Error(Exit::setting) for an unknown evaluator, Error(Exit::data) when a class
// has too few rows.
std::vector<Score> evaluate_table(const Labelled& train, const Labelled& test, size_t classes,
                                  const std::vector<std::string>& evaluators, int labels_per_class, int draws,
                                  uint64_t seed);

// The same over draws of any rows of `train`: the labels used, ascending. Each Score is of all draws.
std::vector<Score> evaluate_draws(const Labelled& train, const Labelled& test, size_t classes,
                                  const std::vector<std::string>& evaluators,
                                  const std::vector<std::vector<uint32_t>>& draws, uint64_t seed);

// The same checks of `evaluators` on their own, so that a command can refuse them before hours of work.
void check_evaluators(const std::vector<std::string>& evaluators);

// `labels` rows in all, ascending: of each class about as many as its share of `of` (by Sainte-Lague) and at
// least one: what someone who labels pictures at random but skips no class would have. More labels add to the
// rows of fewer. Error(Exit::data) for fewer labels than classes, or more than rows.
std::vector<uint32_t> draw_stratified_rows(Labels of, size_t classes, size_t labels, uint64_t seed,
                                           uint32_t draw);

// The rows labelled in a draw, ascending: labels_per_class of every class (0: all rows).
std::vector<uint32_t> draw_labelled_rows(Labels labels, size_t classes, int labels_per_class, uint64_t seed,
                                         uint32_t draw);

}  // namespace simclr
