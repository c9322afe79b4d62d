#include "loss/nt_xent.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "loss/rows.hpp"
#include "loss/tile_kernels.hpp"

namespace simclr {
namespace {

// Similarities are at most 1, so exp((s - 1) / t) can't overflow, and down to this temperature it can't
// vanish either; below it each row takes its own largest similarity, found in a pass of its own.
constexpr double least_fixed_temperature = 0.03;

struct NtXentRows {
  at::Tensor largest;   // [padded] similarity over j != i
  at::Tensor positive;  // [padded] similarity to the other view
  at::Tensor shift;     // [padded] subtracted before exp
  at::Tensor
      negatives;  // [padded] double: sum of exp((s_ij - shift_i) / temperature) over the 2N - 2 negatives
};

TileKernels::Exponent exponent_of(double temperature, const float* shift, const Similarities::Tile& tile) {
  return {static_cast<float>(1 / temperature), temperature >= least_fixed_temperature, shift + tile.row,
          shift + tile.column};
}

// Positives are the entries (i, i + N). They leave the tile: where they are all that counts, a sum with them
// less themselves would be rounding and nothing else.
template <class Function>
void take_positives(const Similarities::Tile& tile, int64_t side, int64_t images, const Function& take) {
  const int64_t begin = std::max(tile.row, tile.column - images);
  const int64_t end = std::min({tile.row + side, tile.column - images + side, images});
  for (int64_t i = begin; i < end; ++i) {
    float& entry = tile.entries[(i - tile.row) * side + i + images - tile.column];
    take(i, entry);
    entry = masked;
    // On the diagonal the tile holds both (i, i + N) and (i + N, i).
    if (tile.row == tile.column) tile.entries[(i + images - tile.row) * side + i - tile.column] = masked;
  }
}

NtXentRows nt_xent_rows(const UnitRows& rows, double temperature) {
  const bool fixed = temperature >= least_fixed_temperature;
  const auto options = rows.z.options();
  const int64_t images = rows.count / 2;
  NtXentRows result{at::full({rows.padded()}, masked, options),
                    at::zeros({rows.padded()}, options),
                    {},
                    at::zeros({rows.padded()}, options.dtype(at::kDouble))};
  result.shift = fixed ? at::ones({rows.padded()}, options) : result.largest;
  auto* largest = result.largest.mutable_data_ptr<float>();
  auto* positive = result.positive.mutable_data_ptr<float>();
  auto* negatives = result.negatives.mutable_data_ptr<double>();
  const float* shift = result.shift.const_data_ptr<float>();
  Similarities similarities(rows);
  for_each_pair(rows.blocks(), [&](int64_t row_block, int64_t column_block) {
    const auto tile = similarities(row_block, column_block);
    keep_largest(tile, rows.tile, largest);
    take_positives(tile, rows.tile, images,
                   [&](int64_t i, float similarity) { positive[i] = positive[i + images] = similarity; });
    if (fixed) add_sums(tile, rows.tile, exponent_of(temperature, shift, tile), negatives);
  });
  if (fixed) return result;
  for_each_pair(rows.blocks(), [&](int64_t row_block, int64_t column_block) {
    const auto tile = similarities(row_block, column_block);
    take_positives(tile, rows.tile, images, [](int64_t, float) {});
    add_sums(tile, rows.tile, exponent_of(temperature, shift, tile), negatives);
  });
  return result;
}

struct NtXentSums {
  double loss = 0, top1 = 0;
  at::Tensor weight;  // [padded] 1 / sum_i over negatives and positive; padding 0
  at::Tensor share;   // [count] of the negatives in sum_i: 1 - P_{i,p(i)}
};

NtXentSums nt_xent_sums(const NtXentRows& rows, int64_t count, double temperature) {
  NtXentSums result{0, 0, at::zeros_like(rows.shift), at::empty({count}, rows.shift.options())};
  const float* largest = rows.largest.const_data_ptr<float>();
  const float* positive = rows.positive.const_data_ptr<float>();
  const float* shift = rows.shift.const_data_ptr<float>();
  const double* negatives = rows.negatives.const_data_ptr<double>();
  auto* weight = result.weight.mutable_data_ptr<float>();
  auto* share = result.share.mutable_data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    const double exponent = static_cast<double>(positive[i] - shift[i]) / temperature;
    const double of_positive = std::exp(exponent);
    const double sum = negatives[i] + of_positive;
    weight[i] = static_cast<float>(1 / sum);
    share[i] = static_cast<float>(negatives[i] / sum);
    result.loss +=
        negatives[i] < of_positive ? std::log1p(negatives[i] / of_positive) : std::log(sum) - exponent;
    result.top1 += positive[i] >= largest[i] ? 1 : 0;
  }
  result.loss /= static_cast<double>(count);
  result.top1 /= static_cast<double>(count);
  return result;
}

// W z with W_ij = P_ij + P_ji, P_ij = exp((s_ij - shift_i) / temperature) / sum_i for negatives, W_ii = 0,
// and W_{i,p(i)} = -share_i - share_{p(i)}: dL/dz times M and the temperature. [padded, line]
at::Tensor nt_xent_gradient(const UnitRows& rows, const at::Tensor& shifts, const at::Tensor& weights,
                            const at::Tensor& share, double temperature) {
  at::Tensor gradient = at::zeros_like(rows.z);
  auto* to = gradient.mutable_data_ptr<float>();
  const float* shift = shifts.const_data_ptr<float>();
  const float* weight = weights.const_data_ptr<float>();
  const int64_t side = rows.tile;
  const int64_t images = rows.count / 2;
  Similarities similarities(rows);
  for_each_pair(rows.blocks(), [&](int64_t row_block, int64_t column_block) {
    const auto tile = similarities(row_block, column_block);
    take_positives(tile, side, images, [](int64_t, float) {});
    tile_kernels().weigh(tile.entries, side, exponent_of(temperature, shift, tile), weight + tile.row,
                         weight + tile.column);
    add_weighted_rows(rows, tile, to);
  });
  const at::Tensor pull = (share.narrow(0, 0, images) + share.narrow(0, images, images)).unsqueeze(1);
  gradient.narrow(0, 0, images).addcmul_(rows.z.narrow(0, images, images), pull, -1);
  gradient.narrow(0, images, images).addcmul_(rows.z.narrow(0, 0, images), pull, -1);
  return gradient;
}

struct NtXentFunction : torch::autograd::Function<NtXentFunction> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const at::Tensor& u, double temperature, int64_t tile) {
    const UnitRows rows = unit_rows(u, tile);
    const NtXentRows similar = nt_xent_rows(rows, temperature);
    const NtXentSums sums = nt_xent_sums(similar, rows.count, temperature);
    context->save_for_backward({rows.z, rows.inverse_norm, similar.shift, sums.weight, sums.share});
    context->saved_data["shape"] = std::vector<int64_t>{rows.count, rows.width, rows.tile};
    context->saved_data["temperature"] = temperature;
    const at::Tensor top1 = at::scalar_tensor(sums.top1, u.options());
    context->mark_non_differentiable({top1});
    return {at::scalar_tensor(sums.loss, u.options()), top1};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& upstream) {
    if (at::GradMode::is_enabled())
      throw Error(Exit::failed, "The streamed NT-Xent has no second derivative.", "Take nt_xent_dense.");
    const auto saved = context->get_saved_variables();
    const auto shape = context->saved_data["shape"].toIntVector();
    const double temperature = context->saved_data["temperature"].toDouble();
    const UnitRows rows{shape[0], shape[1], shape[2], saved[0], saved[1]};
    const at::Tensor gradient = nt_xent_gradient(rows, saved[2], saved[3], saved[4], temperature);
    const double scale = upstream[0].item<double>() / (static_cast<double>(rows.count) * temperature);
    return {back_through_norm(rows, gradient, static_cast<float>(scale)), {}, {}};
  }
};

struct NtXent final : Loss {
  double temperature = 0.1;

  Fields fields() {
    return {
        field("temperature", temperature, "divides the similarities; smaller looks at the hardest negatives")
            .range(0.001, 10)};
  }
  LossValue operator()(const at::Tensor& u, const Guide&) const override {
    return u.is_cpu() ? nt_xent_streamed(u, temperature) : nt_xent_dense(u, temperature);
  }
  double chance(int64_t images) const override { return std::log(2 * static_cast<double>(images) - 1); }
  double floor(int64_t images) const override {
    return std::log1p((2 * static_cast<double>(images) - 2) * std::exp(-1 / temperature));
  }
  std::string text() const override { return canonical("nt_xent", NtXent(*this).fields()); }
};

at::Tensor two_views(const at::Tensor& u) {
  if (u.dim() != 2 || u.size(0) < 2 || u.size(0) % 2 != 0 || u.size(1) < 1)
    throw Error(Exit::failed, "NT-Xent takes rows [2N, d], both views of N images; given " +
                                  std::to_string(u.dim()) + " dimensions and " + std::to_string(u.numel()) +
                                  " numbers.");
  return u.scalar_type() == at::kDouble ? u : u.to(at::kFloat);
}

}  // namespace

LossValue nt_xent_streamed(const at::Tensor& u, double temperature, int64_t tile) {
  const auto result = NtXentFunction::apply(two_views(u).to(at::kFloat), temperature, tile);
  return {result[0], result[1]};
}

LossValue nt_xent_dense(const at::Tensor& u, double temperature) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const at::Tensor rows = two_views(u);
  const int64_t count = rows.size(0);
  const at::Tensor z = rows * rows.square().sum(1, true).clamp_min(1e-12).rsqrt();
  const at::Tensor self = at::eye(count, rows.options().dtype(at::kBool));
  const at::Tensor s =
      at::mm(z, z.t()).div(temperature).masked_fill(self, -std::numeric_limits<float>::infinity());
  const at::Tensor other = at::arange(count, rows.options().dtype(at::kLong)).roll(count / 2).unsqueeze(1);
  const at::Tensor positive = s.gather(1, other).squeeze(1);
  const at::Tensor top1 = positive.detach().ge(s.detach().amax(1)).to(at::kFloat).mean();
  return {(s.logsumexp(1) - positive).mean(), top1};
}

std::unique_ptr<Loss> make_nt_xent(const Spec& spec) {
  auto loss = std::make_unique<NtXent>();
  configure(loss->fields(), spec, "loss");
  return loss;
}

}  // namespace simclr
