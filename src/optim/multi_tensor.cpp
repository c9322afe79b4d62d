#include "optim/multi_tensor.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

#include "base/error.hpp"

namespace simclr {
namespace {

// The fused kernels walk raw memory: a gradient in another layout would update the wrong elements.
at::Tensor laid_out_as(const at::Tensor& gradient, const at::Tensor& parameter) {
  if (gradient.strides() == parameter.strides() && gradient.scalar_type() == parameter.scalar_type())
    return gradient;
  return at::empty_like(parameter).copy_(gradient);
}

}  // namespace

MultiTensorOptimizer::MultiTensorOptimizer(const Parameters& parameters, double weight_decay,
                                           std::vector<std::string> kinds, size_t of_weights)
    : kinds_(std::move(kinds)),
      groups_{{parameters.weights, {}, weight_decay, false}, {parameters.excluded, {}, 0, true}} {
  const at::NoGradGuard no_grad;
  for (auto& group : groups_) {
    const size_t held = group.excluded ? kinds_.size() : std::min(of_weights, kinds_.size());
    for (size_t kind = 0; kind < held; ++kind) {
      group.state.emplace_back();
      for (const auto& parameter : group.parameters) group.state.back().push_back(at::zeros_like(parameter));
    }
  }
}

MultiTensorOptimizer::Slice MultiTensorOptimizer::with_gradient(const Group& group) {
  Slice slice{{}, {}, {}, group.weight_decay, group.excluded};
  slice.state.resize(group.state.size());
  for (size_t i = 0; i < group.parameters.size(); ++i) {
    const at::Tensor& parameter = group.parameters[i];
    if (!parameter.grad().defined()) continue;
    slice.parameters.push_back(parameter);
    slice.gradients.push_back(laid_out_as(parameter.grad(), parameter));
    for (size_t kind = 0; kind < group.state.size(); ++kind) {
      if (group.state[kind][i].strides() != parameter.strides())
        throw Error(Exit::failed, "A parameter changed its memory format after the optimizer was made.",
                    "Convert the model to channels_last before make_optimizer.");
      slice.state[kind].push_back(group.state[kind][i]);
    }
  }
  return slice;
}

void MultiTensorOptimizer::step(double lr) {
  const at::NoGradGuard no_grad;
  begin_step();
  for (const auto& group : groups_) {
    Slice slice = with_gradient(group);
    if (!slice.parameters.empty()) update(slice, lr);
  }
}

std::vector<std::pair<std::string, at::Tensor>> MultiTensorOptimizer::state() {
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (size_t kind = 0; kind < kinds_.size(); ++kind) {
    size_t index = 0;
    for (const auto& group : groups_)
      for (size_t i = 0; i < group.parameters.size(); ++i, ++index)
        if (kind < group.state.size())
          named.emplace_back(kinds_[kind] + "." + std::to_string(index), group.state[kind][i]);
  }
  return named;
}

}  // namespace simclr
