#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "loss/labelled.hpp"
#include "loss/rows.hpp"
#include "loss/tile_kernels.hpp"

namespace simclr {
namespace {

// The rows of a class: their sum and number. What a row's positives pull it to is the sum without itself.
struct ClassSums {
  at::Tensor sum;              // [K, line]
  std::vector<int64_t> count;  // [K]

  ClassSums(const UnitRows& rows, const at::Tensor& labels) {
    const auto* label = labels.const_data_ptr<int64_t>();
    const int64_t classes = 1 + *std::max_element(label, label + rows.count);
    sum = at::zeros({classes, rows.line()}, rows.z.options());
    count.assign(static_cast<size_t>(classes), 0);
    sum.index_add_(0, labels, rows.z.narrow(0, 0, rows.count));
    for (int64_t i = 0; i < rows.count; ++i) ++count[static_cast<size_t>(label[i])];
  }
  double positives(int64_t label) const { return static_cast<double>(count[static_cast<size_t>(label)] - 1); }
};

struct SupConRows {
  double loss = 0, top1 = 0;
  int64_t anchors = 0;  // rows with another of their class
  at::Tensor weight;    // [padded] 1 / sum of the row's exponentials; 0 in padding and without a positive
};

TileKernels::Exponent over_temperature(double temperature, const float* ones,
                                       const Similarities::Tile& tile) {
  return {static_cast<float>(1 / temperature), true, ones + tile.row, ones + tile.column};
}

void mask_own_class(const Similarities::Tile& tile, const UnitRows& rows, const int64_t* label) {
  const int64_t side = rows.tile, columns = std::min(side, rows.count - tile.column);
  for (int64_t i = 0; i < std::min(side, rows.count - tile.row); ++i)
    for (int64_t j = 0; j < columns; ++j)
      if (label[tile.row + i] == label[tile.column + j]) tile.entries[i * side + j] = masked;
}

SupConRows sup_con_rows(const UnitRows& rows, const ClassSums& classes, const at::Tensor& labels,
                        double temperature) {
  const auto options = rows.z.options();
  const at::Tensor ones = at::ones({rows.padded()}, options),
                   all = at::full({rows.padded()}, masked, options),
                   others = at::full({rows.padded()}, masked, options),
                   sums = at::zeros({rows.padded()}, options.dtype(at::kDouble));
  const auto* label = labels.const_data_ptr<int64_t>();
  auto* largest = all.mutable_data_ptr<float>();
  auto* largest_other = others.mutable_data_ptr<float>();
  auto* sum = sums.mutable_data_ptr<double>();
  Similarities similarities(rows);
  for_each_pair(rows.blocks(), [&](int64_t row_block, int64_t column_block) {
    const auto tile = similarities(row_block, column_block);
    keep_largest(tile, rows.tile, largest);
    add_sums(tile, rows.tile, over_temperature(temperature, ones.const_data_ptr<float>(), tile), sum);
    mask_own_class(tile, rows, label);
    keep_largest(tile, rows.tile, largest_other);
  });
  SupConRows result{0, 0, 0, at::zeros({rows.padded()}, options)};
  const at::Tensor own = (rows.z.narrow(0, 0, rows.count) * classes.sum.index_select(0, labels)).sum(1) -
                         rows.z.narrow(0, 0, rows.count).square().sum(1);
  const auto* pull = own.const_data_ptr<float>();
  auto* weight = result.weight.mutable_data_ptr<float>();
  for (int64_t i = 0; i < rows.count; ++i) {
    const double positives = classes.positives(label[i]);
    result.top1 += positives > 0 && largest[i] > largest_other[i] ? 1 : 0;
    if (positives == 0) continue;
    ++result.anchors;
    weight[i] = static_cast<float>(1 / sum[i]);
    result.loss += std::log(sum[i]) + (1 - static_cast<double>(pull[i]) / positives) / temperature;
  }
  result.loss /= static_cast<double>(std::max<int64_t>(1, result.anchors));
  result.top1 /= static_cast<double>(rows.count);
  return result;
}

// dL/dz times the anchors and the temperature: (P + P^T) z, less twice the mean of each row's positives
// (all rows of a class have as many). [padded, line]
at::Tensor sup_con_gradient(const UnitRows& rows, const at::Tensor& weights, const at::Tensor& labels,
                            double temperature) {
  at::Tensor gradient = at::zeros_like(rows.z);
  const at::Tensor ones = at::ones({rows.padded()}, rows.z.options());
  const float* weight = weights.const_data_ptr<float>();
  Similarities similarities(rows);
  for_each_pair(rows.blocks(), [&](int64_t row_block, int64_t column_block) {
    const auto tile = similarities(row_block, column_block);
    tile_kernels().weigh(tile.entries, rows.tile,
                         over_temperature(temperature, ones.const_data_ptr<float>(), tile), weight + tile.row,
                         weight + tile.column);
    add_weighted_rows(rows, tile, gradient.mutable_data_ptr<float>());
  });
  const ClassSums classes(rows, labels);
  const auto* label = labels.const_data_ptr<int64_t>();
  at::Tensor pulls = at::empty({rows.count, 1}, rows.z.options());
  for (int64_t i = 0; i < rows.count; ++i) {
    const double positives = classes.positives(label[i]);
    pulls.mutable_data_ptr<float>()[i] = positives > 0 ? static_cast<float>(2 / positives) : 0;
  }
  const at::Tensor z = rows.z.narrow(0, 0, rows.count);
  gradient.narrow(0, 0, rows.count).addcmul_(classes.sum.index_select(0, labels) - z, pulls, -1);
  return gradient;
}

struct SupConFunction : torch::autograd::Function<SupConFunction> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const at::Tensor& u, const at::Tensor& labels,
                                                double temperature, int64_t tile) {
    const UnitRows rows = unit_rows(u, tile);
    const SupConRows seen = sup_con_rows(rows, ClassSums(rows, labels), labels, temperature);
    context->save_for_backward({rows.z, rows.inverse_norm, seen.weight, labels});
    context->saved_data["shape"] =
        std::vector<int64_t>{rows.count, rows.width, rows.tile, std::max<int64_t>(1, seen.anchors)};
    context->saved_data["temperature"] = temperature;
    const at::Tensor top1 = at::scalar_tensor(seen.top1, u.options());
    context->mark_non_differentiable({top1});
    return {at::scalar_tensor(seen.loss, u.options()), top1};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& upstream) {
    if (at::GradMode::is_enabled())
      throw Error(Exit::failed, "The streamed SupCon has no second derivative.", "Take sup_con_dense.");
    const auto saved = context->get_saved_variables();
    const auto shape = context->saved_data["shape"].toIntVector();
    const double temperature = context->saved_data["temperature"].toDouble();
    const UnitRows rows{shape[0], shape[1], shape[2], saved[0], saved[1]};
    const at::Tensor gradient = sup_con_gradient(rows, saved[2], saved[3], temperature);
    const double scale = upstream[0].item<double>() / (static_cast<double>(shape[3]) * temperature);
    return {back_through_norm(rows, gradient, static_cast<float>(scale)), {}, {}, {}};
  }
};

struct SupCon final : Loss {
  double temperature = 0.1;
  ClassShares shares;

  Fields fields() { return {field("temperature", temperature, "divides the similarities").range(0.03, 10)}; }
  LossValue operator()(const at::Tensor& u, const Guide& guide) const override {
    check_row_labels(u, guide.labels);
    return u.is_cpu() ? sup_con_streamed(u, guide.labels, temperature)
                      : sup_con_dense(u, guide.labels, temperature);
  }
  double chance(int64_t images) const override { return std::log(2 * static_cast<double>(images) - 1); }
  // Rows of a class at one place, classes at right angles, in a batch that has the shares of the whole.
  double floor(int64_t images) const override {
    const double rows = 2 * static_cast<double>(images);
    double mean = 0;
    for (const double share : shares) {
      const double positives = std::max(1.0, share * rows - 1);
      mean += share * std::log(positives + std::max(0.0, rows - 1 - positives) * std::exp(-1 / temperature));
    }
    return mean;
  }
  std::string text() const override { return canonical("supcon", SupCon(*this).fields()); }
  bool learns_from_labels() const override { return true; }
};

}  // namespace

LossValue sup_con_streamed(const at::Tensor& u, const at::Tensor& labels, double temperature, int64_t tile) {
  check_row_labels(u, labels);
  const auto result = SupConFunction::apply(u.to(at::kFloat), labels.contiguous(), temperature, tile);
  return {result[0], result[1]};
}

LossValue sup_con_dense(const at::Tensor& u, const at::Tensor& labels, double temperature) {
  check_row_labels(u, labels);
  const at::Tensor z = u * u.square().sum(1, true).clamp_min(1e-12).rsqrt();
  const at::Tensor self = at::eye(u.size(0), z.options().dtype(at::kBool));
  const at::Tensor s = at::mm(z, z.t()).div(temperature);
  const at::Tensor others = s.masked_fill(self, -std::numeric_limits<double>::infinity());
  const at::Tensor positive =
      labels.unsqueeze(1).eq(labels.unsqueeze(0)).logical_and(self.logical_not()).to(z.scalar_type());
  const at::Tensor count = positive.sum(1), anchor = count.gt(0).to(z.scalar_type());
  const at::Tensor row = others.logsumexp(1) - (s * positive).sum(1) / count.clamp_min(1);
  const at::Tensor right = labels.index_select(0, others.detach().argmax(1)).eq(labels).to(at::kFloat).mean();
  return {(row * anchor).sum() / anchor.sum().clamp_min(1), right};
}

std::unique_ptr<Loss> make_sup_con(const Spec& spec, const ClassShares& shares) {
  auto loss = std::make_unique<SupCon>();
  configure(loss->fields(), spec, "loss");
  loss->shares = shares;
  return loss;
}

}  // namespace simclr
