// AdamW (Loshchilov & Hutter 2019): Adam, with the weights decayed apart from the gradient,
//   w <- w (1 - lr wd), then Adam's update with wd = 0

#include "optim/adam.hpp"

namespace simclr {
namespace {

class AdamW final : public AdamMoments {
 public:
  using AdamMoments::AdamMoments;
  std::string text() const override { return canonical("adamw", AdamSettings(settings_).fields()); }

 private:
  void update(Slice& slice, double lr) override { adamw_update(slice, lr); }
};

}  // namespace

std::unique_ptr<Optimizer> make_adamw(const Spec& spec, const Parameters& parameters, double weight_decay) {
  AdamSettings settings;
  configure(settings.fields(), spec, "optimizer");
  return std::make_unique<AdamW>(settings, parameters, weight_decay);
}

}  // namespace simclr
