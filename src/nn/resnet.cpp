#include "nn/resnet.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mean.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "formats/onnx.hpp"
#include "nn/conv1x1.hpp"
#include "nn/conv3x3.hpp"
#include "nn/folded.hpp"
#include "nn/norm_relu.hpp"
#include "nn/onnx_export.hpp"
#include "nn/unit_length.hpp"

namespace simclr {
namespace {

constexpr int64_t largest_small_stem = 64;  // px

struct ResNetSettings {
  double width = 1;
  std::string stem = "auto";
  bool zero_init = true;
  int64_t embedding = 0;
};

Fields fields(ResNetSettings& s) {
  return {field("width", s.width, "multiplies every channel count").range(0.0625, 8),
          field("stem", s.stem, "3x3 stride 1 (small), or 7x7 stride 2 and max pooling (imagenet)")
              .choices({"auto", "small", "imagenet"}),
          field("zero-init", s.zero_init,
                "each residual block starts as the identity: gamma of its last norm is 0"),
          field("embedding", s.embedding,
                "a linear layer after pooling, to unit vectors of this width (0: none, h as pooled)")
              .range(0, 65536)};
}

int64_t channels(int64_t base, double width) {
  return std::max<int64_t>(8, 8 * std::llround(static_cast<double>(base) * width / 8));
}

// conv1, conv2, ...: torchvision counts layers from one
std::string numbered(const std::string& stem, size_t index) {
  return stem + std::to_string(index + 1);
}

struct ConvNorm {
  std::shared_ptr<torch::nn::Conv2dImpl> conv;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> norm;

  ConvNorm(int64_t in, int64_t out, int64_t kernel, int64_t stride)
      : conv(std::make_shared<torch::nn::Conv2dImpl>(
            torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false))),
        norm(std::make_shared<torch::nn::BatchNorm2dImpl>(out)) {
    torch::nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
  }
  at::Tensor operator()(const at::Tensor& x, const NormRelu& and_then = {}) const {
    const int64_t kernel = conv->weight.size(2), stride = conv->options.stride()->at(0);
    if (kernel == 1) return conv1x1_norm_relu(x, conv->weight, stride, *norm, and_then);
    const bool plain_3x3 = kernel == 3 && stride == 1;
    return norm_relu(*norm, plain_3x3 ? conv3x3(x, conv->weight) : conv->forward(x), and_then);
  }
  void register_in(torch::nn::Module& parent, const std::string& conv_name,
                   const std::string& norm_name) const {
    parent.register_module(conv_name, conv);
    parent.register_module(norm_name, norm);
  }
};

class ResidualBlock : public torch::nn::Module {
 public:
  ResidualBlock(int64_t in, int64_t inner, int64_t out, int64_t stride, bool bottleneck) {
    if (bottleneck) {
      body_ = {{in, inner, 1, 1}, {inner, inner, 3, stride}, {inner, out, 1, 1}};
    } else {
      body_ = {{in, out, 3, stride}, {out, out, 3, 1}};
    }
    for (size_t i = 0; i < body_.size(); ++i)
      body_[i].register_in(*this, numbered("conv", i), numbered("bn", i));
    if (stride == 1 && in == out) return;
    shortcut_.emplace(in, out, 1, stride);
    shortcut_->register_in(*register_module("downsample", std::make_shared<torch::nn::Module>()), "0", "1");
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = x;
    for (size_t i = 0; i + 1 < body_.size(); ++i) y = body_[i](y);
    return body_.back()(y, {.residual = shortcut_ ? (*shortcut_)(x, {.relu = false}) : x});
  }

  std::string add_to(OnnxGraph& graph, const std::string& x, const std::string& name) const {
    const std::string conv = name + ".conv";
    std::string y = x;
    for (size_t i = 0; i < body_.size(); ++i) {
      y = onnx_conv_norm(graph, y, numbered(conv, i), *body_[i].conv, *body_[i].norm);
      if (i + 1 < body_.size()) y = graph.node("Relu", {y});
    }
    const std::string other =
        shortcut_ ? onnx_conv_norm(graph, x, name + ".downsample", *shortcut_->conv, *shortcut_->norm) : x;
    return graph.node("Relu", {graph.node("Add", {y, other})});
  }

  FoldedBlock folded(at::ScalarType type, ImageShape& shape) const {
    FoldedBlock block;
    ImageShape inner = shape;
    for (const auto& one : body_) block.body.emplace_back(*one.conv, *one.norm, type, inner);
    if (shortcut_) block.shortcut.emplace(*shortcut_->conv, *shortcut_->norm, type, shape);
    shape = inner;
    return block;
  }

  void start_as_identity() { torch::nn::init::zeros_(body_.back().norm->weight); }

 private:
  std::vector<ConvNorm> body_;
  std::optional<ConvNorm> shortcut_;
};

class ResNet : public Encoder {
 public:
  ResNet(const ResNetLayout& layout, const ResNetSettings& settings, int64_t in)
      : small_(settings.stem == "small"),
        stem_(in, channels(64, settings.width), small_ ? 3 : 7, small_ ? 1 : 2),
        width_(channels(64, settings.width)) {
    bands = in;
    stem_.register_in(*this, "conv1", "bn1");
    for (size_t stage = 0; stage < 4; ++stage) {
      const int64_t planes = int64_t{64} << stage;
      const int64_t inner = channels(planes * layout.widening, settings.width);
      const int64_t out = channels(planes, settings.width) * (layout.bottleneck ? 4 : 1);
      auto holder = register_module(numbered("layer", stage), std::make_shared<torch::nn::Module>());
      for (int64_t i = 0; i < layout.blocks[stage]; ++i) {
        const int64_t stride = stage > 0 && i == 0 ? 2 : 1;
        auto block = std::make_shared<ResidualBlock>(width_, inner, out, stride, layout.bottleneck);
        if (settings.zero_init) block->start_as_identity();
        stages_[stage].push_back(holder->register_module(std::to_string(i), block));
        width_ = out;
      }
    }
    if (settings.embedding == 0) return;
    embedding_ =
        register_module("embedding", std::make_shared<torch::nn::LinearImpl>(width_, settings.embedding));
    width_ = settings.embedding;
  }

  at::Tensor forward(at::Tensor x) override {
    x = stem_(x);
    if (!small_) x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
    for (const auto& stage : stages_)
      for (const auto& block : stage) x = block->forward(x);
    // A sum of many bfloat16 values needs a wider type to land in.
    const auto wide = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const at::Tensor h = at::mean(x, {2, 3}, false, wide);
    return embedding_ ? unit_length(embedding_->forward(h).to(wide)) : h;
  }

  std::string add_to(OnnxGraph& graph, const std::string& image) const override {
    std::string x = graph.node("Relu", {onnx_conv_norm(graph, image, "conv1", *stem_.conv, *stem_.norm)});
    using Sizes = std::vector<int64_t>;
    if (!small_)
      x = graph.node("MaxPool", {x},
                     {{"kernel_shape", Sizes{3, 3}}, {"pads", Sizes{1, 1, 1, 1}}, {"strides", Sizes{2, 2}}});
    for (size_t stage = 0; stage < 4; ++stage)
      for (size_t i = 0; i < stages_[stage].size(); ++i)
        x = stages_[stage][i]->add_to(graph, x, numbered("layer", stage) + "." + std::to_string(i));
    const std::string pooled = graph.node("GlobalAveragePool", {x});
    if (!embedding_) return graph.node("Flatten", {pooled}, {{"axis", int64_t{1}}}, "h");
    const std::string flat = graph.node("Flatten", {pooled}, {{"axis", int64_t{1}}});
    const std::string h = onnx_linear(graph, flat, "embedding", *embedding_);
    return graph.node("LpNormalization", {h}, {{"axis", int64_t{1}}, {"p", int64_t{2}}}, "h");
  }

  FoldedNetwork folded(at::ScalarType type, ImageShape shape) const override {
    FoldedResNet network{{*stem_.conv, *stem_.norm, type, shape}, !small_, {}};
    if (!small_)
      for (const size_t side : {2U, 3U}) shape[side] = (shape[side] + 1) / 2;
    for (const auto& stage : stages_)
      for (const auto& block : stage) network.blocks.push_back(block->folded(type, shape));
    if (!embedding_) return network;
    const at::Tensor weight = embedding_->weight.detach().clone(), bias = embedding_->bias.detach().clone();
    return [network, weight, bias](const at::Tensor& x) {
      return unit_length(at::linear(network(x), weight, bias).to(at::kFloat));
    };
  }

  int64_t features() const override { return width_; }

  std::vector<std::shared_ptr<torch::nn::Module>> blocks() const override {
    std::vector<std::shared_ptr<torch::nn::Module>> all;
    for (const auto& stage : stages_) all.insert(all.end(), stage.begin(), stage.end());
    if (embedding_) all.push_back(embedding_);
    return all;
  }

 private:
  bool small_;
  ConvNorm stem_;
  std::array<std::vector<std::shared_ptr<ResidualBlock>>, 4> stages_;
  std::shared_ptr<torch::nn::LinearImpl> embedding_;  // null without
  int64_t width_;
};

}  // namespace

std::shared_ptr<Encoder> make_resnet(const ResNetLayout& layout, const Spec& spec, int64_t bands,
                                     int64_t image_size) {
  ResNetSettings settings, defaults;
  configure(fields(settings), spec, "encoder");
  if (settings.stem == "auto") settings.stem = image_size <= largest_small_stem ? "small" : "imagenet";
  auto network = std::make_shared<ResNet>(layout, settings, bands);
  network->text = canonical(spec.name, fields(settings), fields(defaults));
  return network;
}

}  // namespace simclr
