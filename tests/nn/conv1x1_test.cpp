#include "nn/conv1x1.hpp"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <algorithm>

#include "nn/conv3x3.hpp"

namespace simclr {
namespace {

struct PointCase {
  int64_t images, height, width, in, out, stride;
  bool residual, relu;
};

void PrintTo(const PointCase& c, std::ostream* out) {
  *out << c.images << 'x' << c.height << 'x' << c.width << ' ' << c.in << "->" << c.out << " /" << c.stride
       << (c.residual ? " + residual" : "") << (c.relu ? " relu" : "");
}

// Over all values, and at the one that is furthest off.
double apart(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).norm() / b.to(at::kDouble).norm()).item<double>();
}
double furthest(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).abs().max() / b.to(at::kDouble).abs().max()).item<double>();
}

class Autocast {
 public:
  Autocast() {
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Autocast() {
    at::autocast::set_autocast_enabled(at::kCPU, false);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
};

struct Input {
  at::Tensor x, w, gamma, beta, residual, d_out;

  explicit Input(const PointCase& c) {
    const auto layout = at::MemoryFormat::ChannelsLast;
    const int64_t height = (c.height + c.stride - 1) / c.stride, width = (c.width + c.stride - 1) / c.stride;
    const auto pictures = [&](int64_t channels, int64_t h, int64_t wide) {
      return at::randn({c.images, channels, h, wide}).to(at::kBFloat16).contiguous(layout);
    };
    x = pictures(c.in, c.height, c.width);
    w = at::randn({c.out, c.in, 1, 1}).to(at::kBFloat16).to(at::kFloat) / 16;
    gamma = at::rand({c.out}) + 0.5;
    beta = at::randn({c.out}) / 2;
    if (c.residual) residual = pictures(c.out, height, width);
    d_out = pictures(c.out, height, width);
  }
};

struct Result {
  at::Tensor out, dx, dw, d_gamma, d_beta, d_residual, running_mean, running_var;
};

Result result_of(const Input& input, const PointCase& c, at::ScalarType type) {
  const auto leaf = [&](const at::Tensor& t, at::ScalarType as) {
    return t.defined() ? t.detach().clone().to(as).requires_grad_(true) : t;
  };
  const at::ScalarType weights = type == at::kBFloat16 ? at::kFloat : type;
  const at::Tensor x = leaf(input.x, type), w = leaf(input.w, weights), residual = leaf(input.residual, type);
  torch::nn::BatchNorm2dImpl norm(c.out);
  norm.to(weights);
  norm.weight.detach().copy_(input.gamma);
  norm.bias.detach().copy_(input.beta);
  const at::Tensor out = conv1x1_norm_relu(x, w, c.stride, norm, {residual, c.relu});
  out.backward(input.d_out.to(type));
  return {out.detach(),       x.grad(),         w.grad(),
          norm.weight.grad(), norm.bias.grad(), residual.defined() ? residual.grad() : at::Tensor(),
          norm.running_mean,  norm.running_var};
}

class PointConvolution : public testing::TestWithParam<PointCase> {
 protected:
  void SetUp() override { torch::manual_seed(1); }
};

// Both in bfloat16 against double: the own way is no further off than ATen's operations.
TEST_P(PointConvolution, IsAsNearToTheExactGradientsAsATensOperations) {
  const PointCase c = GetParam();
  const Input input(c);
  const Result exact = result_of(input, c, at::kDouble);
  const Autocast autocast;
  const Result own = result_of(input, c, at::kBFloat16);
  const Result plain = [&] {
    const PlainConvolutions switched_off;
    return result_of(input, c, at::kBFloat16);
  }();
  const auto near = [&](at::Tensor Result::*one, double least) {
    EXPECT_LE(apart(own.*one, exact.*one), std::max(least, 1.05 * apart(plain.*one, exact.*one)));
    EXPECT_LE(furthest(own.*one, exact.*one), std::max(4 * least, 1.5 * furthest(plain.*one, exact.*one)));
  };
  EXPECT_EQ(own.out.scalar_type(), at::kBFloat16);
  EXPECT_EQ(own.dx.scalar_type(), at::kBFloat16);
  EXPECT_EQ(own.dw.scalar_type(), at::kFloat);
  EXPECT_EQ(own.dx.strides(), input.x.strides());
  near(&Result::out, 0.004);
  near(&Result::dx, 0.004);
  near(&Result::dw, 0.002);
  near(&Result::d_gamma, 0.002);
  near(&Result::d_beta, 0.002);
  if (c.residual) near(&Result::d_residual, 0.002);
  EXPECT_LE(furthest(own.running_mean, exact.running_mean), 0.005);
  EXPECT_LE(furthest(own.running_var, exact.running_var), 0.005);
}

// Rows that fill no tile or block, an odd number of them, a stride that skips rows, one block and many.
INSTANTIATE_TEST_SUITE_P(
    Shapes, PointConvolution,
    testing::Values(PointCase{2, 8, 8, 64, 32, 1, false, true}, PointCase{3, 7, 5, 32, 96, 1, true, true},
                    PointCase{1, 3, 3, 32, 32, 1, false, false}, PointCase{2, 9, 7, 64, 128, 2, false, false},
                    PointCase{3, 8, 8, 96, 64, 2, true, true}, PointCase{5, 14, 14, 256, 64, 1, false, true},
                    PointCase{4, 7, 7, 64, 512, 1, true, true}, PointCase{1, 4, 3, 32, 64, 2, false, true}));

TEST(Conv1x1, WhereItDoesNotFitItIsATens) {
  torch::manual_seed(2);
  const PointCase narrow{2, 6, 6, 24, 40, 1, false, true};
  const Input input(narrow);
  const Result own = result_of(input, narrow, at::kFloat), exact = result_of(input, narrow, at::kDouble);
  EXPECT_LE(furthest(own.out, exact.out), 1e-5);
  EXPECT_LE(furthest(own.dx, exact.dx), 1e-5);
  EXPECT_LE(furthest(own.dw, exact.dw), 1e-5);
}

// finetune freezes blocks: what isn't asked for isn't made.
TEST(Conv1x1, GivesOnlyTheGradientsAskedFor) {
  torch::manual_seed(3);
  const PointCase c{2, 6, 6, 64, 32, 1, false, true};
  const Input input(c);
  const Autocast autocast;
  const Result all = result_of(input, c, at::kBFloat16);
  for (const bool of_x : {true, false}) {
    const at::Tensor x = input.x.detach().clone().requires_grad_(of_x),
                     w = input.w.detach().clone().requires_grad_(!of_x);
    torch::nn::BatchNorm2dImpl norm(c.out);
    norm.weight.detach().copy_(input.gamma);
    norm.bias.detach().copy_(input.beta);
    conv1x1_norm_relu(x, w, 1, norm, {}).backward(input.d_out);
    EXPECT_EQ(x.grad().defined(), of_x);
    EXPECT_EQ(w.grad().defined(), !of_x);
    EXPECT_TRUE(of_x ? x.grad().equal(all.dx) : w.grad().equal(all.dw));
  }
}

TEST(Conv1x1, RefusesAResidualOfAnotherSize) {
  const PointCase c{2, 6, 6, 64, 32, 1, true, true};
  Input input(c);
  input.residual = input.residual.slice(2, 0, 3).contiguous(at::MemoryFormat::ChannelsLast);
  const Autocast autocast;
  torch::nn::BatchNorm2dImpl norm(c.out);
  EXPECT_THROW(conv1x1_norm_relu(input.x, input.w, 1, norm, {input.residual, true}), c10::Error);
}

TEST(Conv1x1, GivesTheSameBitsAgain) {
  torch::manual_seed(4);
  const PointCase c{5, 14, 14, 128, 64, 1, true, true};
  const Input input(c);
  const Autocast autocast;
  const Result first = result_of(input, c, at::kBFloat16), second = result_of(input, c, at::kBFloat16);
  EXPECT_TRUE(first.dx.equal(second.dx));
  EXPECT_TRUE(first.dw.equal(second.dw));
  const int threads = at::get_num_threads();
  at::set_num_threads(threads + 1);
  EXPECT_TRUE(result_of(input, c, at::kBFloat16).dx.equal(first.dx));
  at::set_num_threads(threads);
}

}  // namespace
}  // namespace simclr
