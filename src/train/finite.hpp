#pragma once
// A number that is not finite ends a run; these tell whether there is one, and which pictures to look at.

#include <span>
#include <string>

#include "optim/optimizer.hpp"
#include "train/model.hpp"
#include "train/pictures.hpp"

namespace simclr {

// Weights, batch-norm statistics and the optimizer's state: all that a checkpoint keeps. One pass over them.
bool all_finite(const Model& model, Optimizer& optimizer);

// The files of a step's pictures, one a line and indented, eight at most: those whose row of `u` [2N, d]
// (view 1 of all, then view 2) is not finite; all N when no row, every row, or no `u` at all tells them
// apart.
std::string suspects(const Pictures& pictures, std::span<const uint64_t> batch, const at::Tensor& u);

}  // namespace simclr
