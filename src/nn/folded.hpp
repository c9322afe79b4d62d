#pragma once
// Evaluation on a CPU without batch norm: each is folded into the convolution before it, which does the ReLU
// and the residual sum while it writes its result. 3x3 convolutions of stride 1 are Winograd's
// (nn/winograd.hpp), all others oneDNN's, or plain ATen operations where LibTorch comes without it. Equal to
// the module's own forward within rounding.

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "nn/encoder.hpp"
#include "nn/winograd.hpp"

namespace torch::nn {
class Conv2dImpl;
class BatchNorm2dImpl;
}  // namespace torch::nn

namespace simclr {

struct FoldedWeights {
  at::Tensor weight, bias;  // double, on the CPU
};
FoldedWeights fold(const torch::nn::Conv2dImpl& conv, const torch::nn::BatchNorm2dImpl& norm);

// norm(conv(x)) in evaluation mode, of the weights as they are now.
class FoldedConv {
 public:
  // `shape`: of the input to expect, for which the weights are laid out (others work, slower); becomes that
  // of the output. `type`: float32 or bfloat16.
  FoldedConv(const torch::nn::Conv2dImpl& conv, const torch::nn::BatchNorm2dImpl& norm, at::ScalarType type,
             ImageShape& shape);
  at::Tensor operator()(const at::Tensor& x) const { return run(x, false); }
  at::Tensor relu(const at::Tensor& x) const { return run(x, true); }
  at::Tensor add_relu(const at::Tensor& x, at::Tensor& other) const;  // relu(conv(x) + other), in its place

 private:
  at::Tensor run(const at::Tensor& x, bool relu) const;
  void convolve(const at::Tensor& x, at::Tensor& y, const WinogradEnd& end) const;
  std::optional<WinogradWeights> winograd_;
  at::Tensor weight_, bias_;
  int64_t stride_, pad_;
};

struct FoldedBlock {  // a residual block
  std::vector<FoldedConv> body;
  std::optional<FoldedConv> shortcut;
};

struct FoldedResNet {
  FoldedConv stem;
  bool pool;
  std::vector<FoldedBlock> blocks;

  at::Tensor operator()(const at::Tensor& x) const;  // [N, C, H, W] channels_last -> h [N, d] float32
};

}  // namespace simclr
