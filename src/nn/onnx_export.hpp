#pragma once
// The encoder as an ONNX model (opset 17). Input "image" [batch, bands, size, size], float32, normalised as
// in training; output "h" [batch, d]. The batch is open. Each batch norm is folded into the convolution
// before it, computed in double.

#include <cstdint>
#include <filesystem>
#include <string>

#include "formats/safetensors.hpp"
#include "nn/encoder.hpp"

namespace torch::nn {
class Conv2dImpl;
class BatchNorm2dImpl;
class LinearImpl;
}  // namespace torch::nn

namespace simclr {

class OnnxGraph;

void export_onnx(const Encoder& encoder, int64_t image_size, const std::filesystem::path& path,
                 const Metadata& metadata);

// Adds norm(conv(x)) in evaluation mode as one Conv node whose weights are `name`.weight and `name`.bias, and
// returns the name of its output.
std::string onnx_conv_norm(OnnxGraph& graph, const std::string& x, const std::string& name,
                           const torch::nn::Conv2dImpl& conv, const torch::nn::BatchNorm2dImpl& norm);

// Likewise x weight' + bias as one Gemm node.
std::string onnx_linear(OnnxGraph& graph, const std::string& x, const std::string& name,
                        const torch::nn::LinearImpl& linear);

}  // namespace simclr
