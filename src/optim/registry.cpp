#include <cmath>

#include "base/error.hpp"
#include "optim/multi_tensor.hpp"
#include "optim/schedule.hpp"

namespace simclr {
namespace {

struct OptimizerEntry {
  const char* name;
  std::unique_ptr<Optimizer> (*make)(const Spec& spec, const Parameters& parameters, double weight_decay);
  double base_lr;  // at 256 images
  Scaling scaling;
  double weight_decay;
};

constexpr OptimizerEntry optimizer_table[] = {
    {"muon", make_muon, 4e-2, Scaling::square_root, 1e-4},
    {"adamw", make_adamw, 2e-3, Scaling::square_root, 1e-4},
    {"adam", make_adam, 5e-4, Scaling::square_root, 1e-6},
    {"sgd", make_sgd, 0.03, Scaling::linear, 1e-4},
    {"lars", make_lars, 0.3, Scaling::linear, 1e-6},
};

const OptimizerEntry& optimizer_entry(const Spec& spec) {
  for (const auto& entry : optimizer_table)
    if (spec.name == entry.name) return entry;
  throw Error(Exit::setting, "There is no optimizer '" + printable(spec.name) + "'." +
                                 suggestion(spec.name, optimizer_names()));
}

}  // namespace

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const auto& entry : optimizer_table) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Optimizer> make_optimizer(std::string_view text, const Parameters& parameters,
                                          double weight_decay) {
  const Spec spec = parse_spec(text, "optimizer");
  if (!std::isfinite(weight_decay) || weight_decay < 0)
    throw Error(Exit::setting, "weight decay: '" + shortest(weight_decay) + "' is not at least 0.");
  return optimizer_entry(spec).make(spec, parameters, weight_decay);
}

double default_lr(std::string_view optimizer, int64_t images) {
  const OptimizerEntry& entry = optimizer_entry(parse_spec(optimizer, "optimizer"));
  return scale_rate(entry.base_lr, images, entry.scaling);
}

double default_weight_decay(std::string_view optimizer) {
  return optimizer_entry(parse_spec(optimizer, "optimizer")).weight_decay;
}

}  // namespace simclr
