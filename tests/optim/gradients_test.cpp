#include "optim/gradients.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"

namespace simclr {
namespace {

at::Tensor gradient_numbers(int64_t count, uint64_t stream) {
  Random random({.seed = 4, .index = stream}, 0);
  at::Tensor result = at::empty({count});
  for (int64_t i = 0; i < count; ++i)
    result.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  return result;
}

at::Tensor with_gradient(const at::Tensor& gradient) {
  at::Tensor parameter = at::zeros_like(gradient).requires_grad_(true);
  parameter.mutable_grad() = gradient;
  return parameter;
}

TEST(GradientsTest, SquaredNormsEqualTheDefinition) {
  std::vector<at::Tensor> tensors;
  for (const int64_t count : {0, 1, 7, 8, 9, 32768, 32769, 100003})
    tensors.push_back(gradient_numbers(count, static_cast<uint64_t>(count)));
  tensors.push_back(
      gradient_numbers(2 * 3 * 5 * 5, 1).view({2, 3, 5, 5}).contiguous(at::MemoryFormat::ChannelsLast));
  tensors.push_back(gradient_numbers(60, 2).view({6, 10}).narrow(1, 2, 5));  // with gaps: the plain twin
  tensors.push_back(gradient_numbers(60, 3).to(at::kDouble));
  tensors.push_back(gradient_numbers(60, 4).to(at::kBFloat16));
  const auto norms = squared_norms(tensors);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const double expected = tensors[i].to(at::kDouble).square().sum().item<double>();
    EXPECT_NEAR(norms[i], expected, 1e-12 * expected) << i;
  }
}

TEST(GradientsTest, NormRunsOverAllParametersThatHaveAGradient) {
  const Parameters parameters{{with_gradient(at::full({2, 2}, 1.0)), at::ones({3}).requires_grad_(true)},
                              {with_gradient(at::full({5}, 2.0))}};
  EXPECT_DOUBLE_EQ(gradient_norm(parameters), std::sqrt(24.0));
  EXPECT_EQ(gradient_norm({}), 0);
}

TEST(GradientsTest, FiniteExactlyWhenEveryElementIs) {
  const at::Tensor large = with_gradient(at::full({1000}, std::numeric_limits<float>::max()));
  EXPECT_TRUE(std::isfinite(gradient_norm({{large}, {}})));
  for (const float bad : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()}) {
    at::Tensor gradient = at::ones({100000});
    gradient.narrow(0, 77777, 1).fill_(bad);
    EXPECT_FALSE(std::isfinite(gradient_norm({{large}, {with_gradient(gradient)}})));
  }
}

TEST(GradientsTest, SameBitsForAnyNumberOfThreads) {
  const std::vector<at::Tensor> tensors = {gradient_numbers(1000003, 1), gradient_numbers(500, 2)};
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = squared_norms(tensors);
  at::set_num_threads(3);
  EXPECT_EQ(squared_norms(tensors), one);
  at::set_num_threads(threads);
}

}  // namespace
}  // namespace simclr
