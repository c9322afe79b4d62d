#pragma once
// Encoder and head of a run, and how to get them back from its folder.

#include <memory>
#include <string>

#include "base/run.hpp"
#include "formats/safetensors.hpp"
#include "nn/encoder.hpp"
#include "nn/head.hpp"
#include "optim/optimizer.hpp"
#include "train/plan.hpp"

namespace simclr {

struct Model {
  std::shared_ptr<Encoder> encoder;
  std::shared_ptr<Head> head;
  std::vector<std::shared_ptr<torch::nn::Module>> frozen;   // whose batch norms keep their statistics
  std::vector<std::shared_ptr<torch::nn::Module>> trained;  // in these, but not with them
  void train(bool on);
  Parameters parameters() const;  // by role: weights of convolutions and linear layers, and all the rest
};

Model make_model(const Plan& plan, uint64_t seed);  // initial weights, a function of the seed alone

Model load_initial_model(const RunFolder& run, const Plan& plan);  // as before the first step

// Both networks in one safetensors file, names prefixed encoder. and head.
void save_model_weights(const std::filesystem::path& path, const Model& model, const Metadata& metadata);
void load_model_weights(const std::filesystem::path& path, Model& model);

}  // namespace simclr
