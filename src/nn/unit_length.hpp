#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/linalg_vector_norm.h>

namespace simclr {

// Rows [rows, width] divided by their Euclidean norms; a row of zeros stays one.
inline at::Tensor unit_length(const at::Tensor& rows) {
  return rows / at::linalg_vector_norm(rows, 2, at::IntArrayRef{1}, true).clamp_min(1e-12);
}

}  // namespace simclr
