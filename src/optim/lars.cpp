// LARS (You et al. 2017) as SimCLR uses it, one trust ratio t a tensor:
//   g <- g + wd w;  t = eta |w| / |.|, 1 where a norm is 0
//   classic (Google's code):  v <- m v + lr t g;  w <- w - v, nesterov w - (m v + lr t g);      t from |g|
//   popular (PyTorch's way):  v <- m v + g;  u = v, nesterov g + m v;  w <- w - lr t u;         t from |u|
// The two are equal only while lr is constant. Excluded tensors have wd = 0 and t = 1.

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sub.h>

#include <cmath>

#include "optim/gradients.hpp"
#include "optim/multi_tensor.hpp"

namespace simclr {
namespace {

struct LarsSettings {
  std::string variant = "classic";
  double momentum = 0.9, eta = 0.001;
  bool nesterov = false;

  Fields fields() {
    return {field("variant", variant, "classic: rate and trust inside the momentum; popular: outside")
                .choices({"classic", "popular"}),
            field("momentum", momentum, "share of the last update that goes on").range(0, 0.9999),
            field("eta", eta, "trust: length of a step over length of the weights").range(1e-6, 1),
            field("nesterov", nesterov, "look ahead along the momentum")};
  }
};

class Lars final : public MultiTensorOptimizer {
 public:
  Lars(const LarsSettings& settings, const Parameters& parameters, double weight_decay)
      : MultiTensorOptimizer(parameters, weight_decay, {"momentum"}), settings_(settings) {}
  std::string text() const override { return canonical("lars", LarsSettings(settings_).fields()); }

 private:
  void update(Slice& slice, double lr) override {
    std::vector<at::Tensor> gradients = slice.gradients;
    if (slice.weight_decay != 0)
      gradients = at::_foreach_add(slice.gradients, slice.parameters, slice.weight_decay);
    settings_.variant == "classic" ? classic(slice, gradients, lr) : popular(slice, gradients, lr);
  }

  void classic(Slice& slice, const std::vector<at::Tensor>& gradients, double lr) const {
    const auto scaled = at::_foreach_mul(gradients, rates(slice, gradients, lr));
    at::_foreach_mul_(slice.state[0], settings_.momentum);
    at::_foreach_add_(slice.state[0], scaled);
    at::_foreach_sub_(slice.parameters, slice.state[0], settings_.nesterov ? settings_.momentum : 1);
    if (settings_.nesterov) at::_foreach_sub_(slice.parameters, scaled);
  }

  void popular(Slice& slice, const std::vector<at::Tensor>& gradients, double lr) const {
    at::_foreach_mul_(slice.state[0], settings_.momentum);
    at::_foreach_add_(slice.state[0], gradients);
    const auto direction =
        settings_.nesterov ? at::_foreach_add(gradients, slice.state[0], settings_.momentum) : slice.state[0];
    at::_foreach_sub_(slice.parameters, at::_foreach_mul(direction, rates(slice, direction, lr)));
  }

  // lr * trust of every tensor.
  std::vector<at::Scalar> rates(const Slice& slice, const std::vector<at::Tensor>& directions,
                                double lr) const {
    std::vector<at::Scalar> result(directions.size(), lr);
    if (slice.excluded) return result;
    const auto weights = squared_norms(slice.parameters);
    const auto lengths = squared_norms(directions);
    for (size_t i = 0; i < result.size(); ++i)
      if (weights[i] > 0 && lengths[i] > 0)
        result[i] = lr * settings_.eta * std::sqrt(weights[i] / lengths[i]);
    return result;
  }

  LarsSettings settings_;
};

}  // namespace

std::unique_ptr<Optimizer> make_lars(const Spec& spec, const Parameters& parameters, double weight_decay) {
  LarsSettings settings;
  configure(settings.fields(), spec, "optimizer");
  return std::make_unique<Lars>(settings, parameters, weight_decay);
}

}  // namespace simclr
