// Stochastic gradient descent with momentum, in PyTorch's form:
//   g <- g + wd w;  v <- momentum v + g;  w <- w - lr v, or with nesterov w <- w - lr (g + momentum v)

#include <ATen/ops/_fused_sgd.h>

#include "base/error.hpp"
#include "optim/multi_tensor.hpp"

namespace simclr {
namespace {

struct SgdSettings {
  double momentum = 0.9;
  bool nesterov = false;

  Fields fields() {
    return {field("momentum", momentum, "share of the last update that goes on").range(0, 0.9999),
            field("nesterov", nesterov, "look ahead along the momentum")};
  }
};

class Sgd final : public MultiTensorOptimizer {
 public:
  Sgd(const SgdSettings& settings, const Parameters& parameters, double weight_decay)
      : MultiTensorOptimizer(
            parameters, weight_decay,
            settings.momentum > 0 ? std::vector<std::string>{"momentum"} : std::vector<std::string>{}),
        settings_(settings) {}
  std::string text() const override { return canonical("sgd", SgdSettings(settings_).fields()); }

 private:
  void update(Slice& slice, double lr) override {
    const std::vector<at::Tensor> momentum = slice.state.empty() ? std::vector<at::Tensor>{} : slice.state[0];
    at::_fused_sgd_(slice.parameters, slice.gradients, momentum, slice.weight_decay, settings_.momentum, lr,
                    /*dampening=*/0, settings_.nesterov, /*maximize=*/false, /*is_first_step=*/false);
  }
  SgdSettings settings_;
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(const Spec& spec, const Parameters& parameters, double weight_decay) {
  SgdSettings settings;
  configure(settings.fields(), spec, "optimizer");
  if (settings.nesterov && settings.momentum == 0)
    throw Error(Exit::setting, "sgd(nesterov=true) needs a momentum above 0.");
  return std::make_unique<Sgd>(settings, parameters, weight_decay);
}

}  // namespace simclr
