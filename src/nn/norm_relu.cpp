#include "nn/norm_relu.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "nn/norm_kernels.hpp"

namespace simclr {
namespace {

constexpr int64_t kBlockValues = 1 << 14;  // of a pass: stays in the nearest caches

struct Rows {
  int64_t rows, channels;
  int64_t in_block = std::max<int64_t>(8, kBlockValues / channels);
  int64_t blocks = (rows + in_block - 1) / in_block;
};

Rows rows_of(const at::Tensor& x) {
  return {x.size(0) * x.size(2) * x.size(3), x.size(1)};
}

template <class T>
T* data(const at::Tensor& x) {
  return x.defined() ? static_cast<T*>(x.data_ptr()) : nullptr;
}

template <class T>
T* from(T* all, int64_t value) {
  return all == nullptr ? nullptr : all + value;
}

// Calls use(rows, block's number, first value) for each block, on all threads.
template <class T, class Use>
void for_each_block(const Rows& shape, const NormRows<T>& all, const Use& use) {
  at::parallel_for(0, shape.blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * shape.in_block, value = first * shape.channels;
      const NormRows<T> rows{std::min(shape.in_block, shape.rows - first),
                             shape.channels,
                             from(all.x, value),
                             from(all.residual, value),
                             from(all.out, value),
                             from(all.gradient, value)};
      use(rows, block, value);
    }
  });
}

using PerBlock = std::vector<float>;  // [blocks][channels]

PerBlock per_block(const Rows& shape) {
  return PerBlock(static_cast<size_t>(shape.blocks * shape.channels));
}

struct Moments {
  at::Tensor mean, inverse_std;          // [channels]
  std::vector<double> mean64, variance;  // of the batch, biased
};

// Blocks are joined in their order, in double (Chan, Golub and LeVeque 1979).
template <class T>
Moments moments_of(const at::Tensor& x, double eps) {
  const Rows shape = rows_of(x);
  PerBlock means = per_block(shape), squares = per_block(shape);
  for_each_block<T>(shape, {.x = data<T>(x)}, [&](const auto& rows, int64_t block, int64_t) {
    norm_moments(rows, means.data() + block * shape.channels, squares.data() + block * shape.channels);
  });
  const auto channels = static_cast<size_t>(shape.channels);
  Moments result{at::empty({shape.channels}, at::kFloat), at::empty({shape.channels}, at::kFloat),
                 std::vector<double>(channels), std::vector<double>(channels)};
  double seen = 0;
  for (int64_t block = 0; block < shape.blocks; ++block) {
    const auto rows = static_cast<double>(std::min(shape.in_block, shape.rows - block * shape.in_block));
    const double share = rows / (seen + rows);
    for (size_t c = 0; c < channels; ++c) {
      const size_t at = static_cast<size_t>(block) * channels + c;
      const double apart = static_cast<double>(means[at]) - result.mean64[c];
      result.mean64[c] += apart * share;
      result.variance[c] += static_cast<double>(squares[at]) + apart * apart * seen * share;
    }
    seen += rows;
  }
  for (size_t c = 0; c < channels; ++c) {
    result.variance[c] /= seen;
    result.mean.mutable_data_ptr<float>()[c] = static_cast<float>(result.mean64[c]);
    result.inverse_std.mutable_data_ptr<float>()[c] =
        static_cast<float>(1 / std::sqrt(result.variance[c] + eps));
  }
  return result;
}

// As the module does it: by its momentum, or without one as the plain mean over batches; the variance
// unbiased.
void update_running(torch::nn::BatchNorm2dImpl& norm, const Moments& moments, int64_t rows) {
  if (!norm.options.track_running_stats()) return;
  norm.num_batches_tracked += 1;
  const double factor =
      norm.options.momentum() ? *norm.options.momentum() : 1 / norm.num_batches_tracked.item<double>();
  const double unbiased = static_cast<double>(rows) / static_cast<double>(rows - 1);
  auto* mean = norm.running_mean.mutable_data_ptr<float>();
  auto* variance = norm.running_var.mutable_data_ptr<float>();
  for (size_t c = 0; c < moments.mean64.size(); ++c) {
    mean[c] = static_cast<float>((1 - factor) * static_cast<double>(mean[c]) + factor * moments.mean64[c]);
    variance[c] = static_cast<float>((1 - factor) * static_cast<double>(variance[c]) +
                                     factor * unbiased * moments.variance[c]);
  }
}

template <class T>
at::Tensor normalise(const at::Tensor& x, const at::Tensor& residual, const Moments& moments,
                     const at::Tensor& weight, const at::Tensor& bias, bool relu) {
  const Rows shape = rows_of(x);
  const at::Tensor scale = weight * moments.inverse_std;
  const NormLine line{moments.mean.const_data_ptr<float>(), scale.const_data_ptr<float>(),
                      bias.const_data_ptr<float>()};
  at::Tensor out = at::empty_like(x);
  for_each_block<T>(
      shape, {.x = data<T>(x), .residual = data<T>(residual)},
      [&](const auto& rows, int64_t, int64_t value) { norm_apply(rows, line, relu, data<T>(out) + value); });
  return out;
}

struct Gradients {
  at::Tensor dx, d_residual, d_weight, d_bias;
};

// What the backward pass remembers of the forward one.
struct Remembered {
  at::Tensor x, out, weight, bias, mean, inverse_std;  // out: only for ReLU with a residual
  bool residual, relu;
};

// dx = weight / std * (g - mean(g) - (x - mean) / std^2 * mean(g (x - mean))), g what passes the ReLU
template <class T>
Gradients gradients_of(const at::Tensor& gradient, const Remembered& r) {
  const Rows shape = rows_of(r.x);
  const auto channels = static_cast<size_t>(shape.channels);
  const bool keep = r.residual && r.relu;  // without ReLU the residual's gradient is the one that comes in
  Gradients result{at::empty_like(r.x),
                   keep         ? at::empty_like(r.x)
                   : r.residual ? gradient
                                : at::Tensor(),
                   at::empty_like(r.weight), at::empty_like(r.weight)};
  const at::Tensor scale = r.weight * r.inverse_std;
  const NormLine line{r.mean.const_data_ptr<float>(), scale.const_data_ptr<float>(),
                      r.bias.const_data_ptr<float>()};
  const NormMask mask = !r.relu ? NormMask::none : r.residual ? NormMask::out : NormMask::again;
  PerBlock sums = per_block(shape), products = per_block(shape);
  for_each_block<T>(shape, {.x = data<T>(r.x), .out = data<T>(r.out), .gradient = data<T>(gradient)},
                    [&](const auto& rows, int64_t block, int64_t value) {
                      norm_reduce(rows, mask, line, sums.data() + block * shape.channels,
                                  products.data() + block * shape.channels,
                                  keep ? data<T>(result.d_residual) + value : nullptr);
                    });
  std::vector<double> sum(channels), product(channels);
  for (size_t at = 0; at < sums.size(); ++at) {
    sum[at % channels] += static_cast<double>(sums[at]);
    product[at % channels] += static_cast<double>(products[at]);
  }
  std::vector<float> by_x(channels), constant(channels);
  const auto n = static_cast<double>(shape.rows);
  for (size_t c = 0; c < channels; ++c) {
    const double inverse = r.inverse_std.const_data_ptr<float>()[c], slope = line.scale[c];
    by_x[c] = static_cast<float>(-slope * inverse * inverse * product[c] / n);
    constant[c] = static_cast<float>(-slope * sum[c] / n);
    result.d_weight.mutable_data_ptr<float>()[c] = static_cast<float>(product[c] * inverse);
    result.d_bias.mutable_data_ptr<float>()[c] = static_cast<float>(sum[c]);
  }
  const NormSlopes slopes{line.scale, by_x.data(), constant.data()};
  for_each_block<T>(shape, {.x = data<T>(r.x), .gradient = data<T>(keep ? result.d_residual : gradient)},
                    [&](const auto& rows, int64_t, int64_t value) {
                      norm_input_gradient(rows, keep ? NormMask::none : mask, line, slopes,
                                          data<T>(result.dx) + value);
                    });
  return result;
}

bool is_float(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat;
}

class Fused : public torch::autograd::Function<Fused> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const std::optional<at::Tensor>& and_residual, torch::nn::BatchNorm2dImpl* norm,
                            bool relu) {
    RECORD_FUNCTION("simclr::norm_relu", std::vector<c10::IValue>());
    const at::Tensor residual = and_residual.value_or(at::Tensor());
    const double eps = norm->options.eps();
    const Moments moments = is_float(x) ? moments_of<float>(x, eps) : moments_of<Bfloat>(x, eps);
    update_running(*norm, moments, rows_of(x).rows);
    at::Tensor out = is_float(x) ? normalise<float>(x, residual, moments, weight, bias, relu)
                                 : normalise<Bfloat>(x, residual, moments, weight, bias, relu);
    context->save_for_backward({x, relu && residual.defined() ? out : at::Tensor(), weight, bias,
                                moments.mean, moments.inverse_std});
    context->saved_data["residual"] = residual.defined();
    context->saved_data["relu"] = relu;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    RECORD_FUNCTION("simclr::norm_relu_gradient", std::vector<c10::IValue>());
    const auto saved = context->get_saved_variables();
    const Remembered remembered{saved[0],
                                saved[1],
                                saved[2],
                                saved[3],
                                saved[4],
                                saved[5],
                                context->saved_data["residual"].toBool(),
                                context->saved_data["relu"].toBool()};
    const at::Tensor gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const Gradients result = is_float(remembered.x) ? gradients_of<float>(gradient, remembered)
                                                    : gradients_of<Bfloat>(gradient, remembered);
    return {result.dx, result.d_weight, result.d_bias, result.d_residual, at::Tensor(), at::Tensor()};
  }
};

bool takes(const torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const at::Tensor& residual) {
  const auto fits = [](const at::Tensor& t) {
    return t.is_cpu() && (is_float(t) || t.scalar_type() == at::kBFloat16) && t.dim() == 4 &&
           t.is_contiguous(at::MemoryFormat::ChannelsLast);
  };
  return norm.is_training() && norm.weight.defined() && is_float(norm.weight) && fits(x) &&
         rows_of(x).rows > 1 && x.size(1) % 8 == 0 &&
         (!residual.defined() ||
          (fits(residual) && residual.scalar_type() == x.scalar_type() && residual.sizes() == x.sizes()));
}

}  // namespace

at::Tensor plain_norm_relu(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then) {
  at::Tensor y = norm.forward(x);
  if (and_then.residual.defined()) y = y.add_(and_then.residual);
  return and_then.relu ? y.relu_() : y;
}

at::Tensor norm_relu(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then) {
  if (!takes(norm, x, and_then.residual)) return plain_norm_relu(norm, x, and_then);
  const auto residual = and_then.residual.defined() ? std::optional(and_then.residual) : std::nullopt;
  return Fused::apply(x, norm.weight, norm.bias, residual, &norm, and_then.relu);
}

}  // namespace simclr
