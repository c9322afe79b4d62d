#include "nn/norm_relu.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/utils.h>

#include "nn/batch_norm.hpp"

namespace simclr {
namespace {

using Norm = torch::nn::BatchNorm2dImpl;

std::shared_ptr<Norm> some_norm(int64_t channels) {
  auto norm = std::make_shared<Norm>(channels);
  torch::NoGradGuard guard;
  norm->weight.copy_(at::randn({channels}) * 0.5 + 1);
  norm->bias.copy_(at::randn({channels}));
  norm->running_mean.copy_(at::randn({channels}));
  return norm;
}

std::shared_ptr<Norm> same_norm(const Norm& other, at::ScalarType type) {
  auto norm = std::make_shared<Norm>(other.weight.numel());
  norm->to(type);
  torch::NoGradGuard guard;
  norm->weight.copy_(other.weight);
  norm->bias.copy_(other.bias);
  norm->running_mean.copy_(other.running_mean);
  norm->running_var.copy_(other.running_var);
  return norm;
}

double norm_distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).abs().max() / b.to(at::kDouble).abs().max()).item<double>();
}

struct NormPasses {
  at::Tensor y, dx, d_residual, d_weight, d_bias;
};

struct NormCase {
  std::vector<int64_t> sizes;
  bool residual, relu;
};

// x of mean 100: sums of plain squares would lose what is asked for.
NormPasses norm_passes(Norm& norm, const at::Tensor& x, const at::Tensor& residual, const at::Tensor& dy,
                       bool relu, bool own) {
  const auto type = norm.weight.scalar_type() == at::kDouble ? at::kDouble : x.scalar_type();
  at::Tensor input = x.to(type).detach().requires_grad_(true), other;
  if (residual.defined()) other = residual.to(type).detach().requires_grad_(true);
  const NormRelu and_then{other, relu};
  const at::Tensor y = own ? norm_relu(norm, input, and_then) : plain_norm_relu(norm, input, and_then);
  y.backward(dy.to(type));
  return {y.detach(), input.grad(), residual.defined() ? other.grad() : at::Tensor(), norm.weight.grad(),
          norm.bias.grad()};
}

class FusedNorm : public testing::TestWithParam<NormCase> {};

TEST_P(FusedNorm, EqualsTheThreeOperationsForwardAndBackward) {
  const NormCase& c = GetParam();
  torch::manual_seed(5);
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const auto draw = [&] { return at::randn(c.sizes).contiguous(at::MemoryFormat::ChannelsLast).to(type); };
    const at::Tensor x = (draw() + (type == at::kFloat ? 100 : 3)).to(type), dy = draw(),
                     residual = c.residual ? draw() : at::Tensor();
    const auto norm = some_norm(c.sizes[1]), exact_norm = same_norm(*norm, at::kDouble);
    const NormPasses exact = norm_passes(*exact_norm, x, residual, dy, c.relu, false),
                     own = norm_passes(*norm, x, residual, dy, c.relu, true);
    const double least = type == at::kFloat ? 2e-5 : 8e-3;
    EXPECT_LE(norm_distance(own.y, exact.y), least);
    EXPECT_LE(norm_distance(own.d_weight, exact.d_weight), 5 * least);
    EXPECT_LE(norm_distance(own.d_bias, exact.d_bias), least);
    EXPECT_LE(norm_distance(norm->running_mean, exact_norm->running_mean), 1e-6);
    EXPECT_LE(norm_distance(norm->running_var, exact_norm->running_var), 1e-5);
    EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
    EXPECT_EQ(own.y.scalar_type(), type);
    // Where rounding moves a value across 0 the ReLU lets another gradient through: a few values at most.
    const double differing = ((own.dx.to(at::kDouble) - exact.dx).abs() > least * exact.dx.abs().max())
                                 .to(at::kDouble)
                                 .mean()
                                 .item<double>();
    EXPECT_LE(differing, type == at::kFloat ? 1e-4 : 5e-3);
    if (c.residual) {
      EXPECT_LE(norm_distance(own.d_residual, exact.d_residual), c.relu && type != at::kFloat ? 1 : 1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Forms, FusedNorm,
    testing::Values(NormCase{{4, 64, 8, 8}, false, true}, NormCase{{4, 64, 8, 8}, true, true},
                    NormCase{{3, 12, 5, 7}, true, true}, NormCase{{3, 24, 5, 7}, true, true},
                    NormCase{{3, 24, 5, 7}, true, false}, NormCase{{64, 16, 16, 16}, false, false},
                    NormCase{{16, 512, 1, 1}, false, true}));

TEST(NormRelu, BitsDoNotDependOnTheThreads) {
  torch::manual_seed(6);
  const at::Tensor x = at::randn({40, 32, 9, 9}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto norm = some_norm(32), other = same_norm(*norm, at::kFloat);
  const int threads = at::get_num_threads();
  const NormPasses first = norm_passes(*norm, x, {}, x, true, true);
  at::set_num_threads(threads == 1 ? 2 : 1);
  const NormPasses second = norm_passes(*other, x, {}, x, true, true);
  at::set_num_threads(threads);
  EXPECT_TRUE(first.y.equal(second.y));
  EXPECT_TRUE(first.dx.equal(second.dx));
  EXPECT_TRUE(first.d_weight.equal(second.d_weight));
}

TEST(NormRelu, InEvaluationItIsTheModule) {
  torch::manual_seed(7);
  const at::Tensor x = at::randn({4, 16, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto norm = some_norm(16);
  norm->eval();
  const at::Tensor before = norm->running_mean.clone();
  EXPECT_TRUE(norm_relu(*norm, x, {}).equal(norm->forward(x).relu()));
  EXPECT_TRUE(norm->running_mean.equal(before));
}

TEST(NormRelu, CumulativeStatisticsAreTheMeanOverBatches) {
  torch::manual_seed(8);
  auto norm = std::make_shared<Norm>(16);
  std::vector<at::Tensor> batches;
  for (int i = 0; i < 3; ++i)
    batches.push_back(at::randn({4, 16, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast) + i);
  {
    const BatchNormStatistics collect(*norm);
    for (const auto& x : batches) norm_relu(*norm, x, {});
  }
  const at::Tensor mean =
      (batches[0].mean({0, 2, 3}) + batches[1].mean({0, 2, 3}) + batches[2].mean({0, 2, 3})) / 3;
  EXPECT_LE(norm_distance(norm->running_mean, mean), 1e-6);
}

TEST(NormRelu, NanStaysNan) {
  at::Tensor x = at::randn({4, 16, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  x.mutable_data_ptr<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    auto norm = std::make_shared<Norm>(16);
    EXPECT_TRUE(norm_relu(*norm, x.to(type), {}).select(1, 0).isnan().all().item<bool>());
  }
}

}  // namespace
}  // namespace simclr
