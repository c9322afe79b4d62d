#pragma once
// Matrix products by the faster of the two libraries in LibTorch.

#include <ATen/core/Tensor.h>

namespace simclr {

// a [m, k] b' -> [m, n], b [n, k], without gradients. On a CPU in float32 oneDNN's: MKL, which at::mm takes,
// keeps its AVX-512 loops from AMD's processors. Elsewhere at::mm.
at::Tensor product_transposed(const at::Tensor& a, const at::Tensor& b);

}  // namespace simclr
