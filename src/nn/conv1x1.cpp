#include "nn/conv1x1.hpp"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/processor.hpp"
#include "nn/conv3x3.hpp"
#include "nn/norm_passes.hpp"
#include "nn/pair_products.hpp"

namespace simclr {
namespace {

constexpr int64_t kBlockOfRows = 1 << 19;  // values of a thread's block: about its L2 cache
constexpr int64_t kFewestRows = 64, kMostRows = 256;
constexpr int64_t kBetweenRows = 32;  // values: rows of 2^k bytes would fall into the same cache sets

Bfloat* bfloats(const at::Tensor& x) {
  return static_cast<Bfloat*>(x.data_ptr());
}

// Memory of a thread that begins at a cache line, as LibTorch's does.
at::Tensor aligned_bfloats(int64_t values) {
  return at::empty({values}, at::kBFloat16);
}

// The pixels of a convolution's result, and those of its pictures that they come from.
struct Pixels {
  int64_t images, height, width, stride, out_height, out_width;
  int64_t count() const { return images * out_height * out_width; }
  int64_t source(int64_t pixel) const {
    if (stride == 1) return pixel;
    const int64_t image = pixel / (out_height * out_width), y = pixel / out_width % out_height,
                  x = pixel % out_width;
    return (image * height + y * stride) * width + x * stride;
  }
};

Pixels pixels_of(const at::Tensor& x, int64_t stride) {
  const auto strided = [&](int64_t length) { return (length + stride - 1) / stride; };
  return {x.size(0), x.size(2), x.size(3), stride, strided(x.size(2)), strided(x.size(3))};
}

// Panels of w for the gradient of x: the pairs run along `out`.
at::Tensor packed_weights(const at::Tensor& w) {
  const int64_t out = w.size(0), in = w.size(1);
  std::vector<const Bfloat*> rows;
  for (int64_t o = 0; o < out; ++o) rows.push_back(bfloats(w) + o * in);
  at::Tensor packed = aligned_bfloats(out * in);
  pack_pairs(rows.data(), out, in, bfloats(packed));
  return packed;
}

// One thread's work: its rows, block by block.
class Blocks {
 public:
  Blocks(const Pixels& pixels, const NormGradients& norm, const at::Tensor& x, const at::Tensor& packed,
         at::Tensor& dx, int64_t out)
      : pixels_(pixels),
        norm_(norm),
        in_(x.size(1)),
        out_(out),
        line_(out + kBetweenRows),
        most_(std::clamp(kBlockOfRows / (2 * out + in_) / kTile * kTile, kFewestRows, kMostRows)),
        x_(bfloats(x)),
        packed_(packed.defined() ? bfloats(packed) : nullptr),
        dx_(dx.defined() ? bfloats(dx) : nullptr),
        dy_(aligned_bfloats(most_ * line_)),
        dy_pairs_(aligned_bfloats(most_ * out)),
        x_pairs_(aligned_bfloats(most_ * in_)) {}

  // dw: [in / 32][out / 32][32][32], added to; null: not asked for
  void run(int64_t first, int64_t last, float* dw) {
    for (int64_t row = first; row < last; row += most_) {
      const int64_t count = std::min(most_, last - row);
      norm_.of_x(row, count, bfloats(dy_), line_);
      if (dx_ != nullptr) pictures(row, count);
      if (dw != nullptr) weights(row, count, dw);
    }
  }

 private:
  void pictures(int64_t row, int64_t count) {
    for (int64_t panel = 0; panel < in_; panel += kPanel)
      for (int64_t r = 0; r < count; r += kTile) {
        Bfloat* to[kTile];
        for (int64_t i = 0; i < kTile; ++i)
          to[i] = r + i < count ? dx_ + pixels_.source(row + r + i) * in_ + panel : nullptr;
        multiply_by_panel(bfloats(dy_) + r * line_, line_, packed_ + panel * out_, out_ / 2, to);
      }
  }

  void weights(int64_t row, int64_t count, float* dw) {
    rows_.clear();
    for (int64_t i = 0; i < count; ++i) rows_.push_back(bfloats(dy_) + i * line_);
    pack_pairs(rows_.data(), count, out_, bfloats(dy_pairs_));
    for (int64_t i = 0; i < count; ++i) rows_[static_cast<size_t>(i)] = x_ + pixels_.source(row + i) * in_;
    pack_pairs(rows_.data(), count, in_, bfloats(x_pairs_));
    const int64_t pairs = (count + 1) / 2;
    for (int64_t i = 0; i < in_; i += kPanel)
      for (int64_t o = 0; o < out_; o += kPanel, dw += kPanel * kPanel)
        add_product_of_panels(bfloats(dy_pairs_) + 2 * pairs * o, bfloats(x_pairs_) + 2 * pairs * i, pairs,
                              dw);
  }

  const Pixels& pixels_;
  const NormGradients& norm_;
  const int64_t in_, out_, line_, most_;
  const Bfloat *x_, *packed_;
  Bfloat* dx_;
  at::Tensor dy_, dy_pairs_, x_pairs_;
  std::vector<const Bfloat*> rows_;
};

// The threads' sums, each laid out in panels, together as [out, in].
at::Tensor gathered(const at::Tensor& sums, int64_t out, int64_t in) {
  at::Tensor dw = at::empty({out, in, 1, 1}, at::kFloat);
  auto* to = dw.mutable_data_ptr<float>();
  const auto* all = sums.const_data_ptr<float>();
  at::parallel_for(0, out, 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o)
      for (int64_t i = 0; i < in; ++i) {
        const int64_t at = (i / kPanel * out + o) * kPanel + i % kPanel;
        float total = 0;
        for (int64_t part = 0; part < sums.size(0); ++part) total += all[part * out * in + at];
        to[o * in + i] = total;
      }
  });
  return dw;
}

struct ConvolutionGradients {
  at::Tensor dx, dw;
};

ConvolutionGradients gradients_of(const NormGradients& norm, const Pixels& pixels, const at::Tensor& x,
                                  const at::Tensor& w, bool of_x, bool of_w) {
  const int64_t out = w.size(0), in = w.size(1), parts = at::get_num_threads(), rows = pixels.count();
  at::Tensor dx, packed;
  if (of_x) {
    dx = pixels.stride == 1 ? at::empty_like(x) : at::zeros_like(x);
    packed = packed_weights(w);
  }
  const at::Tensor sums = of_w ? at::zeros({parts, out * in}, at::kFloat) : at::Tensor();
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part)
      Blocks(pixels, norm, x, packed, dx, out)
          .run(rows * part / parts, rows * (part + 1) / parts,
               of_w ? sums.mutable_data_ptr<float>() + part * out * in : nullptr);
  });
  return {dx, of_w ? gathered(sums, out, in) : at::Tensor()};
}

class PointConvolution : public torch::autograd::Function<PointConvolution> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& w, const at::Tensor& weight, const at::Tensor& bias,
                            const std::optional<at::Tensor>& residual, torch::nn::BatchNorm2dImpl* norm,
                            bool relu, int64_t stride) {
    const at::Tensor half = w.to(at::kBFloat16).contiguous();
    const at::Tensor y = at::conv2d(x, half, {}, stride);
    RECORD_FUNCTION("simclr::norm_relu", std::vector<c10::IValue>());
    NormMemory memory;
    at::Tensor out = norm_forward(*norm, y, {residual.value_or(at::Tensor()), relu}, weight, bias, memory);
    memory.save(*context, {x, half});
    context->saved_data["stride"] = stride;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[NormMemory::kTensors], &w = saved[NormMemory::kTensors + 1];
    const NormMemory memory = NormMemory::restore(*context, saved);
    const NormGradients norm = [&] {
      RECORD_FUNCTION("simclr::norm_relu_gradient", std::vector<c10::IValue>());
      return NormGradients(gradients[0], memory);
    }();
    RECORD_FUNCTION("simclr::conv1x1_gradients", std::vector<c10::IValue>({memory.x, w}));
    const Pixels pixels = pixels_of(x, context->saved_data["stride"].toInt());
    const auto result =
        gradients_of(norm, pixels, x, w, context->needs_input_grad(0), context->needs_input_grad(1));
    return {result.dx,       result.dw,    norm.d_weight, norm.d_bias,
            norm.d_residual, at::Tensor(), at::Tensor(),  at::Tensor()};
  }
};

bool own_way(const at::Tensor& x, const at::Tensor& w, int64_t stride, const torch::nn::BatchNorm2dImpl& norm,
             const at::Tensor& residual) {
  if (!conv1x1_has_own_gradients() || PlainConvolutions::asked() || !lies_in_rows(x)) return false;
  const Pixels pixels = pixels_of(x, stride);
  return at::autocast::is_autocast_enabled(at::kCPU) &&
         at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16 && x.scalar_type() == at::kBFloat16 &&
         w.scalar_type() == at::kFloat && w.size(0) % kPanel == 0 && w.size(1) % kPanel == 0 &&
         norm_passes_take(norm, {pixels.images, w.size(0), pixels.out_height, pixels.out_width},
                          at::kBFloat16, residual);
}

}  // namespace

bool conv1x1_has_own_gradients() {
  static const bool gains = runs_pair_products() && !has_amx_bf16();
  return gains;
}

at::Tensor conv1x1_norm_relu(const at::Tensor& x, const at::Tensor& w, int64_t stride,
                             torch::nn::BatchNorm2dImpl& norm, const NormRelu& and_then) {
  if (!own_way(x, w, stride, norm, and_then.residual))
    return norm_relu(norm, at::conv2d(x, w, {}, stride), and_then);
  const auto residual = and_then.residual.defined() ? std::optional(and_then.residual) : std::nullopt;
  return PointConvolution::apply(x, w, norm.weight, norm.bias, residual, &norm, and_then.relu, stride);
}

}  // namespace simclr
