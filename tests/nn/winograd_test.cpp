#include "nn/winograd.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "nn/winograd_kernels.hpp"

namespace simclr {
namespace {

struct WinogradCase {
  int64_t rows, in, out, height, width;
};

at::Tensor last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

// Sides that are multiples of the tile and sides that aren't, smaller than a tile, and more tiles than fit at
// once.
TEST(Winograd, EqualsThePlainConvolution) {
  const c10::InferenceMode guard;
  at::manual_seed(2);
  for (const auto& one : {WinogradCase{1, 32, 32, 4, 4},
                          {2, 32, 64, 1, 1},
                          {3, 64, 32, 3, 9},
                          {1, 96, 32, 7, 7},
                          {5, 32, 32, 32, 32},
                          {70, 64, 64, 4, 4},
                          {1, 32, 32, 14, 61}}) {
    const at::Tensor weight = at::randn({one.out, one.in, 3, 3}, at::kDouble);
    const at::Tensor bias = at::randn({one.out}, at::kDouble);
    const at::Tensor x = last(at::randn({one.rows, one.in, one.height, one.width}));
    const at::Tensor other = last(at::randn({one.rows, one.out, one.height, one.width}));
    const at::Tensor exact = at::conv2d(x.to(at::kDouble), weight, bias, 1, 1);
    const auto off = [](const at::Tensor& ours, const at::Tensor& wanted) {
      return ((ours - wanted).abs().max() / wanted.abs().max()).item<double>();
    };
    const Winograd ours(weight, bias);
    EXPECT_LT(off(ours(x, nullptr, false), exact), 5e-6) << one.rows << ' ' << one.height;
    EXPECT_LT(off(ours(x, nullptr, true), exact.relu()), 5e-6) << one.rows << ' ' << one.height;
    const at::Tensor sum = other.clone();
    EXPECT_LT(off(ours(x, &sum, true), (exact + other).relu()), 5e-6) << one.rows << ' ' << one.height;
    EXPECT_FALSE(sum.equal(other));  // its place was taken
  }
}

TEST(Winograd, ARowDependsOnNothingButItself) {
  const c10::InferenceMode guard;
  const Winograd ours(at::randn({32, 64, 3, 3}, at::kDouble), at::randn({32}, at::kDouble));
  const at::Tensor x = last(at::randn({40, 64, 6, 10}));
  const at::Tensor all = ours(x, nullptr, true);
  for (const int64_t row : {0, 17, 39})
    EXPECT_TRUE(ours(x.narrow(0, row, 1), nullptr, true).equal(all.narrow(0, row, 1))) << row;
}

TEST(Winograd, NanComesThrough) {
  const c10::InferenceMode guard;
  const Winograd ours(at::randn({32, 32, 3, 3}, at::kDouble), at::randn({32}, at::kDouble));
  const at::Tensor x = last(at::randn({1, 32, 8, 8}));
  x.select(1, 3).select(1, 2).select(1, 2).fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(std::isnan(ours(x, nullptr, true).sum().item<double>()));
}

TEST(Winograd, ServesWhatItCan) {
  EXPECT_TRUE(Winograd::serves(at::empty({64, 32, 3, 3})));
  EXPECT_FALSE(Winograd::serves(at::empty({64, 16, 3, 3})));
  EXPECT_FALSE(Winograd::serves(at::empty({48, 32, 3, 3})));
  EXPECT_FALSE(Winograd::serves(at::empty({64, 32, 1, 1})));
}

// The same sums in the same order: instruction sets differ by rounding alone.
TEST(WinogradKernels, InstructionSetsAgree) {
  constexpr int64_t depth = 40, panels = 2, rows = 16, channels = 32, step = 48;
  const at::Tensor a = at::randn({rows, depth}), b = at::randn({panels, depth, winograd_panel});
  const at::Tensor tile = at::randn({36, step}), bias = at::randn({channels}),
                   pixels = at::randn({36, channels});
  const auto all = all_winograd_kernels();
  ASSERT_FALSE(all.empty());
  std::vector<at::Tensor> results;
  for (const auto* kernels : all) {
    at::Tensor product = at::zeros({rows, panels * winograd_panel}), points = at::zeros({36, step}),
               out = at::ones({16, channels});
    kernels->multiply(a.const_data_ptr<float>(), b.const_data_ptr<float>(), product.mutable_data_ptr<float>(),
                      rows, depth, panels);
    std::array<const float*, 36> from{};
    for (size_t i = 0; i < 30; ++i)
      from[i] = pixels.const_data_ptr<float>() + i * channels;  // the last row is outside
    kernels->transform(from.data(), channels, points.mutable_data_ptr<float>(), step);
    std::array<float*, 16> to{};
    for (size_t i = 0; i < 15; ++i) to[i] = out.mutable_data_ptr<float>() + i * channels;
    kernels->finish(tile.const_data_ptr<float>(), step, channels, bias.const_data_ptr<float>(), true, true,
                    to.data());
    EXPECT_TRUE(out[15].equal(at::ones({channels}))) << kernels->name;
    results.push_back(at::cat({product.flatten(), points.flatten(), out.flatten()}));
    EXPECT_TRUE(results.back().allclose(results.front(), 1e-5, 1e-5)) << kernels->name;
  }
  const at::Tensor exact = at::mm(a, b.permute({1, 0, 2}).reshape({depth, panels * winograd_panel}));
  EXPECT_TRUE(results.front().narrow(0, 0, exact.numel()).allclose(exact.flatten(), 1e-4, 1e-4));
}

}  // namespace
}  // namespace simclr
