#include "optim/gradients.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <algorithm>
#include <cmath>

namespace simclr {
namespace {

constexpr int64_t chunk_elements = 1 << 15;

struct NormChunk {
  const float* data;
  int64_t count;
  size_t tensor;
};

double squared_sum(const NormChunk& chunk) {
  constexpr int lanes = 8;
  double sums[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= chunk.count; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) {
      const auto value = static_cast<double>(chunk.data[i + lane]);
      sums[lane] += value * value;
    }
  for (; i < chunk.count; ++i)
    sums[0] += static_cast<double>(chunk.data[i]) * static_cast<double>(chunk.data[i]);
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

bool is_plain(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_non_overlapping_and_dense();
}

}  // namespace

std::vector<double> squared_norms(const std::vector<at::Tensor>& tensors) {
  const at::NoGradGuard no_grad;
  std::vector<double> result(tensors.size(), 0);
  std::vector<NormChunk> chunks;
  for (size_t t = 0; t < tensors.size(); ++t) {
    if (!is_plain(tensors[t])) {
      const auto norm = at::linalg_vector_norm(tensors[t], 2, at::OptionalIntArrayRef{}, false, at::kDouble);
      result[t] = std::pow(norm.item<double>(), 2);
      continue;
    }
    const int64_t count = tensors[t].numel();
    for (int64_t at_element = 0; at_element < count; at_element += chunk_elements)
      chunks.push_back(
          {tensors[t].const_data_ptr<float>() + at_element, std::min(chunk_elements, count - at_element), t});
  }
  std::vector<double> sums(chunks.size());
  at::parallel_for(0, static_cast<int64_t>(chunks.size()), 4, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      sums[i] = squared_sum(chunks[i]);
  });
  for (size_t i = 0; i < chunks.size(); ++i) result[chunks[i].tensor] += sums[i];
  return result;
}

double gradient_norm(const Parameters& parameters) {
  std::vector<at::Tensor> gradients;
  for (const auto* list : {&parameters.weights, &parameters.excluded})
    for (const auto& parameter : *list)
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  double total = 0;
  for (const double squared : squared_norms(gradients)) total += squared;
  return std::sqrt(total);
}

}  // namespace simclr
