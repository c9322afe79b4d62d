#pragma once
// Image encoders: ResNet-18/34/50/101/152 (He et al. 2015; torchvision's layout, names and arithmetic) with a
// width multiplier and any number of input bands. Written resnet18, resnet50(width=2), resnet18(width=0.25);
// resnet18(embedding=128) ends in a linear layer whose output is brought to unit length.
// Up to 64 px the stem is 3x3, stride 1, without pooling (SimCLR appendix B.9), unless stem= says otherwise.

#include <torch/nn/module.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

class OnnxGraph;

using ImageShape = std::array<int64_t, 4>;  // N, C, H, W
using FoldedNetwork = std::function<at::Tensor(const at::Tensor&)>;

class Encoder : public torch::nn::Module {
 public:
  // x [N, bands, H, W] float32 or bfloat16, channels_last or not -> h [N, width], float32 (double stays
  // double).
  virtual at::Tensor forward(at::Tensor x) = 0;
  // Adds the evaluation-mode computation to the graph; takes the name of x, returns the name of h.
  virtual std::string add_to(OnnxGraph& graph, const std::string& image) const = 0;
  // forward() in evaluation mode on a CPU, batch norms folded away (nn/folded.hpp), faster: float32 or
  // bfloat16 pictures of `shape` in channels_last -> h, float32. Keeps the weights of now; any number of
  // threads may call it at once.
  virtual FoldedNetwork folded(at::ScalarType type, ImageShape shape) const = 0;
  virtual int64_t features() const = 0;  // d of h
  // What may be trained while all before it stays as it is, first to last: residual blocks, and an embedding
  // layer. The stem before the first is not among them.
  virtual std::vector<std::shared_ptr<torch::nn::Module>> blocks() const { return {}; }
  std::string text;  // canonical, with what was automatic: "resnet18(width=0.25,stem=small)"
  int64_t bands = 3;
};

// Weights drawn from torch's generator (seed it first). `image_size` only chooses the stem: canonical text
// gives the same network for any. Throws Error(Exit::setting) for an unknown name or a value out of range.
std::shared_ptr<Encoder> make_encoder(std::string_view text, int64_t bands, int64_t image_size);
std::vector<std::string> encoder_names();

// Lays the weights of convolutions out as [out, H, W, in] in memory: with pictures in channels_last no layer
// then converts its data. Before the optimizer is made; names, shapes and saved files stay as they are.
void to_channels_last(torch::nn::Module& module);

}  // namespace simclr
