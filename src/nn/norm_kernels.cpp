#include "nn/norm_kernels.hpp"

#include <algorithm>

#include "base/processor.hpp"

// Written once with vector types and compiled for each instruction set. Products and sums are never fused:
// all forms give the same bits.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif

namespace simclr {
namespace {

template <int Lanes, class T>
SIMCLR_INLINE void moments(const NormRows<T>& b, float* mean, float* squares) {
  typename Vector<Lanes>::Type x, m, sum;
  std::fill(mean, mean + b.channels, 0.0F);
  std::fill(squares, squares + b.channels, 0.0F);
  for (const T* row = b.x; row != b.x + b.rows * b.channels; row += b.channels)
    for (int64_t c = 0; c < b.channels; c += Lanes) {
      load<Lanes>(row + c, x);
      load<Lanes>(mean + c, sum);
      store<Lanes>(mean + c, sum + x);
    }
  const float share = 1.0F / static_cast<float>(b.rows);
  for (int64_t c = 0; c < b.channels; ++c) mean[c] *= share;
  for (const T* row = b.x; row != b.x + b.rows * b.channels; row += b.channels)
    for (int64_t c = 0; c < b.channels; c += Lanes) {
      load<Lanes>(row + c, x);
      load<Lanes>(mean + c, m);
      load<Lanes>(squares + c, sum);
      store<Lanes>(squares + c, sum + (x - m) * (x - m));
    }
}

// Some channels' part of a NormLine.
template <int Lanes>
struct LineLanes {
  typename Vector<Lanes>::Type mean, scale, shift;
  SIMCLR_INLINE LineLanes(const NormLine& line, int64_t channel) {
    load<Lanes>(line.mean + channel, mean);
    load<Lanes>(line.scale + channel, scale);
    load<Lanes>(line.shift + channel, shift);
  }
};

template <int Lanes, bool residual, bool relu, class T>
SIMCLR_INLINE void apply_rows(const NormRows<T>& b, const NormLine& line, T* out) {
  using Type = typename Vector<Lanes>::Type;
  for (int64_t row = 0; row < b.rows * b.channels; row += b.channels)
    for (int64_t c = 0; c < b.channels; c += Lanes) {
      const LineLanes<Lanes> p(line, c);
      Type x, more;
      load<Lanes>(b.x + row + c, x);
      Type y = (x - p.mean) * p.scale + p.shift;
      if constexpr (residual) {
        load<Lanes>(b.residual + row + c, more);
        y += more;
      }
      if constexpr (relu) y = y < Type{} ? Type{} : y;  // NaN stays
      store<Lanes>(out + row + c, y);
    }
}

template <int Lanes, class T>
SIMCLR_INLINE void apply(const NormRows<T>& b, const NormLine& line, bool relu, T* out) {
  if (b.residual != nullptr)
    relu ? apply_rows<Lanes, true, true>(b, line, out) : apply_rows<Lanes, true, false>(b, line, out);
  else
    relu ? apply_rows<Lanes, false, true>(b, line, out) : apply_rows<Lanes, false, false>(b, line, out);
}

// x - mean to `away`, and the gradient, where it passes, to `g`.
template <int Lanes, NormMask mask, class T>
SIMCLR_INLINE void passing(const NormRows<T>& b, int64_t at, const LineLanes<Lanes>& p,
                           typename Vector<Lanes>::Type& away, typename Vector<Lanes>::Type& g) {
  using Type = typename Vector<Lanes>::Type;
  load<Lanes>(b.x + at, away);
  away -= p.mean;
  load<Lanes>(b.gradient + at, g);
  if constexpr (mask == NormMask::out) {
    Type out;
    load<Lanes>(b.out + at, out);
    g = out > Type{} ? g : Type{};
  }
  if constexpr (mask == NormMask::again) g = away * p.scale + p.shift > Type{} ? g : Type{};
}

template <int Lanes, NormMask mask, bool keep, class T>
SIMCLR_INLINE void reduce_rows(const NormRows<T>& b, const NormLine& line, float* sum, float* product,
                               T* passed) {
  typename Vector<Lanes>::Type away, g, total;
  for (int64_t row = 0; row < b.rows * b.channels; row += b.channels)
    for (int64_t c = 0; c < b.channels; c += Lanes) {
      passing<Lanes, mask>(b, row + c, LineLanes<Lanes>(line, c), away, g);
      load<Lanes>(sum + c, total);
      store<Lanes>(sum + c, total + g);
      load<Lanes>(product + c, total);
      store<Lanes>(product + c, total + g * away);
      if constexpr (keep) store<Lanes>(passed + row + c, g);
    }
}

template <int Lanes, class T>
SIMCLR_INLINE void reduce(const NormRows<T>& b, NormMask mask, const NormLine& line, float* sum,
                          float* product, T* passed) {
  std::fill(sum, sum + b.channels, 0.0F);
  std::fill(product, product + b.channels, 0.0F);
  if (mask == NormMask::none) return reduce_rows<Lanes, NormMask::none, false>(b, line, sum, product, passed);
  if (mask == NormMask::again)
    return reduce_rows<Lanes, NormMask::again, false>(b, line, sum, product, passed);
  passed != nullptr ? reduce_rows<Lanes, NormMask::out, true>(b, line, sum, product, passed)
                    : reduce_rows<Lanes, NormMask::out, false>(b, line, sum, product, passed);
}

template <int Lanes, NormMask mask, class T>
SIMCLR_INLINE void input_gradient_rows(const NormRows<T>& b, const NormLine& line, const NormSlopes& s, T* dx,
                                       int64_t dx_line) {
  typename Vector<Lanes>::Type away, g, by_gradient, by_x, constant;
  for (int64_t row = 0; row < b.rows * b.channels; row += b.channels, dx += dx_line)
    for (int64_t c = 0; c < b.channels; c += Lanes) {
      passing<Lanes, mask>(b, row + c, LineLanes<Lanes>(line, c), away, g);
      load<Lanes>(s.by_gradient + c, by_gradient);
      load<Lanes>(s.by_x + c, by_x);
      load<Lanes>(s.constant + c, constant);
      store<Lanes>(dx + c, g * by_gradient + (away * by_x + constant));
    }
}

template <int Lanes, class T>
SIMCLR_INLINE void input_gradient(const NormRows<T>& b, NormMask mask, const NormLine& line,
                                  const NormSlopes& s, T* dx, int64_t dx_line) {
  if (mask == NormMask::none) return input_gradient_rows<Lanes, NormMask::none>(b, line, s, dx, dx_line);
  if (mask == NormMask::again) return input_gradient_rows<Lanes, NormMask::again>(b, line, s, dx, dx_line);
  input_gradient_rows<Lanes, NormMask::out>(b, line, s, dx, dx_line);
}

template <class T>
struct NormKernels {
  void (*moments)(const NormRows<T>& block, float* mean, float* squares);
  void (*apply)(const NormRows<T>& block, const NormLine& line, bool relu, T* out);
  void (*reduce)(const NormRows<T>& block, NormMask mask, const NormLine& line, float* sum, float* product,
                 T* passed);
  void (*input_gradient)(const NormRows<T>& block, NormMask mask, const NormLine& line,
                         const NormSlopes& slopes, T* dx, int64_t dx_line);
};

// The functions for one instruction set.
// NOLINTBEGIN(bugprone-macro-parentheses): T is a type, TARGET an attribute
#define SIMCLR_KERNELS(NAME, TARGET, LANES, T)                                                     \
  TARGET void moments_##NAME(const NormRows<T>& b, float* mean, float* squares) {                  \
    moments<LANES>(b, mean, squares);                                                              \
  }                                                                                                \
  TARGET void apply_##NAME(const NormRows<T>& b, const NormLine& line, bool relu, T* out) {        \
    apply<LANES>(b, line, relu, out);                                                              \
  }                                                                                                \
  TARGET void reduce_##NAME(const NormRows<T>& b, NormMask mask, const NormLine& line, float* sum, \
                            float* product, T* passed) {                                           \
    reduce<LANES>(b, mask, line, sum, product, passed);                                            \
  }                                                                                                \
  TARGET void input_gradient_##NAME(const NormRows<T>& b, NormMask mask, const NormLine& line,     \
                                    const NormSlopes& slopes, T* dx, int64_t dx_line) {            \
    input_gradient<LANES>(b, mask, line, slopes, dx, dx_line);                                     \
  }                                                                                                \
  constexpr NormKernels<T> kernels_##NAME = {moments_##NAME, apply_##NAME, reduce_##NAME,          \
                                             input_gradient_##NAME};
#define SIMCLR_TYPES(NAME, TARGET, LANES)                    \
  SIMCLR_KERNELS(NAME##_float, TARGET, LANES, float)         \
  SIMCLR_KERNELS(NAME##_bfloat, TARGET, LANES, Bfloat)       \
  const NormKernels<float>& NAME(const NormRows<float>&) {   \
    return kernels_##NAME##_float;                           \
  }                                                          \
  const NormKernels<Bfloat>& NAME(const NormRows<Bfloat>&) { \
    return kernels_##NAME##_bfloat;                          \
  }
// NOLINTEND(bugprone-macro-parentheses)

SIMCLR_TYPES(plain, , 4)
#ifdef __x86_64__
SIMCLR_TYPES(avx2, __attribute__((target("avx2,fma"))), 8)
SIMCLR_TYPES(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), 16)
#endif

#undef SIMCLR_TYPES
#undef SIMCLR_KERNELS

// The widest this machine runs whose vectors the channels fill.
template <class T>
const NormKernels<T>& kernels_for(const NormRows<T>& block) {
#ifdef __x86_64__
  static const bool wide = runs_avx2(), widest = runs_avx512();
  if (widest && block.channels % 16 == 0) return avx512(block);
  if (wide) return avx2(block);
#endif
  return plain(block);
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define SIMCLR_NORM(T)                                                                        \
  void norm_moments(const NormRows<T>& block, float* mean, float* squares) {                  \
    kernels_for(block).moments(block, mean, squares);                                         \
  }                                                                                           \
  void norm_apply(const NormRows<T>& block, const NormLine& line, bool relu, T* out) {        \
    kernels_for(block).apply(block, line, relu, out);                                         \
  }                                                                                           \
  void norm_reduce(const NormRows<T>& block, NormMask mask, const NormLine& line, float* sum, \
                   float* product, T* passed) {                                               \
    kernels_for(block).reduce(block, mask, line, sum, product, passed);                       \
  }                                                                                           \
  void norm_input_gradient(const NormRows<T>& block, NormMask mask, const NormLine& line,     \
                           const NormSlopes& slopes, T* dx, int64_t dx_line) {                \
    kernels_for(block).input_gradient(block, mask, line, slopes, dx, dx_line);                \
  }
// NOLINTEND(bugprone-macro-parentheses)

SIMCLR_NORM(float)
SIMCLR_NORM(Bfloat)

#undef SIMCLR_NORM
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

}  // namespace simclr
