#include "nn/batch_norm.hpp"

#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/utils.h>

#include "nn/encoder.hpp"
#include "nn/head.hpp"
#include "nn/weights.hpp"

namespace simclr {
namespace {

TEST(BatchNormStatistics, AreThePlainMeanOverBatches) {
  torch::nn::BatchNorm1d norm(3);
  norm->eval();
  norm->running_mean.fill_(7);
  std::vector<at::Tensor> batches;
  for (int i = 0; i < 5; ++i) batches.push_back(at::randn({16, 3}) * (i + 1) + i);
  at::Tensor mean = at::zeros(3), variance = at::zeros(3);
  {
    BatchNormStatistics statistics(*norm);
    for (const auto& batch : batches) {
      EXPECT_FALSE(norm->forward(batch).requires_grad());
      mean += batch.mean(0) / 5;
      variance += batch.var(0, true) / 5;
    }
  }
  EXPECT_TRUE(norm->running_mean.allclose(mean, 1e-5, 1e-5));
  EXPECT_TRUE(norm->running_var.allclose(variance, 1e-5, 1e-5));
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 5);
}

TEST(BatchNormStatistics, RestoresModeAndMomentumOfEveryNorm) {
  const auto encoder = make_encoder("resnet18(width=0.125)", 3, 16);
  encoder->eval();
  {
    BatchNormStatistics statistics(*encoder);
    for (const auto& module : encoder->modules(false))
      if (const auto* norm = module->as<torch::nn::BatchNorm2d>()) {
        EXPECT_TRUE(norm->is_training());
        EXPECT_FALSE(norm->options.momentum().has_value());
      }
    encoder->forward(at::randn({8, 3, 16, 16}));
  }
  int norms = 0;
  for (const auto& module : encoder->modules(false))
    if (const auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      ++norms;
      EXPECT_FALSE(norm->is_training());
      EXPECT_EQ(norm->options.momentum(), std::optional<double>(0.1));
    }
  EXPECT_EQ(norms, 20);
  EXPECT_TRUE(at::GradMode::is_enabled());
}

// With one batch the statistics are that batch's: evaluation then equals training, but for the unbiased
// variance.
TEST(BatchNormStatistics, OfOneBatchMakeEvaluationAgreeWithTraining) {
  torch::manual_seed(8);
  const auto encoder = make_encoder("resnet18(width=0.25,zero_init=false)", 3, 32);
  const at::Tensor x = at::rand({64, 3, 32, 32}) * 3 + 2;
  at::Tensor training;
  {
    BatchNormStatistics statistics(*encoder);
    training = encoder->forward(x);
  }
  const at::NoGradGuard no_grad;
  encoder->eval();
  EXPECT_LT((encoder->forward(x) - training).norm().item<double>(), 0.02 * training.norm().item<double>());
  reset_batch_norm(*encoder);
  EXPECT_GT((encoder->forward(x) - training).norm().item<double>(), 0.2 * training.norm().item<double>());
  for (const auto& [name, tensor] : named_tensors(*encoder)) {
    if (name.ends_with("running_mean") || name.ends_with("num_batches_tracked")) {
      EXPECT_FALSE(tensor.any().item<bool>());
    }
    if (name.ends_with("running_var")) {
      EXPECT_TRUE(tensor.eq(1).all().item<bool>());
    }
  }
}

TEST(BatchNormStatistics, CoverTheHeadToo) {
  const auto head = make_head("mlp(out=4)", 6);
  {
    BatchNormStatistics statistics(*head);
    for (int i = 0; i < 3; ++i) head->forward(at::randn({8, 6}));
  }
  for (const auto& [name, tensor] : named_tensors(*head))
    if (name == "layers.1.num_batches_tracked") {
      EXPECT_EQ(tensor.item<int64_t>(), 3);
    }
}

}  // namespace
}  // namespace simclr
