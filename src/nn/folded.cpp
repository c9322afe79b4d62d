#include "nn/folded.hpp"

#include <ATen/core/List.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include "linalg/onednn.hpp"

namespace simclr {
namespace {

using Scalars = torch::List<std::optional<at::Scalar>>;
using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;
using MaybeTensor = std::optional<at::Tensor>;

using Reorder = at::Tensor(const at::Tensor&, at::IntArrayRef pad, at::IntArrayRef stride,
                           at::IntArrayRef dilation, int64_t groups, at::OptionalIntArrayRef input);
using Pointwise = at::Tensor(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias,
                             at::IntArrayRef pad, at::IntArrayRef stride, at::IntArrayRef dilation,
                             int64_t groups, Text then, Scalars, MaybeText);
using PointwiseAdd = at::Tensor&(at::Tensor& other, const at::Tensor& x, const at::Tensor& weight,
                                 const MaybeTensor& bias, at::IntArrayRef pad, at::IntArrayRef stride,
                                 at::IntArrayRef dilation, int64_t groups, Text join,
                                 std::optional<at::Scalar>, MaybeText then, Scalars, MaybeText);

at::Tensor exact(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, at::kDouble);
}

}  // namespace

FoldedWeights fold(const torch::nn::Conv2dImpl& conv, const torch::nn::BatchNorm2dImpl& norm) {
  const at::Tensor scale = exact(norm.weight) * at::rsqrt(exact(norm.running_var) + norm.options.eps());
  return {exact(conv.weight) * scale.view({-1, 1, 1, 1}),
          exact(norm.bias) - exact(norm.running_mean) * scale};
}

FoldedConv::FoldedConv(const torch::nn::Conv2dImpl& conv, const torch::nn::BatchNorm2dImpl& norm,
                       at::ScalarType type, ImageShape& shape)
    : stride_(conv.options.stride()->at(0)), pad_(conv.weight.size(2) / 2) {
  const FoldedWeights exactly = fold(conv, norm);
  const int64_t in = conv.weight.size(1), out = conv.weight.size(0);
  const bool plain_3x3 = conv.weight.size(2) == 3 && stride_ == 1;
  if (plain_3x3 && winograd_takes({shape[0], shape[2], shape[3], in, out}, type)) {
    const at::Tensor weight = exactly.weight.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
    bias_ = exactly.bias.to(at::kFloat);
    winograd_ = winograd_weights(weight.const_data_ptr<float>(), in, out, winograd_side(shape[2], shape[3]));
  } else {
    bias_ = exactly.bias.to(type);
    weight_ = exactly.weight.to(type).contiguous(at::MemoryFormat::ChannelsLast);
    if (onednn_takes(type)) {
      static const auto reorder = operation<Reorder>("mkldnn::_reorder_convolution_weight");
      weight_ = reorder.call(weight_, {pad_, pad_}, {stride_, stride_}, {1, 1}, 1, at::IntArrayRef(shape));
    }
  }
  const int64_t kernel = conv.weight.size(2);
  shape[1] = conv.weight.size(0);
  for (const size_t side : {2U, 3U}) shape[side] = (shape[side] + 2 * pad_ - kernel) / stride_ + 1;
}

void FoldedConv::convolve(const at::Tensor& x, at::Tensor& y, const WinogradEnd& end) const {
  winograd_convolve(*winograd_, x.contiguous(at::MemoryFormat::ChannelsLast), y, end);
}

at::Tensor FoldedConv::run(const at::Tensor& x, bool relu) const {
  if (winograd_) {
    at::Tensor y = at::empty({x.size(0), winograd_->out, x.size(2), x.size(3)}, x.options(),
                             at::MemoryFormat::ChannelsLast);
    convolve(x, y, {.bias = bias_.const_data_ptr<float>(), .relu = relu});
    return y;
  }
  if (!onednn_takes(x.scalar_type())) {
    at::Tensor y = at::conv2d(x, weight_, bias_, {stride_, stride_}, {pad_, pad_});
    return relu ? y.relu_() : y;
  }
  static const auto pointwise = operation<Pointwise>("mkldnn::_convolution_pointwise");
  return pointwise.call(x, weight_, bias_, {pad_, pad_}, {stride_, stride_}, {1, 1}, 1,
                        relu ? "relu" : "none", Scalars(), "");
}

at::Tensor FoldedConv::add_relu(const at::Tensor& x, at::Tensor& other) const {
  if (winograd_) {
    at::Tensor y = other.contiguous(at::MemoryFormat::ChannelsLast);
    convolve(x, y, {.bias = bias_.const_data_ptr<float>(), .add = true, .relu = true});
    return y;
  }
  if (!onednn_takes(x.scalar_type())) return other.add_(run(x, false)).relu_();
  static const auto pointwise = operation<PointwiseAdd>("mkldnn::_convolution_pointwise_", "binary");
  return pointwise.call(other, x, weight_, bias_, {pad_, pad_}, {stride_, stride_}, {1, 1}, 1, "add", 1.0,
                        "relu", Scalars(), "");
}

at::Tensor FoldedResNet::operator()(const at::Tensor& image) const {
  at::Tensor x = stem.relu(image);
  if (pool) x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
  for (const auto& block : blocks) {
    at::Tensor y = x;
    for (size_t i = 0; i + 1 < block.body.size(); ++i) y = block.body[i].relu(y);
    at::Tensor other = block.shortcut ? (*block.shortcut)(x) : x;
    x = block.body.back().add_relu(y, other);
  }
  return at::mean(x, {2, 3}, false, at::kFloat);
}

}  // namespace simclr
