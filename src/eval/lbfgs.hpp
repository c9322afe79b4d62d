#pragma once
// L-BFGS (Nocedal and Wright, Numerical Optimization, algorithms 7.4, 7.5) with a line search for the strong
// Wolfe conditions (3.5, 3.6; cubic interpolation, safeguarded). For smooth functions; float64 throughout.

#include <functional>
#include <span>
#include <vector>

namespace simclr {

// The value at x; writes the gradient. A value that is not finite makes the line search step back.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct LbfgsOptions {
  size_t history = 10;
  int max_iterations = 1000;
  double tolerance = 1e-4;  // on the largest absolute value of the gradient
  // Multiplies in place by a fixed, symmetric, positive definite estimate of the inverse Hessian. May be
  // empty.
  std::function<void(std::span<double>)> precondition = {};
};

struct LbfgsResult {
  double value = 0;
  double gradient = 0;  // its largest absolute value
  int iterations = 0, evaluations = 0;
  bool converged = false;      // the gradient is within the tolerance
  std::vector<double> values;  // at the start and after each iteration: never rising
};

// Goes downhill from x and leaves the lowest point found there. Ends when the gradient is small, the
// iterations are spent, or rounding leaves no step that goes lower.
LbfgsResult minimise(const Objective& objective, std::vector<double>& x, const LbfgsOptions& options);

}  // namespace simclr
