#pragma once
// A 1x1 convolution with the batch norm after it: half of a ResNet-50's work. In training on a CPU whose
// vectors multiply bfloat16 (without AMX, which LibTorch uses well), in bfloat16, its backward pass takes the
// gradient of the batch norm in blocks of rows that stay in the cache and makes the gradients of pictures and
// weights of them: the gradient of the convolution's result is never in memory as a whole. Elsewhere by
// conv2d and norm_relu, which are also the oracle (or all of ATen's under PlainConvolutions).
// The gradient of the weights stays float32, where autocast rounds it to bfloat16. Its last bits depend on
// the number of threads.

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/batchnorm.h>

#include "nn/norm_relu.hpp"

namespace simclr {

// x [N, in, H, W], w [out, in, 1, 1] -> [N, out, ceil(H / stride), ceil(W / stride)]
at::Tensor conv1x1_norm_relu(const at::Tensor& x, const at::Tensor& w, int64_t stride,
                             torch::nn::BatchNorm2dImpl& norm, const NormRelu& and_then);

bool conv1x1_has_own_gradients();  // on this processor

}  // namespace simclr
