#include "eval/feature_covariance.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "eval/matrix_view.hpp"

namespace simclr {

FeatureCovariance::FeatureCovariance(const Table& standardised) {
  const at::Tensor x = float_view(standardised.values.data(), standardised.rows, standardised.width);
  const auto width = static_cast<int64_t>(standardised.width);
  at::Tensor gram = at::empty({width, width}, at::kFloat);
  at::mm_out(gram, x.t(), x);
  const auto [values, vectors] = at::linalg_eigh(gram);
  const at::Tensor value = values.contiguous(), vector = vectors.contiguous();
  values_.assign(value.const_data_ptr<float>(), value.const_data_ptr<float>() + width);
  vectors_.assign(vector.const_data_ptr<float>(), vector.const_data_ptr<float>() + width * width);
  const double least = 1e-6 * values_.back();  // below this, rounding
  for (double& one : values_) one = std::max(one, least) / static_cast<double>(standardised.rows);
}

void FeatureCovariance::apply_inverse(std::span<double> parameters, size_t classes, double penalty) const {
  const size_t width = values_.size();
  const double guess = static_cast<double>(classes - 1) / static_cast<double>(classes * classes);
  std::vector<double> turned(classes * width);
  at::Tensor weight = double_view(parameters.data(), classes, width);
  at::Tensor along = double_view(turned.data(), classes, width);
  const at::Tensor axes = double_view(vectors_.data(), width, width);
  at::mm_out(along, weight, axes);
  for (size_t i = 0; i < turned.size(); ++i) turned[i] /= guess * values_[i % width] + penalty;
  at::mm_out(weight, along, axes.t());
  for (size_t i = turned.size(); i < parameters.size(); ++i) parameters[i] /= guess;
}

}  // namespace simclr
