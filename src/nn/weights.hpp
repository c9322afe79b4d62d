#pragma once
// Weights of modules in safetensors files: parameters and buffers by torchvision's names, in the order of
// Python's state_dict, contiguous on disk whatever their layout in memory.

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "formats/safetensors.hpp"

namespace simclr {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;  // they alias the module's own

// prefix + "conv1.weight", ..., prefix + "bn1.num_batches_tracked", ...
NamedTensors named_tensors(const torch::nn::Module& module, const std::string& prefix = "");

// Any tensors: an optimizer's state too. Reading is strict: the file must hold exactly these names and
// shapes, or Error(Exit::checkpoint) lists what is missing, unexpected or of another shape, and nothing has
// been changed. Floating types are converted into one another; all else must be of the same type.
void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata);
void load_tensors(const std::filesystem::path& path, const NamedTensors& into);

struct Part {
  std::string prefix;  // "encoder.", "projection_head.", or "" when it is all there is
  torch::nn::Module& module;
};

// Several modules in one file. Loading some of the parts looks only at names that begin with their prefixes.
void save_weights(const std::filesystem::path& path, const std::vector<Part>& parts,
                  const Metadata& metadata);
void load_weights(const std::filesystem::path& path, const std::vector<Part>& parts);

}  // namespace simclr
