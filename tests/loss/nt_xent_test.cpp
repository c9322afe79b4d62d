#include "loss/nt_xent.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random.hpp"
#include "loss/golden_matrix.hpp"

namespace simclr {
namespace {

using Json = nlohmann::json;

Json ntxent_golden() {
  std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/ntxent.json");
  return Json::parse(file);
}

at::Tensor random_rows(int64_t rows, int64_t width, uint64_t stream = 0) {
  Random random({.seed = 11, .index = stream}, 0);
  at::Tensor result = at::empty({rows, width});
  for (int64_t i = 0; i < result.numel(); ++i)
    result.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  return result;
}

struct Evaluated {
  double loss, top1;
  at::Tensor gradient;
};

template <class Function>
Evaluated evaluate(const at::Tensor& rows, const Function& function) {
  const at::Tensor u = rows.detach().clone().requires_grad_(true);
  const LossValue value = function(u);
  value.loss.backward();
  return {value.loss.item<double>(), value.top1.item<double>(), u.grad()};
}

Evaluated streamed(const at::Tensor& rows, double temperature, int64_t tile = 128) {
  return evaluate(rows.to(at::kFloat),
                  [&](const at::Tensor& u) { return nt_xent_streamed(u, temperature, tile); });
}

Evaluated dense(const at::Tensor& rows, double temperature) {  // in float64: the oracle
  return evaluate(rows.to(at::kDouble), [&](const at::Tensor& u) { return nt_xent_dense(u, temperature); });
}

double relative(const at::Tensor& ours, const at::Tensor& golden) {
  const at::Tensor expected = golden.to(at::kDouble);
  return ((ours.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

// The definition, in double, pair by pair.
double by_hand(const at::Tensor& rows, double temperature) {
  const at::Tensor u = rows.to(at::kDouble).contiguous();
  const int64_t count = u.size(0);
  const int64_t width = u.size(1);
  const double* x = u.const_data_ptr<double>();
  const auto dot = [&](int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t k = 0; k < width; ++k) sum += x[i * width + k] * x[j * width + k];
    return sum;
  };
  double total = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto s = [&](int64_t j) { return dot(i, j) / std::sqrt(dot(i, i) * dot(j, j)) / temperature; };
    double sum = 0;
    const double positive = s((i + count / 2) % count);
    for (int64_t j = 0; j < count; ++j)
      if (j != i) sum += std::exp(s(j) - positive);
    total += std::log(sum);
  }
  return total / static_cast<double>(count);
}

TEST(NtXentTest, GoldenLossGradientAndTop1) {
  const Json golden = ntxent_golden();
  ASSERT_EQ(golden["cases"].size(), 5U);
  for (const auto& one : golden["cases"]) {
    const double tau = one["tau"];
    for (const auto& ours : {streamed(golden_matrix(one["u"]), tau), dense(golden_matrix(one["u"]), tau)}) {
      const double expected = one["loss_mean_over_2N"];
      EXPECT_NEAR(ours.loss, expected, 1e-5 * expected);
      EXPECT_NEAR(2 * ours.loss, one["loss_tf_simclr"].get<double>(),
                  2e-5 * expected);  // Google's is twice ours
      EXPECT_LT(relative(ours.gradient, golden_matrix(one["dL_du"])), 1e-5);
      EXPECT_FLOAT_EQ(static_cast<float>(ours.top1), one["contrastive_top1"].get<float>());
    }
  }
}

TEST(NtXentTest, GoldenCollapse) {
  for (const auto& one : ntxent_golden()["collapse"]) {
    const int64_t images = one["N"];
    const double expected = one["loss_all_identical"];
    EXPECT_NEAR(streamed(at::ones({2 * images, 16}), 0.1).loss, expected, 1e-5 * expected + 1e-6);
    EXPECT_NEAR(make_loss("nt_xent")->chance(images), expected, 1e-12);
  }
}

TEST(NtXentTest, GoldenLowerBound) {
  for (const auto& one : ntxent_golden()["lower"]) {
    const int64_t images = one["N"];
    const double tau = one["tau"];
    const double expected = one["loss"];
    const auto loss = make_loss("nt_xent(temperature=" + std::to_string(tau) + ")");
    EXPECT_NEAR(loss->floor(images), expected, 1e-9 * expected);
    if (images > 512) continue;
    const auto ours = streamed(at::cat({at::eye(images), at::eye(images)}), tau);
    EXPECT_NEAR(ours.loss, expected, 1e-5 * expected + 1e-6);
    EXPECT_EQ(ours.top1, 1);
  }
}

TEST(NtXentTest, EqualsTheDefinitionOverAGrid) {
  for (const int64_t images : {1, 2, 3, 5, 9})
    for (const int64_t width : {1, 2, 3, 8, 31, 33})
      for (const double tau : {0.02, 0.03, 0.07, 0.2, 1.0}) {
        const at::Tensor u = random_rows(2 * images, width, static_cast<uint64_t>(images * 100 + width));
        const double expected = by_hand(u, tau);
        const auto ours = streamed(u, tau);
        const auto twin = dense(u, tau);
        // Similarities of float32 rows are off by some 1e-7, and are divided by tau.
        EXPECT_NEAR(ours.loss, expected, 1e-5 * expected + 3e-7 / tau)
            << images << ' ' << width << ' ' << tau;
        EXPECT_NEAR(twin.loss, expected, 1e-5 * expected + 3e-7 / tau)
            << images << ' ' << width << ' ' << tau;
        if (width == 1 || images == 1) continue;  // no gradient; z is 1 or -1: all ties
        EXPECT_EQ(ours.top1, twin.top1);
        EXPECT_LT(relative(ours.gradient, twin.gradient), 1e-5 + 1e-6 / tau)
            << images << ' ' << width << ' ' << tau;
      }
}

// More than one tile, with a last one partly filled; temperatures on both sides of the fixed maximum.
TEST(NtXentTest, EqualsTheDenseTwin) {
  for (const int64_t images : {64, 100, 257})
    for (const double tau : {0.005, 0.02, 0.05, 0.1, 0.5, 10.0}) {
      at::Tensor u = random_rows(2 * images, 48);
      u.narrow(0, images, images)
          .add_(u.narrow(0, 0, images), tau < 0.01 ? 0.5 : 1.5);  // positives that are alike
      const auto ours = streamed(u, tau);
      const auto twin = dense(u, tau);
      EXPECT_NEAR(ours.loss, twin.loss, (1e-6 + 2e-7 / tau) * twin.loss + 1e-15) << images << ' ' << tau;
      EXPECT_LT(relative(ours.gradient, twin.gradient), 1e-6 + 5e-7 / tau) << images << ' ' << tau;
      EXPECT_NEAR(ours.top1, twin.top1, 1e-6);
      EXPECT_GT(ours.top1, 0.5);
    }
}

// Far below where 1 - P is lost to rounding: the value and the gradient of what is left.
TEST(NtXentTest, StaysExactWhenAlmostAllIsLearnt) {
  const int64_t images = 40;
  const double tau = 0.05;
  const at::Tensor u = at::cat({at::eye(images), at::eye(images)});
  const double expected = std::log1p((2.0 * images - 2) * std::exp(-1 / tau));  // 1.6e-7
  const auto ours = streamed(u, tau);
  EXPECT_NEAR(ours.loss, expected, 1e-5 * expected);
  // Every negative pulls its share along an axis of its own: 4 e^{-1/tau} / (M tau) off the diagonal.
  const double entry = 4 * std::exp(-1 / tau) / (2.0 * images * tau);
  EXPECT_NEAR(ours.gradient.abs().max().item<double>(), entry, 1e-5 * entry);
}

TEST(NtXentTest, GradientEqualsFiniteDifferences) {
  const at::Tensor u = random_rows(10, 6);
  for (const double tau : {0.02, 0.1, 1.0}) {
    const at::Tensor gradient = streamed(u, tau).gradient;
    for (int64_t i = 0; i < u.numel(); i += 7) {
      const double step = 1e-5;
      at::Tensor up = u.to(at::kDouble);
      at::Tensor down = up.clone();
      up.mutable_data_ptr<double>()[i] += step;
      down.mutable_data_ptr<double>()[i] -= step;
      const double slope = (by_hand(up, tau) - by_hand(down, tau)) / (2 * step);
      EXPECT_NEAR(static_cast<double>(gradient.const_data_ptr<float>()[i]), slope,
                  1e-5 * std::abs(slope) + 3e-6 / tau);
    }
  }
}

TEST(NtXentTest, OrderOfImagesDoesNotMatter) {
  const int64_t images = 150;
  const at::Tensor u = random_rows(2 * images, 24);
  const at::Tensor moved = u.view({2, images, 24}).roll(41, 1).flip(0).reshape({2 * images, 24});
  const auto one = streamed(u, 0.1);
  const auto other = streamed(moved, 0.1);
  EXPECT_NEAR(one.loss, other.loss, 1e-6 * one.loss);
  EXPECT_NEAR(one.top1, other.top1, 1e-6);
  const at::Tensor back = other.gradient.view({2, images, 24}).flip(0).roll(-41, 1).reshape({2 * images, 24});
  EXPECT_LT(relative(back, one.gradient), 1e-5);
}

TEST(NtXentTest, LengthOfRowsDoesNotMatterAndGradientIsOrthogonal) {
  const at::Tensor u = random_rows(200, 32);
  const auto one = streamed(u, 0.1);
  for (const double factor : {1e-3, 64.0, 1e15}) {
    const auto scaled = streamed(u * factor, 0.1);
    EXPECT_NEAR(scaled.loss, one.loss, 2e-6 * one.loss);
    EXPECT_LT(relative(scaled.gradient.to(at::kDouble) * factor, one.gradient), 1e-5);
  }
  const at::Tensor along = (one.gradient * u).sum(1).abs();
  EXPECT_LT((along / (one.gradient.norm(2, 1) * u.norm(2, 1))).max().item<double>(), 1e-5);
}

TEST(NtXentTest, TileSizeDoesNotMatter) {
  for (const double tau : {0.01, 0.1}) {
    const at::Tensor u = random_rows(330, 40);
    const auto one = streamed(u, tau, 32);
    for (const int64_t tile : {64, 96, 128, 256, 512}) {
      const auto other = streamed(u, tau, tile);
      EXPECT_NEAR(other.loss, one.loss, 1e-6 * one.loss);
      EXPECT_LT(relative(other.gradient, one.gradient), 3e-6);
      EXPECT_EQ(other.top1, one.top1);
    }
  }
}

TEST(NtXentTest, SameBitsForAnyNumberOfThreadsAndEveryTime) {
  const int threads = at::get_num_threads();
  for (const double tau : {0.02, 0.1})
    for (const int64_t rows : {6, 200, 1500}) {
      const at::Tensor u = random_rows(rows, 40);
      at::set_num_threads(1);
      const auto one = streamed(u, tau);
      for (const int count : {1, 2, 3, 4, 5}) {
        at::set_num_threads(count);
        const auto other = streamed(u, tau);
        EXPECT_EQ(other.loss, one.loss);
        EXPECT_EQ(other.top1, one.top1);
        EXPECT_TRUE(other.gradient.equal(one.gradient)) << count << " threads, " << rows << " rows";
      }
    }
  at::set_num_threads(threads);
}

TEST(NtXentTest, OneImageHasNothingToTellApart) {
  for (const double tau : {0.01, 0.1}) {
    const auto ours = streamed(random_rows(2, 16), tau);
    EXPECT_EQ(ours.loss, 0);
    EXPECT_EQ(ours.gradient.abs().max().item<double>(), 0);
    EXPECT_EQ(ours.top1, 1);
  }
}

TEST(NtXentTest, RowsOfZerosAndTinyRowsStayFiniteAndEqualTheTwin) {
  at::Tensor u = random_rows(20, 8);
  u.narrow(0, 3, 2).zero_();
  u.narrow(0, 12, 1).mul_(1e-8);
  const auto ours = streamed(u, 0.1);
  const auto twin = dense(u, 0.1);
  EXPECT_NEAR(ours.loss, twin.loss, 1e-6 * twin.loss);
  EXPECT_TRUE(ours.gradient.isfinite().all().item<bool>());
  EXPECT_LT(relative(ours.gradient, twin.gradient), 1e-5);
  const auto nothing = streamed(at::zeros({20, 8}), 0.1);
  EXPECT_NEAR(nothing.loss, std::log(19), 1e-5);
  EXPECT_TRUE(nothing.gradient.isfinite().all().item<bool>());
}

TEST(NtXentTest, NanAndInfinityAreNotHidden) {
  for (const double tau : {0.01, 0.1})
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      at::Tensor u = random_rows(300, 8);
      u.narrow(0, 170, 1).narrow(1, 3, 1).fill_(bad);
      EXPECT_FALSE(std::isfinite(streamed(u, tau).loss));
    }
}

TEST(NtXentTest, Top1CountsATieAsAHit) {
  at::Tensor u = at::eye(4);
  u = at::cat({u, u});
  EXPECT_EQ(streamed(u, 0.1).top1, 1);
  u = at::cat({u.narrow(0, 0, 4), u.narrow(0, 0, 4).roll(1, 0)});  // every other view is that of a neighbour
  EXPECT_EQ(streamed(u, 0.1).top1, 0);
  EXPECT_EQ(streamed(at::ones({8, 3}), 0.1).top1, 1);
}

TEST(NtXentTest, GradientFollowsWhatComesAfterTheLoss) {
  const at::Tensor u = random_rows(30, 8);
  const auto one = streamed(u, 0.1);
  const auto tripled = evaluate(u, [](const at::Tensor& rows) {
    LossValue value = nt_xent_streamed(rows.mul(2).div(2), 0.1);
    value.loss = value.loss * 3;
    return value;
  });
  EXPECT_LT(relative(tripled.gradient, one.gradient * 3), 1e-6);
}

TEST(NtXentTest, TakesHalfPrecisionRowsAndSlicesAndCountsInFloat) {
  const at::Tensor u = random_rows(40, 16);
  const at::Tensor half = u.to(at::kBFloat16);
  const LossValue value = nt_xent_streamed(half.detach().requires_grad_(true), 0.1);
  EXPECT_EQ(value.loss.scalar_type(), at::kFloat);
  EXPECT_NEAR(value.loss.item<double>(), by_hand(half, 0.1), 1e-5 * value.loss.item<double>());
  const at::Tensor wide = at::cat({u, u}, 1).narrow(1, 0, 16);
  EXPECT_EQ(nt_xent_streamed(wide, 0.1).loss.item<double>(), nt_xent_streamed(u, 0.1).loss.item<double>());
}

TEST(NtXentTest, Top1HasNoGradientAndNoGradModeKeepsNoGraph) {
  const at::Tensor u = random_rows(40, 16).requires_grad_(true);
  EXPECT_FALSE(nt_xent_streamed(u, 0.1).top1.requires_grad());
  const at::NoGradGuard off;
  EXPECT_FALSE(nt_xent_streamed(u, 0.1).loss.requires_grad());
}

TEST(NtXentTest, RefusesASecondDerivative) {
  const at::Tensor u = random_rows(8, 4).requires_grad_(true);
  const LossValue value = nt_xent_streamed(u, 0.1);
  EXPECT_THROW(value.loss.backward({}, std::nullopt, true), Error);
}

TEST(NtXentTest, MemoryIsThatOfRowsNotOfPairs) {
  const int64_t images = 4096;
  const at::Tensor u = random_rows(2 * images, 128).requires_grad_(true);
  int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> resident >> resident;
  const double before = static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
  nt_xent_streamed(u, 0.1).loss.backward();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double mib = (static_cast<double>(usage.ru_maxrss) * 1024 - before) / (1 << 20);
  RecordProperty("peak_mib", std::to_string(mib));
  EXPECT_LT(mib, 64);  // the matrix of pairs alone would be 256
}

TEST(NtXentTest, RefusesRowsThatAreNotTwoViews) {
  for (const auto& u :
       {at::ones({3, 4}), at::ones({0, 4}), at::ones({4}), at::ones({2, 2, 2}), at::ones({4, 0})})
    EXPECT_THROW(nt_xent_streamed(u, 0.1), Error);
}

}  // namespace
}  // namespace simclr
