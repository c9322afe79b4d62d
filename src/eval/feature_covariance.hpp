#pragma once
// The inverse Hessian of logistic regression, roughly: (a S + penalty I)^-1 for the weights of each class,
// where S is the covariance of the features and a = (classes - 1) / classes^2 the variance of an even guess
// (after Boehning 1992). Correlated features stretch the problem, and L-BFGS then takes hundreds of steps;
// measured in these coordinates it takes a few tens. Costs rows * width^2 flop and one eigendecomposition;
// good for any penalty, and for other rows of the same source.

#include <span>
#include <vector>

#include "eval/table.hpp"

namespace simclr {

class FeatureCovariance {
 public:
  explicit FeatureCovariance(const Table& standardised);

  // Multiplies parameters laid out as those of SoftmaxObjective by the inverse.
  void apply_inverse(std::span<double> parameters, size_t classes, double penalty) const;

 private:
  std::vector<double> values_;   // eigenvalues, ascending
  std::vector<double> vectors_;  // [width, width], eigenvectors in the columns
};

}  // namespace simclr
