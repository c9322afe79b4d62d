#pragma once
// Matrix products by the faster of the two libraries in LibTorch.

#include <ATen/core/Tensor.h>

namespace simclr {

// a [m, k] b' -> [m, n], b [n, k], without gradients. On a CPU in float32 oneDNN's: MKL, which at::mm takes,
// keeps its AVX-512 loops from AMD's processors. a should be contiguous: else oneDNN's loops are plain ones.
// Elsewhere at::mm. Not where a signal handler may run on this thread or one of OpenMP's (train/signals.hpp).
at::Tensor product_transposed(const at::Tensor& a, const at::Tensor& b);

// a a', in strips from the diagonal down, whose mirror images are copied: five eighths of the products.
at::Tensor gram_matrix(const at::Tensor& a);

}  // namespace simclr
