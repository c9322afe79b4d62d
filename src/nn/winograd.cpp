#include "nn/winograd.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/threads.hpp"
#include "nn/winograd_kernels.hpp"

namespace simclr {
namespace {

constexpr int64_t tile_side = 4, patch_side = 6, tiles_at_once = 64, points = winograd_points;

// G of the filter's transform: a row for each point p, (1, p, p^2) over the product of p's distances to the
// others.
constexpr std::array<std::array<double, 3>, 6> filter_matrix() {
  constexpr std::array<double, 5> finite = {0, 0.75, -0.75, 1.5, -1.5};
  std::array<std::array<double, 3>, 6> g{};
  for (size_t i = 0; i < 5; ++i) {
    double distances = 1;
    for (size_t j = 0; j < 5; ++j)
      if (j != i) distances *= finite[i] - finite[j];
    g[i] = {1 / distances, finite[i] / distances, finite[i] * finite[i] / distances};
  }
  g[5] = {0, 0, 1};
  return g;
}

struct PictureSize {
  int64_t height, width;
};

// Where the pixels of a square lie, channels last; null outside the picture.
template <class Float, int64_t side>
std::array<Float*, static_cast<size_t>(side* side)> pixels(Float* picture, const PictureSize& size,
                                                           int64_t channels, int64_t top, int64_t left) {
  std::array<Float*, static_cast<size_t>(side * side)> at{};
  for (int64_t i = 0; i < side; ++i)
    for (int64_t j = 0; j < side; ++j) {
      const int64_t row = top + i, column = left + j;
      if (row >= 0 && row < size.height && column >= 0 && column < size.width)
        at[static_cast<size_t>(i * side + j)] = picture + (row * size.width + column) * channels;
    }
  return at;
}

}  // namespace

bool Winograd::serves(const at::Tensor& weight) {
  return weight.size(2) == 3 && weight.size(3) == 3 && weight.size(0) % winograd_panel == 0 &&
         weight.size(1) % winograd_panel == 0;
}

Winograd::Winograd(const at::Tensor& weight, const at::Tensor& bias)
    : in_(weight.size(1)),
      out_(weight.size(0)),
      weight_(at::empty({points, out_ / winograd_panel, in_, winograd_panel}, at::kFloat)),
      bias_(bias.to(at::kFloat)) {
  static constexpr auto g = filter_matrix();
  const at::Tensor plain = weight.contiguous();
  const auto* from = plain.const_data_ptr<double>();
  auto* to = weight_.mutable_data_ptr<float>();
  // Not by ATen's threads: whoever folds a network may have told them to rest.
  parallel_for(static_cast<size_t>(out_ / winograd_panel), cores(), [&](size_t panel) {
    for (int64_t i = 0; i < in_; ++i)
      for (int64_t lane = 0; lane < winograd_panel; ++lane) {
        const int64_t o = static_cast<int64_t>(panel) * winograd_panel + lane;
        const double* filter = from + (o * in_ + i) * 9;
        std::array<std::array<double, 3>, 6> half{};
        for (size_t p = 0; p < 6; ++p)
          for (size_t s = 0; s < 3; ++s)
            half[p][s] = g[p][0] * filter[s] + g[p][1] * filter[3 + s] + g[p][2] * filter[6 + s];
        for (size_t p = 0; p < 6; ++p)
          for (size_t q = 0; q < 6; ++q) {
            const auto line =
                static_cast<int64_t>(p * 6 + q) * out_ / winograd_panel + static_cast<int64_t>(panel);
            to[(line * in_ + i) * winograd_panel + lane] =
                static_cast<float>(half[p][0] * g[q][0] + half[p][1] * g[q][1] + half[p][2] * g[q][2]);
          }
      }
  });
}

at::Tensor Winograd::operator()(const at::Tensor& input, const at::Tensor* other, bool relu) const {
  const WinogradKernels& kernels = winograd_kernels();
  const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
  const PictureSize size{x.size(2), x.size(3)};
  at::Tensor y = other != nullptr ? other->contiguous(at::MemoryFormat::ChannelsLast)
                                  : at::empty({x.size(0), out_, size.height, size.width},
                                              x.options().memory_format(at::MemoryFormat::ChannelsLast));
  const float* from = x.const_data_ptr<float>();
  auto* to = y.mutable_data_ptr<float>();
  const int64_t down = (size.height + tile_side - 1) / tile_side, area = size.height * size.width;
  const int64_t across = (size.width + tile_side - 1) / tile_side, tiles = x.size(0) * down * across;
  // A little longer than they need be: at a power of two all 36 lines would meet in one set of the cache.
  const int64_t in_step = tiles_at_once * in_ + 16, out_step = tiles_at_once * out_ + 16;
  thread_local std::vector<float> before, after;
  before.resize(std::max(before.size(), static_cast<size_t>(points * in_step)));
  after.resize(std::max(after.size(), static_cast<size_t>(points * out_step)));
  const auto for_tiles = [&](int64_t first, int64_t count, const auto& use) {
    for (int64_t t = 0; t < count; ++t) {
      const int64_t rest = (first + t) % (down * across);
      use(t, (first + t) / (down * across) * area, rest / across * tile_side, rest % across * tile_side);
    }
  };
  for (int64_t first = 0; first < tiles; first += tiles_at_once) {
    const int64_t count = std::min(tiles_at_once, tiles - first);
    for_tiles(first, count, [&](int64_t t, int64_t pixel, int64_t top, int64_t left) {
      const auto patch = pixels<const float, patch_side>(from + pixel * in_, size, in_, top - 1, left - 1);
      kernels.transform(patch.data(), in_, before.data() + t * in_, in_step);
    });
    // Rows beyond the last tile hold what was there before; nobody reads what comes of them.
    for (int64_t p = 0; p < points; ++p)
      kernels.multiply(before.data() + p * in_step, weight_.const_data_ptr<float>() + p * in_ * out_,
                       after.data() + p * out_step, (count + 7) / 8 * 8, in_, out_ / winograd_panel);
    for_tiles(first, count, [&](int64_t t, int64_t pixel, int64_t top, int64_t left) {
      const auto tile = pixels<float, tile_side>(to + pixel * out_, size, out_, top, left);
      kernels.finish(after.data() + t * out_, out_step, out_, bias_.const_data_ptr<float>(), other != nullptr,
                     relu, tile.data());
    });
  }
  return y;
}

}  // namespace simclr
