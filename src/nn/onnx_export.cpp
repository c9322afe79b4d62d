#include "nn/onnx_export.hpp"

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "formats/onnx.hpp"
#include "nn/folded.hpp"

namespace simclr {
namespace {

void add_weight(OnnxGraph& graph, const std::string& name, const at::Tensor& value) {
  const at::Tensor plain = value.to(at::kFloat).contiguous();  // channels_last stays out of files
  graph.weight(name, plain.sizes().vec(),
               std::span<const float>(plain.const_data_ptr<float>(), static_cast<size_t>(plain.numel())));
}

}  // namespace

std::string onnx_conv_norm(OnnxGraph& graph, const std::string& x, const std::string& name,
                           const torch::nn::Conv2dImpl& conv, const torch::nn::BatchNorm2dImpl& norm) {
  const FoldedWeights folded = fold(conv, norm);
  add_weight(graph, name + ".weight", folded.weight);
  add_weight(graph, name + ".bias", folded.bias);
  const int64_t kernel = conv.weight.size(2), pad = kernel / 2, stride = conv.options.stride()->at(0);
  using Sizes = std::vector<int64_t>;
  return graph.node(
      "Conv", {x, name + ".weight", name + ".bias"},
      {{"kernel_shape", Sizes{kernel, kernel}}, {"pads", Sizes(4, pad)}, {"strides", Sizes{stride, stride}}});
}

std::string onnx_linear(OnnxGraph& graph, const std::string& x, const std::string& name,
                        const torch::nn::LinearImpl& linear) {
  add_weight(graph, name + ".weight", linear.weight.detach());
  add_weight(graph, name + ".bias", linear.bias.detach());
  return graph.node("Gemm", {x, name + ".weight", name + ".bias"}, {{"transB", int64_t{1}}});
}

void export_onnx(const Encoder& encoder, int64_t image_size, const std::filesystem::path& path,
                 const Metadata& metadata) {
  OnnxGraph graph("simclr_encoder");
  graph.input("image", {"batch", encoder.bands, image_size, image_size});
  graph.output(encoder.add_to(graph, "image"), {"batch", encoder.features()});
  for (const auto& [key, value] : metadata) graph.metadata(key, value);
  graph.write(path);
}

}  // namespace simclr
