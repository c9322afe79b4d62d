#include "nn/winograd.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "base/processor.hpp"

namespace simclr {
namespace {

constexpr int64_t kPad = 16;  // keeps lines of 2^k channels from falling into the same cache sets
constexpr int64_t kBlockBytes = 3 << 19, kFewestTiles = 64,
                  kMostTiles = 256;  // of a thread: about its L2 cache
constexpr int64_t kFewestSummed =
    192;  // tiles in a block of the weight gradient: sums are read and written once each
constexpr int64_t kMostGradientBytes = int64_t{1} << 30;

int64_t panel_of(int64_t channels) {
  return channels % 32 == 0 ? 32 : 16;
}

int64_t tiles_in_block(int64_t points, int64_t in, int64_t out) {
  const int64_t bytes = points * (in + out + 2 * kPad) * static_cast<int64_t>(sizeof(float));
  return std::clamp(kBlockBytes / bytes, kFewestTiles, kMostTiles) / 8 * 8;
}

// Aligned memory that a thread keeps from call to call.
class Scratch {
 public:
  float* take(int64_t values) {
    if (values > size_) {
      memory_.reset(
          static_cast<float*>(::operator new[](static_cast<size_t>(values) * sizeof(float), kAlignment)));
      size_ = values;
    }
    return memory_.get();
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* memory) const { ::operator delete[](memory, kAlignment); }
  };
  std::unique_ptr<float, Free> memory_;
  int64_t size_ = 0;
};

WinogradBlock lines(Scratch& scratch, int64_t points, int64_t channels, int64_t tiles) {
  const int64_t line = channels + kPad, step = tiles * line;
  return {scratch.take(points * step), channels, channels, line, 0, step};
}

// Room for `channels`, though only some of them may be used.
WinogradBlock panels(Scratch& scratch, int64_t points, int64_t channels, int64_t tiles) {
  const int64_t panel = panel_of(channels), step = tiles * channels + kPad;
  return {scratch.take(points * step), channels, panel, panel, tiles * panel, step};
}

template <class T>
T* values(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

// Where tiles lie in pictures of one size.
struct Grid {
  int64_t side, height, width;
  int64_t down = (height + side - 1) / side, across = (width + side - 1) / side;

  int64_t tiles(int64_t images) const { return images * down * across; }

  // The square of values that begins `border` rows and columns ahead of the tile's results, and ends as many
  // after them; `beyond` for those outside the picture.
  template <class Value>
  std::array<Value*, 36> values(int64_t tile, Value* pictures, int64_t channels, int64_t border,
                                Value* beyond) const {
    const int64_t image = tile / (down * across), top = tile / across % down * side - border,
                  left = tile % across * side - border, length = side + 2 * border;
    std::array<Value*, 36> all;
    for (int64_t y = top, i = 0; i < length; ++y, ++i)
      for (int64_t x = left, j = 0; j < length; ++x, ++j)
        all[static_cast<size_t>(i * length + j)] =
            y >= 0 && y < height && x >= 0 && x < width
                ? pictures + ((image * height + y) * width + x) * channels
                : beyond;
    return all;
  }
};

constexpr int64_t kLine = 16;  // input channels at a time: one cache line of a filter's tap

// The filters of a panel for each of kLine input channels, each [9][panel].
struct Taps {
  std::array<float, static_cast<size_t>(kLine * 9 * 32)> values;
  float* of(int64_t channel, int64_t panel) { return values.data() + channel * 9 * panel; }
};

// A part of the weight gradient: some tiles, or all of them for some panels of `out`.
struct GradientPart {
  int64_t first, last;          // tiles
  int64_t first_out, last_out;  // channels
};

// Writes the sum over the part's tiles to `sum`, laid out as WinogradWeights are.
template <class T>
void sum_products(const WinogradShape& shape, const Grid& grid, const T* x, const T* dy,
                  const GradientPart& part, float* sum) {
  const WinogradKernels& kernels = winograd_kernels();
  const auto& transforms = kernels.transforms<T>(grid.side);
  const int64_t points = winograd_points(grid.side), in_panel = panel_of(shape.in),
                out_panel = panel_of(shape.out),
                most = std::max(kFewestSummed, tiles_in_block(points, shape.in, shape.out));
  const std::vector<T> zeros(static_cast<size_t>(std::max(shape.in, shape.out)));
  thread_local Scratch for_values, for_gradients;
  const WinogradBlock values = panels(for_values, points, shape.in, most);
  WinogradBlock gradients = panels(for_gradients, points, shape.out, most);
  gradients.channels = part.last_out - part.first_out;
  for (int64_t first = part.first; first < part.last; first += most) {
    const int64_t count = std::min(most, part.last - first);
    for (int64_t t = 0; t < count; ++t) {
      transforms.from_input(grid.values(first + t, x, shape.in, 1, zeros.data()).data(), values, t);
      transforms.from_gradient(grid.values(first + t, dy + part.first_out, shape.out, 0, zeros.data()).data(),
                               gradients, t);
    }
    for (int64_t point = 0; point < points; ++point)
      for (int64_t o = 0; o < gradients.channels; o += out_panel)
        for (int64_t i = 0; i < shape.in; i += in_panel)
          kernels.multiply({values.at(point, i), 1, values.line, gradients.at(point, o),
                            sum + (point * shape.out + part.first_out + o) * shape.in + i * out_panel,
                            out_panel, in_panel, count, out_panel, first > part.first});
  }
}

template <class T>
void convolve(const WinogradWeights& weights, const at::Tensor& pictures, at::Tensor& all_results,
              const WinogradEnd& end) {
  const T* x = values<const T>(pictures);
  T* y = values<T>(all_results);
  const WinogradKernels& kernels = winograd_kernels();
  const auto& transforms = kernels.transforms<T>(weights.side);
  const Grid grid{weights.side, pictures.size(2), pictures.size(3)};
  const int64_t points = winograd_points(weights.side), in = weights.in, out = weights.out,
                panel = panel_of(out), tiles = grid.tiles(pictures.size(0)),
                most = tiles_in_block(points, in, out);
  const float* u = weights.values.const_data_ptr<float>();
  const std::vector<T> zeros(static_cast<size_t>(in));
  at::parallel_for(0, (tiles + most - 1) / most, 1, [&](int64_t begin, int64_t last) {
    thread_local Scratch for_values, for_results;
    const WinogradBlock values = lines(for_values, points, in, most),
                        results = lines(for_results, points, out, most);
    for (int64_t block = begin; block < last; ++block) {
      const int64_t first = block * most, count = std::min(most, tiles - first);
      for (int64_t t = 0; t < count; ++t)
        transforms.from_input(grid.values(first + t, x, in, 1, zeros.data()).data(), values, t);
      // Rows beyond the last tile hold what was there before; nobody reads what comes of them.
      for (int64_t point = 0; point < points; ++point)
        for (int64_t o = 0; o < out; o += panel)
          kernels.multiply({values.at(point, 0), values.line, 1, u + (point * out + o) * in,
                            results.at(point, o), results.line, (count + 7) / 8 * 8, in, panel, false});
      for (int64_t t = 0; t < count; ++t)
        transforms.to_output(results, t, end,
                             grid.values(first + t, y, out, 0, static_cast<T*>(nullptr)).data());
    }
  });
}

template <class T>
void weight_gradient(const WinogradShape& shape, const T* x, const T* dy, float* dw) {
  const Grid grid{winograd_side(shape.height, shape.width), shape.height, shape.width};
  const int64_t tiles = grid.tiles(shape.images), points = winograd_points(grid.side),
                panel = panel_of(shape.out), size = points * shape.in * shape.out,
                out_panels = shape.out / panel;
  const int64_t parts = std::min<int64_t>(at::get_num_threads(), tiles);  // none of them empty
  // Few tiles of many channels: each part transforms all of x rather than keep sums of its own.
  const bool by_channels = out_panels >= parts && 2 * shape.out > tiles;
  const int64_t sums = by_channels ? 1 : parts;
  const at::Tensor memory = at::empty({sums, size}, at::kFloat);
  auto* sum = memory.mutable_data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const auto share = [&](int64_t all, int64_t of) { return all * of / parts; };
      if (by_channels)
        sum_products(shape, grid, x, dy,
                     {0, tiles, share(out_panels, part) * panel, share(out_panels, part + 1) * panel}, sum);
      else
        sum_products(shape, grid, x, dy, {share(tiles, part), share(tiles, part + 1), 0, shape.out},
                     sum + part * size);
    }
  });
  const auto& transforms = winograd_kernels().side(grid.side);
  at::parallel_for(0, out_panels, 1, [&](int64_t begin, int64_t end) {
    std::array<float, 36 * 32> u;
    Taps taps;
    for (int64_t o = begin; o < end; ++o)
      for (int64_t first = 0; first < shape.in; first += kLine) {
        for (int64_t i = 0; i < kLine; ++i) {
          for (int64_t point = 0; point < points; ++point)
            for (int64_t c = 0; c < panel; ++c) {
              float total = 0;
              for (int64_t s = 0; s < sums; ++s)
                total +=
                    sum[s * size + point * shape.in * shape.out + (o * shape.in + first + i) * panel + c];
              u[static_cast<size_t>(point * panel + c)] = total;
            }
          transforms.to_weights(u.data(), panel, panel, taps.of(i, panel));
        }
        for (int64_t c = 0; c < panel; ++c)
          for (int64_t tap = 0; tap < 9; ++tap)
            for (int64_t i = 0; i < kLine; ++i)
              dw[((o * panel + c) * 9 + tap) * shape.in + first + i] = taps.of(i, panel)[tap * panel + c];
      }
  });
}

}  // namespace

bool winograd_takes(const WinogradShape& shape, at::ScalarType type) {
  static const bool wide = std::string_view(winograd_kernels().name) != "plain", amx = has_amx_bf16();
  const bool gains = wide && (type == at::kFloat || (type == at::kBFloat16 && !amx));
  const int64_t gradient_bytes =
      36 * shape.in * shape.out * at::get_num_threads() * static_cast<int64_t>(sizeof(float));
  return gains && shape.in % 16 == 0 && shape.out % 16 == 0 && shape.height > 1 && shape.width > 1 &&
         gradient_bytes <= kMostGradientBytes;
}

int64_t winograd_side(int64_t height, int64_t width) {
  const auto products = [&](int64_t side) {
    return Grid{side, height, width}.tiles(1) * winograd_points(side);
  };
  return products(4) <= products(2) ? 4 : 2;
}

WinogradWeights winograd_weights(const float* w, int64_t in, int64_t out, int64_t side, bool turned) {
  const int64_t from = turned ? out : in, to = turned ? in : out, panel = panel_of(to),
                points = winograd_points(side);
  WinogradWeights result{side, from, to, at::empty({points * from * to}, at::kFloat)};
  auto* values = result.values.mutable_data_ptr<float>();
  const auto& transforms = winograd_kernels().side(side);
  at::parallel_for(0, to / panel, 1, [&](int64_t begin, int64_t end) {
    Taps taps;
    for (int64_t p = begin; p < end; ++p)
      for (int64_t first = 0; first < from; first += kLine) {
        for (int64_t c = 0; c < panel; ++c)
          for (int64_t tap = 0; tap < 9; ++tap)
            for (int64_t i = 0; i < kLine; ++i) {
              const int64_t f = first + i, t = p * panel + c;
              taps.of(i, panel)[tap * panel + c] =
                  turned ? w[(f * 9 + 8 - tap) * in + t] : w[(t * 9 + tap) * in + f];
            }
        for (int64_t i = 0; i < kLine; ++i)
          transforms.from_weights(taps.of(i, panel), panel, values + (p * from + first + i) * panel,
                                  from * to);
      }
  });
  return result;
}

void winograd_convolve(const WinogradWeights& weights, const at::Tensor& x, at::Tensor& y,
                       const WinogradEnd& end) {
  if (x.scalar_type() == at::kFloat)
    convolve<float>(weights, x, y, end);
  else
    convolve<Bfloat>(weights, x, y, end);
}

void winograd_weight_gradient(const at::Tensor& x, const at::Tensor& dy, at::Tensor& dw) {
  const WinogradShape shape{x.size(0), x.size(2), x.size(3), x.size(1), dy.size(1)};
  if (x.scalar_type() == at::kFloat)
    weight_gradient(shape, values<const float>(x), values<const float>(dy), dw.mutable_data_ptr<float>());
  else
    weight_gradient(shape, values<const Bfloat>(x), values<const Bfloat>(dy), dw.mutable_data_ptr<float>());
}

}  // namespace simclr
