#pragma once
// Norms of many tensors in one pass, in float64; the same bits for any number of threads.

#include <vector>

#include "optim/optimizer.hpp"

namespace simclr {

std::vector<double> squared_norms(const std::vector<at::Tensor>& tensors);

// Length of the gradient over all parameters that have one. It is finite exactly if every element is: float32
// squares can't overflow a double.
double gradient_norm(const Parameters& parameters);

}  // namespace simclr
