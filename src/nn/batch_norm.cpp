#include "nn/batch_norm.hpp"

#include <torch/nn/modules/batchnorm.h>

#include <optional>

namespace simclr {
namespace {

// Calls visit(norm) for every batch norm below `module` (itself included), of whatever dimension.
template <class Visit>
void for_each_batch_norm(torch::nn::Module& module, const Visit& visit) {
  if (auto* flat = module.as<torch::nn::BatchNorm1dImpl>()) visit(*flat);
  if (auto* image = module.as<torch::nn::BatchNorm2dImpl>()) visit(*image);
  for (const auto& child : module.children()) for_each_batch_norm(*child, visit);
}

}  // namespace

struct BatchNormStatistics::Saved {
  torch::nn::Module* norm;
  std::optional<double>* momentum;  // in the norm's options
  std::optional<double> value;
  bool training;
};

void reset_batch_norm(torch::nn::Module& module) {
  for_each_batch_norm(module, [](auto& norm) { norm.reset_running_stats(); });
}

BatchNormStatistics::BatchNormStatistics(torch::nn::Module& module) {
  reset_batch_norm(module);
  for_each_batch_norm(module, [&](auto& norm) {
    saved_.push_back({&norm, &norm.options.momentum(), norm.options.momentum(), norm.is_training()});
    norm.options.momentum() = std::nullopt;
    norm.train();
  });
}

BatchNormStatistics::~BatchNormStatistics() {
  for (const auto& one : saved_) {
    *one.momentum = one.value;
    one.norm->train(one.training);
  }
}

}  // namespace simclr
