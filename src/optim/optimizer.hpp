#pragma once
// Optimizers: muon(momentum=0.95,nesterov=true), sgd(momentum=0.9,nesterov=false), adam,
// adamw(beta1=0.9,beta2=0.999,eps=1e-08), lars(variant=classic,momentum=0.9,eta=0.001,nesterov=false). One
// step over all parameters at once. Weight decay and LARS's trust ratio leave out biases and norms, by role
// recorded here, never by name.

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simclr {

struct Parameters {
  std::vector<at::Tensor> weights;   // decayed, adapted
  std::vector<at::Tensor> excluded;  // biases, batch-norm gamma and beta: neither
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual void step(double lr) = 0;  // uses .grad() of every parameter (those without one are skipped)
  // Everything a resume needs, as named tensors that alias the optimizer's own (copy into them to restore).
  virtual std::vector<std::pair<std::string, at::Tensor>> state() = 0;
  virtual std::string text() const = 0;  // canonical
};

// Give the weights their memory format (channels_last) first: the state is laid out as they are.
std::unique_ptr<Optimizer> make_optimizer(std::string_view text, const Parameters& parameters,
                                          double weight_decay);
std::vector<std::string> optimizer_names();

// lr "auto" for an optimizer and a batch of `images`: muon 4e-2, adamw 2e-3 and adam 5e-4 * sqrt(B/256), sgd
// 0.03 * B/256, lars 0.3 * B/256 (linear) -- scaling "linear" or "sqrt" for a base rate given at 256.
double default_lr(std::string_view optimizer, int64_t images);
// muon, adamw and sgd 1e-4, adam (in the gradient) and lars 1e-6.
double default_weight_decay(std::string_view optimizer);

}  // namespace simclr
