#pragma once
// What all optimizers share: two groups of parameters (decayed and excluded), state tensors named
// "kind.index" with index running over the weights, then the excluded, and one call a group and step.

#include <cstdint>

#include "base/spec.hpp"
#include "optim/optimizer.hpp"

namespace simclr {

class MultiTensorOptimizer : public Optimizer {
 public:
  // `kinds` names the state tensors a parameter has, all zero at first; weights have the first `of_weights`.
  MultiTensorOptimizer(const Parameters& parameters, double weight_decay, std::vector<std::string> kinds,
                       size_t of_weights = SIZE_MAX);
  void step(double lr) final;
  std::vector<std::pair<std::string, at::Tensor>> state() override;

 protected:
  struct Slice {  // the parameters of one group that have a gradient
    std::vector<at::Tensor> parameters, gradients;
    std::vector<std::vector<at::Tensor>> state;  // [kind][parameter]
    double weight_decay = 0;
    bool excluded = false;
  };
  virtual void begin_step() {}
  virtual void update(Slice& slice, double lr) = 0;

 private:
  struct Group {
    std::vector<at::Tensor> parameters;
    std::vector<std::vector<at::Tensor>> state;  // [kind][parameter]
    double weight_decay;
    bool excluded;
  };
  static Slice with_gradient(const Group& group);
  std::vector<std::string> kinds_;
  std::vector<Group> groups_;
};

std::unique_ptr<Optimizer> make_sgd(const Spec& spec, const Parameters& parameters, double weight_decay);
std::unique_ptr<Optimizer> make_adam(const Spec& spec, const Parameters& parameters, double weight_decay);
std::unique_ptr<Optimizer> make_adamw(const Spec& spec, const Parameters& parameters, double weight_decay);
std::unique_ptr<Optimizer> make_lars(const Spec& spec, const Parameters& parameters, double weight_decay);
std::unique_ptr<Optimizer> make_muon(const Spec& spec, const Parameters& parameters, double weight_decay);

}  // namespace simclr
