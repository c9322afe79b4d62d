#include "nn/conv3x3.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
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
#include <type_traits>

#include "base/processor.hpp"
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

template <class Convolve>
Passes passes(const at::Tensor& x, const at::Tensor& w, const at::Tensor& dy, const Convolve& convolve) {
  at::Tensor input = x.detach().requires_grad_(true), weight = w.detach().requires_grad_(true);
  const at::Tensor y = convolve(input, weight);
  y.backward(dy);
  return {y.detach(), input.grad(), weight.grad()};
}

Passes direct_passes(const at::Tensor& x, const at::Tensor& w, const at::Tensor& dy, at::ScalarType type) {
  return passes(x.to(type), w.to(type), dy.to(type), [](const at::Tensor& input, const at::Tensor& weight) {
    return at::conv2d(input, weight, {}, 1, 1);
  });
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
    const Passes exact = direct_passes(x, w, dy, at::kDouble), direct = direct_passes(x, w, dy, at::kFloat),
                 own = passes(x, w, dy, conv3x3);
    const double least = 8e-6;
    EXPECT_LE(worst(own.y, exact.y), std::max(least, 2 * worst(direct.y, exact.y)));
    EXPECT_LE(worst(own.dx, exact.dx), std::max(least, 2 * worst(direct.dx, exact.dx)));
    EXPECT_LE(worst(own.dw, exact.dw), std::max(2 * least, 4 * worst(direct.dw, exact.dw)));
  }
}

// Pictures and their gradients are rounded to bfloat16 once, by at most 1 part in 256; weights never.
TEST_P(Convolution, InBfloat16EqualsTheDirectFormOfRoundedPictures) {
  const Case c = GetParam();
  if (!winograd_takes({c.images, c.height, c.width, c.in, c.out}, at::kBFloat16))
    GTEST_SKIP() << "with AMX bfloat16 goes to LibTorch";
  torch::manual_seed(1);
  const auto layout = at::MemoryFormat::ChannelsLast;
  const at::Tensor x = at::randn({c.images, c.in, c.height, c.width}).to(at::kBFloat16).contiguous(layout),
                   w = at::randn({c.out, c.in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(c.in)),
                   dy = at::randn({c.images, c.out, c.height, c.width}).to(at::kBFloat16).contiguous(layout);
  const Passes exact = direct_passes(x, w, dy, at::kDouble), own = passes(x, w, dy, conv3x3);
  EXPECT_EQ(own.y.scalar_type(), at::kBFloat16);
  EXPECT_EQ(own.dw.scalar_type(), at::kFloat);
  EXPECT_LE(worst(own.y, exact.y), 1.02 / 256);
  EXPECT_LE(worst(own.dx, exact.dx), 1.02 / 256);
  EXPECT_LE(worst(own.dw, exact.dw), 2e-5);
}

// Odd sides, a single row of tiles, narrow and unequal channels, several blocks of tiles, a picture of one
// tile.
INSTANTIATE_TEST_SUITE_P(Shapes, Convolution,
                         testing::Values(Case{2, 8, 8, 32, 32}, Case{3, 7, 5, 16, 48}, Case{1, 2, 2, 64, 16},
                                         Case{5, 3, 9, 32, 64}, Case{9, 16, 16, 16, 16},
                                         Case{2, 4, 4, 256, 512}));

TEST(Conv3x3, TakesTheOwnWayOnlyWhereItFits) {
  const bool wide = all_winograd_kernels().size() > 1;
  EXPECT_EQ(winograd_takes({4, 8, 8, 64, 64}, at::kFloat), wide);
  EXPECT_EQ(winograd_takes({4, 8, 8, 64, 64}, at::kBFloat16), wide && !has_amx_bf16());
  EXPECT_FALSE(winograd_takes({4, 8, 8, 64, 64}, at::kDouble));
  EXPECT_FALSE(winograd_takes({4, 8, 8, 3, 64}, at::kFloat));
  EXPECT_FALSE(winograd_takes({4, 1, 1, 64, 64}, at::kFloat));
  EXPECT_FALSE(winograd_takes({4, 8, 8, 1 << 14, 1 << 14}, at::kFloat));
}

// As ATen's convolution: float32 pictures come back as bfloat16, and gradients in the types of what they are
// of.
TEST(Conv3x3, UnderAutocastPicturesAreBfloat16) {
  torch::manual_seed(5);
  const at::Tensor x = at::randn({4, 32, 6, 6}), w = at::randn({48, 32, 3, 3}) / 17,
                   dy = at::randn({4, 48, 6, 6});
  const Passes exact = direct_passes(x, w, dy, at::kDouble);
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const Passes own = passes(x, w, dy.to(at::kBFloat16), conv3x3);
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  EXPECT_EQ(own.y.scalar_type(), at::kBFloat16);
  EXPECT_EQ(own.dx.scalar_type(), at::kFloat);
  EXPECT_EQ(own.dw.scalar_type(), at::kFloat);
  EXPECT_LE(worst(own.y, exact.y), 0.01);
  EXPECT_LE(worst(own.dx, exact.dx), 0.01);
  EXPECT_LE(worst(own.dw, exact.dw), 0.01);
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

constexpr int64_t kChannels = 32, kWidth = 16, kTiles = 3;

// Everything the transforms write, from fixed random values, of pictures of type T.
template <class T>
at::Tensor all_transforms(const WinogradKernels& kernels, int64_t side) {
  const auto type = std::is_same_v<T, float> ? at::kFloat : at::kBFloat16;
  const int64_t points = winograd_points(side), patch = side + 2;
  const WinogradTransforms<T>& transforms = kernels.transforms<T>(side);
  at::Generator generator = at::detail::createCPUGenerator(7);
  const at::Tensor x = at::randn({patch * patch, kChannels}, generator).to(type),
                   g = at::randn({side * side, kChannels}, generator).to(type),
                   w = at::randn({9, kWidth}, generator), bias = at::randn({kChannels}, generator);
  at::Tensor input = at::zeros({points, kTiles, kChannels}), gradient = at::zeros_like(input),
             out = at::ones({side * side, kChannels}, type), u = at::zeros({points, kWidth}),
             back = at::zeros({9, kWidth});
  const auto line = [](const at::Tensor& t, int64_t i) {
    return static_cast<T*>(t.data_ptr()) + i * kChannels;
  };
  std::array<const T*, 36> from{}, of{};
  std::array<T*, 36> to{};
  for (int64_t i = 0; i < patch * patch; ++i) from[static_cast<size_t>(i)] = line(x, i);
  for (int64_t i = 0; i < side * side; ++i) of[static_cast<size_t>(i)] = line(g, i);
  for (int64_t i = 1; i < side * side; ++i) to[static_cast<size_t>(i)] = line(out, i);
  const auto block = [&](const at::Tensor& t) {
    return WinogradBlock{t.mutable_data_ptr<float>(), kChannels, kChannels, kChannels, 0, kTiles * kChannels};
  };
  transforms.from_input(from.data(), block(input), 1);
  transforms.from_gradient(of.data(), block(gradient), 2);
  transforms.to_output(block(input), 1, {bias.const_data_ptr<float>(), true, true}, to.data());
  kernels.side(side).from_weights(w.const_data_ptr<float>(), kWidth, u.mutable_data_ptr<float>(), kWidth);
  kernels.side(side).to_weights(u.const_data_ptr<float>(), kWidth, kWidth, back.mutable_data_ptr<float>());
  EXPECT_TRUE(out[0].equal(at::ones({kChannels}, type)));  // beyond the edge: untouched
  EXPECT_GT(out.slice(0, 1).max().item<float>(), 1);
  return at::cat(
      {input.flatten(), gradient.flatten(), out.to(at::kFloat).flatten(), u.flatten(), back.flatten()});
}

// The same sums in the same order: instruction sets differ by rounding alone.
TEST_P(WinogradKernelsTest, TransformsAgreeWithThePlainOnes) {
  const WinogradKernels& plain = *all_winograd_kernels().back();
  for (const int64_t side : {2, 4}) {
    EXPECT_TRUE(
        all_transforms<float>(*GetParam(), side).allclose(all_transforms<float>(plain, side), 1e-5, 1e-5))
        << side;
    EXPECT_TRUE(all_transforms<Bfloat>(*GetParam(), side)
                    .allclose(all_transforms<Bfloat>(plain, side), 1.0 / 128, 1e-5))
        << side;
  }
}

INSTANTIATE_TEST_SUITE_P(Machine, WinogradKernelsTest, testing::ValuesIn(all_winograd_kernels()),
                         [](const auto& kernels) { return std::string(kernels.param->name); });

}  // namespace
}  // namespace simclr
