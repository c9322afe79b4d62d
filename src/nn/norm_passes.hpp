#pragma once
// The passes over memory of a fused batch norm, for norm_relu and for convolutions that make the gradient of
// their result as they need it: channels last, a multiple of 8 channels, float32 or bfloat16, on a CPU. Sums
// run in one order for any number of threads.

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/modules/batchnorm.h>

#include <vector>

#include "nn/norm_kernels.hpp"
#include "nn/norm_relu.hpp"

namespace simclr {

// Whether a tensor's memory is rows of channels: on a CPU, [N, C, H, W], channels last.
bool lies_in_rows(const at::Tensor& x);
// Whether the passes take an x that lies in rows, of these sizes and this type.
bool norm_passes_take(const torch::nn::BatchNorm2dImpl& norm, at::IntArrayRef sizes, at::ScalarType type,
                      const at::Tensor& residual);

// What the backward pass remembers of the forward one.
struct NormMemory {
  at::Tensor x, out, weight, bias, mean, inverse_std;  // out: only for ReLU with a residual
  bool residual = false, relu = false;

  static constexpr size_t kTensors = 6;
  // Puts itself and `more` into the context, and comes back from it; the first kTensors are its own.
  void save(torch::autograd::AutogradContext& context, const torch::autograd::variable_list& more = {}) const;
  static NormMemory restore(torch::autograd::AutogradContext& context,
                            const torch::autograd::variable_list& saved);
};

// relu(norm(x) + residual); updates the running statistics as the module would.
at::Tensor norm_forward(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then,
                        const at::Tensor& weight, const at::Tensor& bias, NormMemory& memory);

// The gradients but for that of x, of which rows can be asked for.
class NormGradients {
 public:
  NormGradients(const at::Tensor& gradient, NormMemory memory);
  at::Tensor d_residual, d_weight, d_bias;
  // Rows of [N * H * W, channels] of the gradient of x, `to_line` values apart.
  template <class T>
  void of_x(int64_t first, int64_t rows, T* to, int64_t to_line) const;
  at::Tensor all_of_x() const;

 private:
  NormLine line() const;
  NormMemory memory_;
  at::Tensor gradient_, scale_;  // the gradient passes the ReLU by mask_
  NormMask mask_;
  std::vector<float> by_x_, constant_;
};

}  // namespace simclr
