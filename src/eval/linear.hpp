#pragma once
// Linear evaluation: multinomial logistic regression on frozen features, L-BFGS, L2 penalty 1/C as
// scikit-learn's LogisticRegression: minimise  0.5 |W|^2 + C sum_i cross_entropy_i  (bias not penalised).
// As there, the solver works on this divided by C * rows, and `tolerance` bounds the largest absolute value
// of that function's gradient. Products in float32, sums over tiles of rows in float64 in a fixed order. A
// step of the solver costs 4 * rows * width * classes flop; memory one copy of the table.

#include <vector>

#include "eval/table.hpp"

namespace simclr {

struct LinearModel {
  size_t width = 0, classes = 0;
  std::vector<float> mean, inverse_std;  // features are standardised with these (train rows) first
  std::vector<float> weight;             // [classes, width]
  std::vector<float> bias;               // [classes]
  double c = 0;
  int iterations = 0;
  bool converged = false;
};

LinearModel fit_linear(const Table& train, Labels labels, size_t classes, double c, int max_iterations = 1000,
                       double tolerance = 1e-4);
// `probabilities`, when not null, receives [queries, classes]: the softmax of the scores.
std::vector<int32_t> predict(const LinearModel& model, const Table& queries,
                             std::vector<double>* probabilities = nullptr);

// C from a log grid by accuracy on a stratified validation fifth of the training rows, then refitted on all.
// Up to 5,000 rows, where a fifth is too few to choose by, each of the five fifths takes its turn. Equal
// accuracy: the smaller C. A class with one row stays in training; when no class has two, C is 1.
LinearModel fit_linear_best_c(const Table& train, Labels labels, size_t classes, uint64_t seed);

}  // namespace simclr
