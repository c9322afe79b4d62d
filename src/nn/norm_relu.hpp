#pragma once
// Batch norm, the sum with a residual, and ReLU in one pass over memory instead of three, and likewise
// backward (Ioffe and Szegedy, arXiv:1502.03167; the gradient is theirs, section 3). In training mode on a
// CPU, float32 or bfloat16, channels last and a multiple of 8 of them; else the same by ATen's operations,
// which are also the oracle. A bfloat16 result is rounded once, where ATen rounds after each of the three.
// The bits don't depend on the number of threads.

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/batchnorm.h>

namespace simclr {

struct NormRelu {
  at::Tensor residual = {};  // undefined: none; else of x's shape and type
  bool relu = true;
};

// relu(norm(x) + residual). Updates the norm's running statistics as the module itself would.
at::Tensor norm_relu(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then);

// The same by ATen's operations.
at::Tensor plain_norm_relu(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then);

}  // namespace simclr
