#include "train/model.hpp"

#include <ATen/Context.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "nn/weights.hpp"

namespace simclr {

void Model::train(bool on) {
  encoder->train(on);
  head->train(on);
  for (const auto& module : frozen) module->train(false);
  for (const auto& module : trained) module->train(on);
}

Model make_model(const Plan& plan, uint64_t seed) {
  at::manual_seed(derive_seed(seed, "weights"));
  Model model;
  model.encoder = make_encoder(plan.encoder, plan.bands, plan.image_size);
  model.head = make_head(plan.head, model.encoder->features());
  to_channels_last(*model.encoder);
  return model;
}

Model load_initial_model(const RunFolder& run, const Plan& plan) {
  const auto path = run.checkpoints() / "initial.safetensors";
  if (!std::filesystem::exists(path))
    throw Error(Exit::checkpoint, "no initial weights at " + printable(path.native()) + ".",
                "Leave out --baselines random.");
  Model model = make_model(plan, 0);
  load_model_weights(path, model);
  return model;
}

Parameters Model::parameters() const {
  Parameters roles;
  const std::vector<torch::nn::Module*> networks{encoder.get(), head.get()};
  for (auto* network : networks) {
    for (const auto& module : network->modules()) {
      const bool weighs =
          module->as<torch::nn::Conv2dImpl>() != nullptr || module->as<torch::nn::LinearImpl>() != nullptr;
      for (const auto& item : module->named_parameters(false))
        (weighs && item.key() == "weight" ? roles.weights : roles.excluded).push_back(item.value());
    }
  }
  return roles;
}

void save_model_weights(const std::filesystem::path& path, const Model& model, const Metadata& metadata) {
  save_weights(path, {{"encoder.", *model.encoder}, {"head.", *model.head}}, metadata);
}

void load_model_weights(const std::filesystem::path& path, Model& model) {
  load_weights(path, {{"encoder.", *model.encoder}, {"head.", *model.head}});
}

}  // namespace simclr
