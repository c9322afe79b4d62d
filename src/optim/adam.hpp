#pragma once
// What adam, adamw and muon share: settings, moments and the count of steps.

#include "optim/multi_tensor.hpp"

namespace simclr {

struct AdamSettings {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;

  Fields fields() {
    return {field("beta1", beta1, "decay of the mean of gradients").range(0, 0.999999),
            field("beta2", beta2, "decay of the mean of squared gradients").range(0, 0.999999999),
            field("eps", eps, "added to the root of the mean square").range(1e-16, 1)};
  }
};

class AdamMoments : public MultiTensorOptimizer {
 public:
  AdamMoments(const AdamSettings& settings, const Parameters& parameters, double weight_decay,
              size_t kinds_of_weights = SIZE_MAX);
  std::vector<std::pair<std::string, at::Tensor>> state() override;  // "exp_avg.i", "exp_avg_sq.i", "step"

 protected:
  void adamw_update(Slice& slice, double lr) const;  // by AdamW's formula
  std::vector<at::Tensor> steps(const Slice& slice) const { return {slice.parameters.size(), step_}; }
  AdamSettings settings_;

 private:
  void begin_step() override;
  at::Tensor step_;  // one number, float32 as the fused kernels want it
};

}  // namespace simclr
