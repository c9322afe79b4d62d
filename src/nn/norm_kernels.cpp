#include "nn/norm_kernels.hpp"

#include <algorithm>
#include <bit>

#include "base/vectors.hpp"

// Plain loops over channels, which the compiler turns into vectors for each instruction set.
namespace simclr {
namespace {

SIMCLR_INLINE float value(float x) {
  return x;
}

SIMCLR_INLINE float value(Bfloat x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}

SIMCLR_INLINE void put(float* to, float x) {
  *to = x;
}

// To the nearest, ties to even; a NaN keeps its upper bits and stays one.
SIMCLR_INLINE void put(Bfloat* to, float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  to->bits = static_cast<uint16_t>(x != x ? (bits >> 16) | 0x40 : rounded);
}

template <class T>
SIMCLR_INLINE void moments(const NormRows<T>& b, float* __restrict mean, float* __restrict squares) {
  std::fill(mean, mean + b.channels, 0.0F);
  std::fill(squares, squares + b.channels, 0.0F);
  for (int64_t row = 0; row < b.rows; ++row) {
    const T* x = b.x + row * b.channels;
    for (int64_t c = 0; c < b.channels; ++c) mean[c] += value(x[c]);
  }
  const float share = 1.0F / static_cast<float>(b.rows);
  for (int64_t c = 0; c < b.channels; ++c) mean[c] *= share;
  for (int64_t row = 0; row < b.rows; ++row) {
    const T* x = b.x + row * b.channels;
    for (int64_t c = 0; c < b.channels; ++c) {
      const float away = value(x[c]) - mean[c];
      squares[c] += away * away;
    }
  }
}

template <bool residual, bool relu, class T>
SIMCLR_INLINE void apply_rows(const NormRows<T>& b, const NormLine& line, T* __restrict out) {
  const float* __restrict mean = line.mean, * __restrict scale = line.scale, * __restrict shift = line.shift;
  for (int64_t row = 0; row < b.rows; ++row) {
    const int64_t at = row * b.channels;
    for (int64_t c = 0; c < b.channels; ++c) {
      float y = (value(b.x[at + c]) - mean[c]) * scale[c] + shift[c];
      if constexpr (residual) y += value(b.residual[at + c]);
      if constexpr (relu) y = y < 0 ? 0 : y;  // NaN stays
      put(out + at + c, y);
    }
  }
}

template <class T>
SIMCLR_INLINE void apply(const NormRows<T>& b, const NormLine& line, bool relu, T* out) {
  if (b.residual != nullptr)
    relu ? apply_rows<true, true>(b, line, out) : apply_rows<true, false>(b, line, out);
  else
    relu ? apply_rows<false, true>(b, line, out) : apply_rows<false, false>(b, line, out);
}

// One channel's part of a NormLine.
struct Point {
  float mean, scale, shift;
};

template <NormMask mask, class T>
SIMCLR_INLINE float passing(const NormRows<T>& b, int64_t at, const Point& p) {
  const float g = value(b.gradient[at]);
  if constexpr (mask == NormMask::out) return value(b.out[at]) > 0 ? g : 0;
  if constexpr (mask == NormMask::again) return (value(b.x[at]) - p.mean) * p.scale + p.shift > 0 ? g : 0;
  return g;
}

template <NormMask mask, bool keep, class T>
SIMCLR_INLINE void reduce_rows(const NormRows<T>& b, const NormLine& line, float* __restrict sum,
                               float* __restrict product, T* __restrict passed) {
  const float* __restrict mean = line.mean, * __restrict scale = line.scale, * __restrict shift = line.shift;
  for (int64_t row = 0; row < b.rows; ++row) {
    const int64_t at = row * b.channels;
    for (int64_t c = 0; c < b.channels; ++c) {
      const float g = passing<mask>(b, at + c, {mean[c], scale[c], shift[c]});
      sum[c] += g;
      product[c] += g * (value(b.x[at + c]) - mean[c]);
      if constexpr (keep) put(passed + at + c, g);
    }
  }
}

template <class T>
SIMCLR_INLINE void reduce(const NormRows<T>& b, NormMask mask, const NormLine& line, float* sum,
                          float* product, T* passed) {
  std::fill(sum, sum + b.channels, 0.0F);
  std::fill(product, product + b.channels, 0.0F);
  if (mask == NormMask::none) return reduce_rows<NormMask::none, false>(b, line, sum, product, passed);
  if (mask == NormMask::again) return reduce_rows<NormMask::again, false>(b, line, sum, product, passed);
  passed != nullptr ? reduce_rows<NormMask::out, true>(b, line, sum, product, passed)
                    : reduce_rows<NormMask::out, false>(b, line, sum, product, passed);
}

template <NormMask mask, class T>
SIMCLR_INLINE void input_gradient_rows(const NormRows<T>& b, const NormLine& line, const NormSlopes& s,
                                       T* __restrict dx) {
  const float* __restrict mean = line.mean, * __restrict scale = line.scale, * __restrict shift = line.shift, * __restrict by_gradient = s.by_gradient, * __restrict by_x = s.by_x, * __restrict constant = s.constant;
  for (int64_t row = 0; row < b.rows; ++row) {
    const int64_t at = row * b.channels;
    for (int64_t c = 0; c < b.channels; ++c) {
      const float g = passing<mask>(b, at + c, {mean[c], scale[c], shift[c]});
      put(dx + at + c, g * by_gradient[c] + ((value(b.x[at + c]) - mean[c]) * by_x[c] + constant[c]));
    }
  }
}

template <class T>
SIMCLR_INLINE void input_gradient(const NormRows<T>& b, NormMask mask, const NormLine& line,
                                  const NormSlopes& s, T* dx) {
  if (mask == NormMask::none) return input_gradient_rows<NormMask::none>(b, line, s, dx);
  if (mask == NormMask::again) return input_gradient_rows<NormMask::again>(b, line, s, dx);
  input_gradient_rows<NormMask::out>(b, line, s, dx);
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define SIMCLR_NORM_KERNELS(T)                                                                              \
  SIMCLR_WIDEST void norm_moments(const NormRows<T>& block, float* mean, float* squares) {                  \
    moments(block, mean, squares);                                                                          \
  }                                                                                                         \
  SIMCLR_WIDEST void norm_apply(const NormRows<T>& block, const NormLine& line, bool relu, T* out) {        \
    apply(block, line, relu, out);                                                                          \
  }                                                                                                         \
  SIMCLR_WIDEST void norm_reduce(const NormRows<T>& block, NormMask mask, const NormLine& line, float* sum, \
                                 float* product, T* passed) {                                               \
    reduce(block, mask, line, sum, product, passed);                                                        \
  }                                                                                                         \
  SIMCLR_WIDEST void norm_input_gradient(const NormRows<T>& block, NormMask mask, const NormLine& line,     \
                                         const NormSlopes& slopes, T* dx) {                                 \
    input_gradient(block, mask, line, slopes, dx);                                                          \
  }
// NOLINTEND(bugprone-macro-parentheses)

SIMCLR_NORM_KERNELS(float)
SIMCLR_NORM_KERNELS(Bfloat)

#undef SIMCLR_NORM_KERNELS

}  // namespace simclr
