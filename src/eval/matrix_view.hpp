#pragma once
// Memory of ours as a matrix for ATen, without a copy. For the .cpp files of this room only.

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <cstddef>

namespace simclr {

// ATen knows no constant tensors: what is given as const must only be read.
inline at::Tensor float_view(const float* values, size_t rows, size_t width) {
  return at::from_blob(const_cast<float*>(values), {static_cast<int64_t>(rows), static_cast<int64_t>(width)},
                       at::kFloat);
}

inline at::Tensor double_view(const double* values, size_t rows, size_t width) {
  return at::from_blob(const_cast<double*>(values), {static_cast<int64_t>(rows), static_cast<int64_t>(width)},
                       at::kDouble);
}

}  // namespace simclr
