#pragma once
// 3x3 convolutions of stride 1 with a quarter of the multiplications: Winograd's minimal filtering F(4x4,
// 3x3) (Lavin and Gray 2015, arXiv:1509.09308). Each 4x4 of the output comes from a 6x6 of the input, both
// transformed; between the transforms lie 36 products of matrices. The points are 0, +-3/4, +-3/2 and
// infinity: exact in binary, and with an error about twice that of the plain sum, a quarter of that of
// Lavin's 1 and 2. float32, channels last, on the calling thread alone, by the widest vectors the machine
// has. A picture's bits depend on nothing but the picture.

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace simclr {

class Winograd {
 public:
  static bool serves(const at::Tensor& weight);                // 3x3, channels in multiples of 32
  Winograd(const at::Tensor& weight, const at::Tensor& bias);  // [out, in, 3, 3] and [out], double

  // relu(conv(x) + bias + other) of x [N, in, H, W], padding 1 -> [N, out, H, W], both channels_last. Without
  // `other` when it is null; else the result takes its place.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor* other, bool relu) const;

 private:
  int64_t in_, out_;
  at::Tensor weight_, bias_;  // weight: [36][out / 32][in][32]
};

}  // namespace simclr
