#pragma once
// 3x3 convolutions, stride 1, padding 1, float32, channels last, by Winograd's minimal filtering F(4x4, 3x3)
// or, where that has fewer products, F(2x2, 3x3) (Lavin and Gray, arXiv:1509.09308, section 4.1): 36 products
// a 4x4 of results where the direct form has 144. Rounding errors are those of the direct form, up to a few
// times as large. The bits of a picture depend on nothing but the picture; those of the weight gradient also
// on the number of threads. Scratch: a few MiB a thread, and 144 in out bytes a thread for the weight
// gradient.

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/winograd_kernels.hpp"

namespace simclr {

struct WinogradShape {
  int64_t images, height, width, in, out;  // in and out: channels, multiples of 16
};

// Whether this machine gains by it and the shape is one it takes.
bool winograd_takes(const WinogradShape& shape);

// Of the tile of results, for pictures of this size: 4 or 2.
int64_t winograd_side(int64_t height, int64_t width);

struct WinogradWeights {
  int64_t side, in, out;  // `in` channels to `out`
  at::Tensor values;      // [points][out / panel][in][panel]: what each product reads in one go
};

// w [out, 3, 3, in]. `turned`: by half a turn, and from `out` channels to `in`: for the gradient of the
// input.
WinogradWeights winograd_weights(const float* w, int64_t in, int64_t out, int64_t side, bool turned = false);

// x [images, height, width, weights.in] -> y [images, height, width, weights.out], ended as `end` says.
void winograd_convolve(const WinogradWeights& weights, int64_t images, int64_t height, int64_t width,
                       const float* x, float* y, const WinogradEnd& end = {});

// x and dy [images, height, width, out] -> dw [out, 3, 3, in]
void winograd_weight_gradient(const WinogradShape& shape, const float* x, const float* dy, float* dw);

}  // namespace simclr
