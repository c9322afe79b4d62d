#pragma once
// Pictures to vectors, with the evaluation transform (no augmentation) and the network in evaluation mode.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "train/device.hpp"
#include "train/model.hpp"
#include "train/pictures.hpp"

namespace simclr {

struct Features {
  size_t width = 0;
  std::vector<float> values;   // [rows, width]
  std::vector<uint32_t> rows;  // position in the pictures of each row; files that failed are left out
};

struct EmbedOptions {
  // h, g1 .. gL (after batch norm and ReLU), u (the head's output: scores of a classifier), z (u at unit
  // length)
  std::string layer = "h";
  std::string precision = "float32";
  c10::Device device = c10::Device(c10::kCPU);
  bool progress = false;
};

// Every batch is padded to one fixed shape, so that a row never depends on its batch.
// Error(Exit::setting) for a layer that the head does not have.
Features embed(const Model& model, const Plan& plan, const Pictures& pictures, const EmbedOptions& options);

// The plain baseline: the pixels themselves in [0, 1], at most 32 px a side.
Features raw_pixels(const Plan& plan, const Pictures& pictures);

// Batch-norm statistics of `model` from at most `most` of the pictures (exact averages, weights untouched).
void collect_batch_norm(Model& model, const Plan& plan, const Pictures& pictures, size_t most);

}  // namespace simclr
