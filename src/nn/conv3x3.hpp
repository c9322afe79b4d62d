#pragma once
// The 3x3 convolution of stride 1 and padding 1 without bias, the bulk of a ResNet's work, by the fastest way
// there is for its input: Winograd's (nn/winograd) on a CPU in float32 or, without AMX, in bfloat16, else
// ATen's, which is also the oracle. Under autocast pictures are bfloat16, as with ATen's, but weights and
// their gradient stay float32.

#include <ATen/core/Tensor.h>

namespace simclr {

// x [N, in, H, W], w [out, in, 3, 3] -> [N, out, H, W], differentiable in both.
at::Tensor conv3x3(const at::Tensor& x, const at::Tensor& w);

// Switches the own way off while it lives, on this thread: for comparisons.
class PlainConvolutions {
 public:
  PlainConvolutions();
  ~PlainConvolutions();
  PlainConvolutions(const PlainConvolutions&) = delete;
  PlainConvolutions& operator=(const PlainConvolutions&) = delete;
  static bool asked();  // whether one lives

 private:
  bool before_;
};

}  // namespace simclr
