#include "nn/norm_relu.hpp"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "nn/norm_passes.hpp"

namespace simclr {
namespace {

class Fused : public torch::autograd::Function<Fused> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const std::optional<at::Tensor>& residual, torch::nn::BatchNorm2dImpl* norm,
                            bool relu) {
    RECORD_FUNCTION("simclr::norm_relu", std::vector<c10::IValue>());
    NormMemory memory;
    at::Tensor out = norm_forward(*norm, x, {residual.value_or(at::Tensor()), relu}, weight, bias, memory);
    memory.save(*context);
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    RECORD_FUNCTION("simclr::norm_relu_gradient", std::vector<c10::IValue>());
    const NormGradients result(gradients[0], NormMemory::restore(*context, context->get_saved_variables()));
    return {result.all_of_x(), result.d_weight, result.d_bias, result.d_residual, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor plain_norm_relu(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then) {
  at::Tensor y = norm.forward(x);
  if (and_then.residual.defined()) y = y.add_(and_then.residual);
  return and_then.relu ? y.relu_() : y;
}

at::Tensor norm_relu(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then) {
  if (!lies_in_rows(x) || !norm_passes_take(norm, x.sizes(), x.scalar_type(), and_then.residual))
    return plain_norm_relu(norm, x, and_then);
  const auto residual = and_then.residual.defined() ? std::optional(and_then.residual) : std::nullopt;
  return Fused::apply(x, norm.weight, norm.bias, residual, &norm, and_then.relu);
}

}  // namespace simclr
