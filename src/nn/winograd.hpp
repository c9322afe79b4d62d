#pragma once
// 3x3 convolutions, stride 1, padding 1, channels last, by Winograd's minimal filtering F(4x4, 3x3) or, where
// that has fewer products, F(2x2, 3x3) (Lavin and Gray, arXiv:1509.09308, section 4.1): 36 products a 4x4 of
// results where the direct form has 144. Computed in float32; pictures are float32 or bfloat16, a bfloat16
// result being rounded once. Rounding errors are those of the direct form, up to a few times as large. The
// bits of a picture depend on nothing but the picture; those of the weight gradient also on the number of
// threads. Scratch: a few MiB a thread, and 144 in out bytes a thread for the weight gradient.

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/winograd_kernels.hpp"

namespace simclr {

struct WinogradShape {
  int64_t images, height, width, in, out;  // in and out: channels, multiples of 16
};

// Whether this machine gains by it, for pictures of this type, and the shape is one it takes.
bool winograd_takes(const WinogradShape& shape, at::ScalarType type);

// Of the tile of results, for pictures of this size: 4 or 2.
int64_t winograd_side(int64_t height, int64_t width);

struct WinogradWeights {
  int64_t side, in, out;  // `in` channels to `out`
  at::Tensor values;      // [points][out / panel][in][panel]: what each product reads in one go
};

// w [out, 3, 3, in]. `turned`: by half a turn, and from `out` channels to `in`: for the gradient of the
// input.
WinogradWeights winograd_weights(const float* w, int64_t in, int64_t out, int64_t side, bool turned = false);

// x [N, weights.in, H, W] -> y [N, weights.out, H, W], ended as `end` says; both of one type, channels last.
void winograd_convolve(const WinogradWeights& weights, const at::Tensor& x, at::Tensor& y,
                       const WinogradEnd& end = {});

// x and dy [N, out, H, W] of one type, channels last -> dw [out, in, 3, 3] float32, channels last
void winograd_weight_gradient(const at::Tensor& x, const at::Tensor& dy, at::Tensor& dw);

}  // namespace simclr
