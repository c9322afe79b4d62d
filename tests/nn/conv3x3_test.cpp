#include "nn/conv3x3.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <array>
#include <cmath>

#include "nn/winograd.hpp"
#include "nn/winograd_kernels.hpp"

namespace simclr {
namespace {

struct Case {
  int64_t images, height, width, in, out;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.images << 'x' << c.height << 'x' << c.width << ' ' << c.in << "->" << c.out;
}

double worst(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).abs().max() / b.to(at::kDouble).abs().max()).item<double>();
}

struct Passes {
  at::Tensor y, dx, dw;
};

Passes passes(const at::Tensor& x, const at::Tensor& w, const at::Tensor& dy, at::ScalarType type, bool own) {
  at::Tensor input = x.to(type).detach().requires_grad_(true),
             weight = w.to(type).detach().requires_grad_(true);
  const at::Tensor y = own ? conv3x3(input, weight) : at::conv2d(input, weight, {}, 1, 1);
  y.backward(dy.to(type));
  return {y.detach(), input.grad(), weight.grad()};
}

class Convolution : public testing::TestWithParam<Case> {};

// As near to the exact result as float32 gets: within a few times the error of ATen's own convolution.
TEST_P(Convolution, EqualsTheDirectFormInAllThreePasses) {
  const Case c = GetParam();
  torch::manual_seed(1);
  for (const bool channels_last : {true, false}) {
    const auto layout = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    const at::Tensor x = at::randn({c.images, c.in, c.height, c.width}).contiguous(layout),
                     w = (at::randn({c.out, c.in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(c.in)))
                             .contiguous(layout),
                     dy = at::randn({c.images, c.out, c.height, c.width}).contiguous(layout);
    const Passes exact = passes(x, w, dy, at::kDouble, false), direct = passes(x, w, dy, at::kFloat, false),
                 own = passes(x, w, dy, at::kFloat, true);
    const double least = 8e-6;
    EXPECT_LE(worst(own.y, exact.y), std::max(least, 2 * worst(direct.y, exact.y)));
    EXPECT_LE(worst(own.dx, exact.dx), std::max(least, 2 * worst(direct.dx, exact.dx)));
    EXPECT_LE(worst(own.dw, exact.dw), std::max(2 * least, 4 * worst(direct.dw, exact.dw)));
  }
}

// Odd sides, a single row of tiles, narrow and unequal channels, several blocks of tiles, a picture of one
// tile.
INSTANTIATE_TEST_SUITE_P(Shapes, Convolution,
                         testing::Values(Case{2, 8, 8, 32, 32}, Case{3, 7, 5, 16, 48}, Case{1, 2, 2, 64, 16},
                                         Case{5, 3, 9, 32, 64}, Case{9, 16, 16, 16, 16},
                                         Case{2, 4, 4, 256, 512}));

TEST(Conv3x3, TakesTheOwnWayOnlyWhereItFits) {
  const bool wide = all_winograd_kernels().size() > 1;
  EXPECT_EQ(winograd_takes({4, 8, 8, 64, 64}), wide);
  EXPECT_FALSE(winograd_takes({4, 8, 8, 3, 64}));
  EXPECT_FALSE(winograd_takes({4, 1, 1, 64, 64}));
  EXPECT_FALSE(winograd_takes({4, 8, 8, 1 << 14, 1 << 14}));
}

TEST(Conv3x3, PlainConvolutionsAreATens) {
  torch::manual_seed(2);
  const at::Tensor x = at::randn({4, 32, 6, 6}), w = at::randn({32, 32, 3, 3});
  const PlainConvolutions plain;
  EXPECT_TRUE(conv3x3(x, w).equal(at::conv2d(x, w, {}, 1, 1)));
}

// embed relies on it: a picture's row is the same in any batch.
TEST(Conv3x3, ARowDoesNotDependOnItsBatchOrOnTheThreads) {
  torch::manual_seed(3);
  const at::Tensor x = at::randn({50, 32, 9, 9}), w = at::randn({48, 32, 3, 3});
  const at::Tensor all = conv3x3(x, w);
  if (all_winograd_kernels().size() == 1) GTEST_SKIP() << "no wide vectors here";
  EXPECT_TRUE(conv3x3(x.slice(0, 17, 31), w).equal(all.slice(0, 17, 31)));
  const int threads = at::get_num_threads();
  at::set_num_threads(threads == 1 ? 2 : 1);
  EXPECT_TRUE(conv3x3(x, w).equal(all));
  at::set_num_threads(threads);
}

class WinogradKernelsTest : public testing::TestWithParam<const WinogradKernels*> {};

TEST_P(WinogradKernelsTest, MultiplyAsTheDefinitionSays) {
  torch::manual_seed(4);
  for (const int64_t width : {16, 32})
    for (const bool add : {false, true}) {
      const int64_t rows = 24, depth = 19, a_line = depth + 5, c_line = width + 7;
      const at::Tensor a = at::randn({rows, a_line}), b = at::randn({depth, width}),
                       c = at::randn({rows, c_line});
      const at::Tensor expected = a.slice(1, 0, depth).matmul(b) +
                                  (add ? c.slice(1, 0, width) : at::Tensor(0 * c.slice(1, 0, width)));
      const at::Tensor untouched = c.slice(1, width).clone();
      GetParam()->multiply({a.const_data_ptr<float>(), a_line, 1, b.const_data_ptr<float>(),
                            c.mutable_data_ptr<float>(), c_line, rows, depth, width, add});
      EXPECT_LE(worst(c.slice(1, 0, width), expected), 1e-6);
      EXPECT_TRUE(c.slice(1, width).equal(untouched));
    }
}

// The same sums in the same order: instruction sets differ by rounding alone.
TEST_P(WinogradKernelsTest, TransformsAgreeWithThePlainOnes) {
  torch::manual_seed(9);
  constexpr int64_t channels = 32, width = 16, tiles = 3;
  for (const int64_t side : {2, 4}) {
    const int64_t points = winograd_points(side), patch = side + 2;
    const auto results = [&](const WinogradKernels& kernels) {
      const WinogradTransforms& transforms = kernels.transforms(side);
      at::Generator generator = at::detail::createCPUGenerator(7);
      const at::Tensor x = at::randn({patch * patch, channels}, generator),
                       g = at::randn({side * side, channels}, generator),
                       w = at::randn({9, width}, generator), bias = at::randn({channels}, generator);
      at::Tensor input = at::zeros({points, tiles, channels}), gradient = at::zeros_like(input),
                 out = at::ones({side * side, channels}), u = at::zeros({points, width}),
                 back = at::zeros({9, width});
      std::array<const float*, 36> from{}, of{};
      std::array<float*, 36> to{};
      for (int64_t i = 0; i < patch * patch; ++i)
        from[static_cast<size_t>(i)] = x.const_data_ptr<float>() + i * channels;
      for (int64_t i = 0; i < side * side; ++i)
        of[static_cast<size_t>(i)] = g.const_data_ptr<float>() + i * channels;
      for (int64_t i = 1; i < side * side; ++i)
        to[static_cast<size_t>(i)] = out.mutable_data_ptr<float>() + i * channels;
      const auto block = [&](const at::Tensor& t) {
        return WinogradBlock{t.mutable_data_ptr<float>(), channels, channels, channels, 0, tiles * channels};
      };
      transforms.from_input(from.data(), block(input), 1);
      transforms.from_gradient(of.data(), block(gradient), 2);
      transforms.to_output(block(input), 1, {bias.const_data_ptr<float>(), true, true}, to.data());
      transforms.from_weights(w.const_data_ptr<float>(), width, u.mutable_data_ptr<float>(), width);
      transforms.to_weights(u.const_data_ptr<float>(), width, width, back.mutable_data_ptr<float>());
      EXPECT_TRUE(out[0].equal(at::ones({channels})));  // beyond the edge: untouched
      EXPECT_GT(out.slice(0, 1).max().item<float>(), 1);
      return at::cat({input.flatten(), gradient.flatten(), out.flatten(), u.flatten(), back.flatten()});
    };
    EXPECT_TRUE(results(*GetParam()).allclose(results(*all_winograd_kernels().back()), 1e-5, 1e-5)) << side;
  }
}

INSTANTIATE_TEST_SUITE_P(Machine, WinogradKernelsTest, testing::ValuesIn(all_winograd_kernels()),
                         [](const auto& kernels) { return std::string(kernels.param->name); });

}  // namespace
}  // namespace simclr
