#include "eval/softmax_objective.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>

#include "eval/matrix_view.hpp"

namespace simclr {
namespace {

// Logits become probabilities; returns the sum of the cross-entropies where labels are given.
double softmax_rows(float* logits, size_t rows, size_t classes, const float* bias, const int32_t* labels) {
  double loss = 0;
  for (size_t i = 0; i < rows; ++i) {
    float* const row = logits + i * classes;
    float most = row[0] + bias[0];
    for (size_t c = 0; c < classes; ++c) {
      row[c] += bias[c];
      most = std::max(most, row[c]);
    }
    const float own = row[labels[i]] - most;
    float sum = 0;
    for (size_t c = 0; c < classes; ++c) sum += row[c] = std::exp(row[c] - most);
    for (size_t c = 0; c < classes; ++c) row[c] /= sum;
    loss += std::log(double{sum}) - double{own};
  }
  return loss;
}

}  // namespace

size_t cached_rows(size_t width) {
  return std::clamp<size_t>((size_t{1} << 18) / width, 64, 4096);
}

SoftmaxObjective::SoftmaxObjective(const Table& features, Labels labels, size_t classes, double c)
    : features_(features),
      labels_(labels),
      width_(features.width),
      classes_(classes),
      penalty_(1 / (c * static_cast<double>(labels.size()))),
      tile_(cached_rows(features.width)) {
  const size_t tiles = (labels.size() + tile_ - 1) / tile_;
  const size_t affordable = std::max<size_t>(4, (size_t{1} << 24) / (classes * (width_ + 1)));
  groups_.resize(std::min({tiles, affordable, size_t{16}}));
  for (size_t g = 0; g <= groups_.size(); ++g) bounds_.push_back(tiles * g / groups_.size() * tile_);
  bounds_.back() = labels.size();
}

double SoftmaxObjective::operator()(std::span<const double> parameters, std::span<double> gradient) {
  const size_t weights = classes_ * width_;
  weight_.assign(parameters.begin(), parameters.begin() + static_cast<std::ptrdiff_t>(weights));
  bias_.assign(parameters.begin() + static_cast<std::ptrdiff_t>(weights), parameters.end());
  at::parallel_for(0, static_cast<int64_t>(groups_.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto g = static_cast<size_t>(begin); g < static_cast<size_t>(end); ++g) sum_group(g);
  });
  const double share = 1 / static_cast<double>(labels_.size());
  double loss = 0, square = 0;
  std::fill(gradient.begin(), gradient.end(), 0.0);
  for (const Group& group : groups_) {
    loss += group.loss;
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += group.gradient[i];
  }
  for (double& value : gradient) value *= share;
  for (size_t i = 0; i < weights; ++i) {
    gradient[i] += penalty_ * parameters[i];
    square += parameters[i] * parameters[i];
  }
  return loss * share + penalty_ / 2 * square;
}

void SoftmaxObjective::sum_group(size_t g) {
  Group& group = groups_[g];
  group.loss = 0;
  group.gradient.assign(classes_ * (width_ + 1), 0);
  group.logits.resize(tile_ * classes_);
  group.product.resize(classes_ * width_);
  for (size_t row = bounds_[g]; row < bounds_[g + 1]; row += tile_)
    add_tile(group, row, std::min(tile_, bounds_[g + 1] - row));
}

void SoftmaxObjective::add_tile(Group& group, size_t row, size_t rows) {
  const at::Tensor x = float_view(features_.values.data() + row * width_, rows, width_);
  at::Tensor p = float_view(group.logits.data(), rows, classes_);
  at::mm_out(p, x, float_view(weight_.data(), classes_, width_).t());
  group.loss += softmax_rows(group.logits.data(), rows, classes_, bias_.data(), labels_.data() + row);
  double* const bias_gradient = group.gradient.data() + classes_ * width_;
  for (size_t i = 0; i < rows; ++i) {
    group.logits[i * classes_ + static_cast<size_t>(labels_[row + i])] -= 1;
    for (size_t c = 0; c < classes_; ++c) bias_gradient[c] += double{group.logits[i * classes_ + c]};
  }
  at::Tensor product = float_view(group.product.data(), classes_, width_);
  at::mm_out(product, p.t(), x);
  for (size_t i = 0; i < group.product.size(); ++i) group.gradient[i] += double{group.product[i]};
}

}  // namespace simclr
