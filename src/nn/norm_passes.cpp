#include "nn/norm_passes.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cmath>
#include <utility>

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

bool is_float(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat;
}

template <class T>
at::Tensor forward_pass(torch::nn::BatchNorm2dImpl& norm, const NormRelu& and_then, NormMemory& memory) {
  const Moments moments = moments_of<T>(memory.x, norm.options.eps());
  update_running(norm, moments, rows_of(memory.x).rows);
  memory.mean = moments.mean;
  memory.inverse_std = moments.inverse_std;
  return normalise<T>(memory.x, and_then.residual, moments, memory.weight, memory.bias, and_then.relu);
}

struct Sums {
  std::vector<double> gradient, product;  // of g and of g (x - mean), [channels]
};

template <class T>
Sums sums_of(const NormMemory& memory, const at::Tensor& gradient, NormMask mask, const NormLine& line,
             const at::Tensor& passed) {
  const Rows shape = rows_of(memory.x);
  const auto channels = static_cast<size_t>(shape.channels);
  PerBlock sums = per_block(shape), products = per_block(shape);
  for_each_block<T>(shape,
                    {.x = data<T>(memory.x), .out = data<T>(memory.out), .gradient = data<T>(gradient)},
                    [&](const auto& rows, int64_t block, int64_t value) {
                      norm_reduce(rows, mask, line, sums.data() + block * shape.channels,
                                  products.data() + block * shape.channels, from(data<T>(passed), value));
                    });
  Sums result{std::vector<double>(channels), std::vector<double>(channels)};
  for (size_t at = 0; at < sums.size(); ++at) {
    result.gradient[at % channels] += static_cast<double>(sums[at]);
    result.product[at % channels] += static_cast<double>(products[at]);
  }
  return result;
}

}  // namespace

bool lies_in_rows(const at::Tensor& x) {
  return x.is_cpu() && x.dim() == 4 && x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

bool norm_passes_take(const torch::nn::BatchNorm2dImpl& norm, at::IntArrayRef sizes, at::ScalarType type,
                      const at::Tensor& residual) {
  return norm.is_training() && norm.weight.defined() && is_float(norm.weight) &&
         (type == at::kFloat || type == at::kBFloat16) && sizes[0] * sizes[2] * sizes[3] > 1 &&
         sizes[1] % 8 == 0 &&
         (!residual.defined() ||
          (lies_in_rows(residual) && residual.scalar_type() == type && residual.sizes() == sizes));
}

void NormMemory::save(torch::autograd::AutogradContext& context,
                      const torch::autograd::variable_list& more) const {
  torch::autograd::variable_list all{x, out, weight, bias, mean, inverse_std};
  all.insert(all.end(), more.begin(), more.end());
  context.save_for_backward(std::move(all));
  context.saved_data["residual"] = residual;
  context.saved_data["relu"] = relu;
}

NormMemory NormMemory::restore(torch::autograd::AutogradContext& context,
                               const torch::autograd::variable_list& saved) {
  return {saved[0],
          saved[1],
          saved[2],
          saved[3],
          saved[4],
          saved[5],
          context.saved_data["residual"].toBool(),
          context.saved_data["relu"].toBool()};
}

at::Tensor norm_forward(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x, const NormRelu& and_then,
                        const at::Tensor& weight, const at::Tensor& bias, NormMemory& memory) {
  memory = {x, {}, weight, bias, {}, {}, and_then.residual.defined(), and_then.relu};
  at::Tensor out = is_float(x) ? forward_pass<float>(norm, and_then, memory)
                               : forward_pass<Bfloat>(norm, and_then, memory);
  if (memory.residual && memory.relu) memory.out = out;
  return out;
}

// dx = weight / std * (g - mean(g) - (x - mean) / std^2 * mean(g (x - mean))), g what passes the ReLU
NormGradients::NormGradients(const at::Tensor& gradient, NormMemory memory)
    : d_weight(at::empty_like(memory.weight)),
      d_bias(at::empty_like(memory.weight)),
      memory_(std::move(memory)),
      gradient_(gradient.contiguous(at::MemoryFormat::ChannelsLast)),
      scale_(memory_.weight * memory_.inverse_std),
      mask_(!memory_.relu      ? NormMask::none
            : memory_.residual ? NormMask::out
                               : NormMask::again) {
  // Without ReLU the residual's gradient is the one that comes in.
  const bool keep = memory_.residual && memory_.relu;
  if (memory_.residual) d_residual = keep ? at::empty_like(memory_.x) : gradient_;
  const at::Tensor passed = keep ? d_residual : at::Tensor();
  const NormLine norm = line();
  const Sums sums = is_float(memory_.x) ? sums_of<float>(memory_, gradient_, mask_, norm, passed)
                                        : sums_of<Bfloat>(memory_, gradient_, mask_, norm, passed);
  const auto n = static_cast<double>(rows_of(memory_.x).rows);
  for (size_t c = 0; c < sums.gradient.size(); ++c) {
    const double inverse = memory_.inverse_std.const_data_ptr<float>()[c], slope = norm.scale[c];
    by_x_.push_back(static_cast<float>(-slope * inverse * inverse * sums.product[c] / n));
    constant_.push_back(static_cast<float>(-slope * sums.gradient[c] / n));
    d_weight.mutable_data_ptr<float>()[c] = static_cast<float>(sums.product[c] * inverse);
    d_bias.mutable_data_ptr<float>()[c] = static_cast<float>(sums.gradient[c]);
  }
  if (!keep) return;
  gradient_ = d_residual;
  mask_ = NormMask::none;
}

NormLine NormGradients::line() const {
  return {memory_.mean.const_data_ptr<float>(), scale_.const_data_ptr<float>(),
          memory_.bias.const_data_ptr<float>()};
}

template <class T>
void NormGradients::of_x(int64_t first, int64_t rows, T* to, int64_t to_line) const {
  const int64_t channels = memory_.x.size(1), value = first * channels;
  norm_input_gradient(NormRows<T>{.rows = rows,
                                  .channels = channels,
                                  .x = data<T>(memory_.x) + value,
                                  .gradient = data<T>(gradient_) + value},
                      mask_, line(), {scale_.const_data_ptr<float>(), by_x_.data(), constant_.data()}, to,
                      to_line);
}

at::Tensor NormGradients::all_of_x() const {
  const Rows shape = rows_of(memory_.x);
  at::Tensor dx = at::empty_like(memory_.x);
  const auto fill = [&]<class T>(T* to) {
    for_each_block<T>(shape, {}, [&](const auto& block, int64_t number, int64_t value) {
      of_x(number * shape.in_block, block.rows, to + value, shape.channels);
    });
  };
  is_float(dx) ? fill(data<float>(dx)) : fill(data<Bfloat>(dx));
  return dx;
}

template void NormGradients::of_x(int64_t, int64_t, float*, int64_t) const;
template void NormGradients::of_x(int64_t, int64_t, Bfloat*, int64_t) const;

}  // namespace simclr
