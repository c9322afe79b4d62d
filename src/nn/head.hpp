#pragma once
// Projection heads g: h -> u, dropped after pretraining (SimCLR section 4.2; SimCLRv2 section 2.1).
// none; linear(out=128); cosine(out=128), cosines of h with each row of weights;
// mlp(layers=2,hidden=0,out=128,bn=true): layers-1 times Linear-BN-ReLU, then Linear (bn on the last one
// without beta if last_bn=true). hidden 0 means: as wide as h. mlp(widths=1024/512/128) gives the width of
// every linear layer instead. Weights are named layers.N.*, where N counts Linear, BN and ReLU alike, as in a
// Sequential of Python. A Linear that a BN follows has no bias. The beta that last_bn leaves out is a zero
// that takes no gradient.

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simclr {

class Head : public torch::nn::Module {
 public:
  virtual at::Tensor forward(at::Tensor h) = 0;  // [N, d_h] -> u [N, d], not normalised, float32
  virtual std::vector<at::Tensor> layers(
      at::Tensor h) = 0;                 // g1, g2, ..., u: every layer's output, after BN-ReLU
  virtual int64_t features() const = 0;  // d of u
  // Parameters and buffers of the first `count` layers, with the beginning of their names: "layers.0.", ...
  virtual std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>> first_layers(
      size_t count) = 0;
  virtual void zero_last_layer() = 0;  // u is 0 whatever h; of a head without layers nothing happens
  std::string text;                    // canonical
};

// Error(Exit::setting) for an unknown name or a value out of range.
std::shared_ptr<Head> make_head(std::string_view text, int64_t inputs);
std::vector<std::string> head_names();

}  // namespace simclr
