// Adam (Kingma & Ba 2015), with weight decay as an L2 term in the gradient, as Google's `adam` does:
//   g <- g + wd w;  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
//   w <- w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)

#include "optim/adam.hpp"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/zeros.h>

namespace simclr {
namespace {

class Adam final : public AdamMoments {
 public:
  using AdamMoments::AdamMoments;
  std::string text() const override { return canonical("adam", AdamSettings(settings_).fields()); }

 private:
  void update(Slice& slice, double lr) override {
    at::_fused_adam_(slice.parameters, slice.gradients, slice.state[0], slice.state[1], {}, steps(slice), lr,
                     settings_.beta1, settings_.beta2, slice.weight_decay, settings_.eps, /*amsgrad=*/false,
                     /*maximize=*/false);
  }
};

at::TensorOptions counter_options(const Parameters& parameters) {
  for (const auto* list : {&parameters.weights, &parameters.excluded})
    if (!list->empty()) return list->front().options().dtype(at::kFloat).requires_grad(false);
  return at::TensorOptions().dtype(at::kFloat);
}

}  // namespace

AdamMoments::AdamMoments(const AdamSettings& settings, const Parameters& parameters, double weight_decay,
                         size_t kinds_of_weights)
    : MultiTensorOptimizer(parameters, weight_decay, {"exp_avg", "exp_avg_sq"}, kinds_of_weights),
      settings_(settings),
      step_(at::zeros({}, counter_options(parameters))) {}

void AdamMoments::adamw_update(Slice& slice, double lr) const {
  at::_fused_adamw_(slice.parameters, slice.gradients, slice.state[0], slice.state[1], {}, steps(slice), lr,
                    settings_.beta1, settings_.beta2, slice.weight_decay, settings_.eps, /*amsgrad=*/false,
                    /*maximize=*/false);
}

void AdamMoments::begin_step() {
  step_.add_(1);
}

std::vector<std::pair<std::string, at::Tensor>> AdamMoments::state() {
  auto named = MultiTensorOptimizer::state();
  named.emplace_back("step", step_);
  return named;
}

std::unique_ptr<Optimizer> make_adam(const Spec& spec, const Parameters& parameters, double weight_decay) {
  AdamSettings settings;
  configure(settings.fields(), spec, "optimizer");
  return std::make_unique<Adam>(settings, parameters, weight_decay);
}

}  // namespace simclr
