#include "loss/tile_kernels.hpp"

#include "base/processor.hpp"
#include "base/vectors.hpp"

// Written once with vector types and compiled for each instruction set. The language standard switches off
// the fusing of a * b + c, which is half of the speed here; this file switches it on again.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=fast")
#endif

namespace simclr {
namespace {

// x = exp(x) for x <= 0 or a little above, given as x = scale * (similarity - shift) in units of ln 2:
// 2^n from the exponent bits, 2^r by a polynomial for |r| <= 1/2 (relative error 5e-9). Below 2^-126 it is 0;
// NaN stays NaN.
template <int Lanes>
SIMCLR_INLINE void exponential(typename Vector<Lanes>::Type& x) {
  using Type = typename Vector<Lanes>::Type;
  using Bits = typename Vector<Lanes>::Bits;
  const Type least = Type{} - 127.0F;
  x = x < least ? least : x;
  const Type rounder = Type{} + 12582912.0F;  // 1.5 * 2^23: adding it leaves the whole number in the low bits
  const Type shifted = x + rounder;
  const Type r = x - (shifted - rounder);
  Type p = r * 1.5453162941e-4F + 1.3390863364e-3F;
  p = p * r + 9.6180825573e-3F;
  p = p * r + 5.5503571142e-2F;
  p = p * r + 2.4022650761e-1F;
  p = p * r + 6.9314718803e-1F;
  p = p * r + 1.0F;
  const Bits power = (reinterpret_cast<Bits>(shifted) << 23) + 0x3f800000;
  x = p * reinterpret_cast<Type>(power);
}

template <int Lanes, int Rows>
SIMCLR_INLINE void multiply_rows(const TileKernels::Product& m, const float* a, const float* b, float* c) {
  constexpr int Across = static_cast<int>(panel_width) / Lanes;
  using Type = typename Vector<Lanes>::Type;
  Type sum[Rows][Across] = {};
  for (int64_t k = 0; k < m.depth; ++k) {
    Type line[Across];
#pragma GCC unroll 16
    for (int64_t v = 0; v < Across; ++v) load<Lanes>(b + k * m.line + v * Lanes, line[v]);
#pragma GCC unroll 16
    for (int64_t i = 0; i < Rows; ++i) {
      const float factor = a[i * m.row_step + k * m.column_step];
#pragma GCC unroll 16
      for (int64_t v = 0; v < Across; ++v) sum[i][v] += factor * line[v];
    }
  }
#pragma GCC unroll 16
  for (int64_t i = 0; i < Rows; ++i)
#pragma GCC unroll 16
    for (int64_t v = 0; v < Across; ++v) {
      Type before = {};
      if (m.add) load<Lanes>(c + i * m.c_line + v * Lanes, before);
      store<Lanes>(c + i * m.c_line + v * Lanes, before + sum[i][v]);
    }
}

template <int Lanes, int Rows>
SIMCLR_INLINE void multiply(const TileKernels::Product& m) {
  for (int64_t panel = 0; panel < m.panels; ++panel)
    for (int64_t i = 0; i < m.rows; i += Rows)
      multiply_rows<Lanes, Rows>(m, m.a + i * m.row_step, m.b + panel * m.panel_step,
                                 m.c + i * m.c_line + panel * panel_width);
}

template <int Lanes>
SIMCLR_INLINE void maxima(const float* s, int64_t side, float* of_rows, float* of_columns) {
  using Type = typename Vector<Lanes>::Type;
  for (int64_t j = 0; j < side; ++j) of_columns[j] = masked;
  for (int64_t i = 0; i < side; ++i) {
    Type best = Type{} + masked;
    for (int64_t j = 0; j < side; j += Lanes) {
      Type entry;
      Type column;
      load<Lanes>(s + i * side + j, entry);
      load<Lanes>(of_columns + j, column);
      best = entry > best ? entry : best;
      store<Lanes>(of_columns + j, entry > column ? entry : column);
    }
    of_rows[i] = masked;
    for (int lane = 0; lane < Lanes; ++lane) of_rows[i] = best[lane] > of_rows[i] ? best[lane] : of_rows[i];
  }
}

constexpr float log2_of_e = 1.44269504F;

// exp(scale (entry - shift)) by the row's shift and by the column's.
template <int Lanes, bool Fixed>
SIMCLR_INLINE void exponentials(const float* entries, float scale, float row_shift, const float* shifts,
                                typename Vector<Lanes>::Type& by_row,
                                typename Vector<Lanes>::Type& by_column) {
  load<Lanes>(entries, by_row);
  if (!Fixed) {
    load<Lanes>(shifts, by_column);
    by_column = (by_row - by_column) * scale;
    exponential<Lanes>(by_column);
  }
  by_row = (by_row - row_shift) * scale;
  exponential<Lanes>(by_row);
  if (Fixed) by_column = by_row;
}

constexpr int64_t slab_rows = 16;

// In slabs of rows, so that a column's sum is a sum of short sums.
template <int Lanes, bool Fixed>
SIMCLR_INLINE void sums(const float* s, int64_t side, const TileKernels::Exponent& exponent, float* of_rows,
                        float* of_columns) {
  using Type = typename Vector<Lanes>::Type;
  const float scale = exponent.scale * log2_of_e;
  for (int64_t j = 0; j < side; ++j) of_columns[j] = 0;
  for (int64_t slab = 0; slab < side; slab += slab_rows) {
    Type rows[slab_rows] = {};
    for (int64_t j = 0; j < side; j += Lanes) {
      Type column = {};
      for (int64_t i = 0; i < slab_rows; ++i) {
        Type by_row;
        Type by_column;
        exponentials<Lanes, Fixed>(s + (slab + i) * side + j, scale, exponent.rows[Fixed ? 0 : slab + i],
                                   exponent.columns + j, by_row, by_column);
        rows[i] += by_row;
        column += by_column;
      }
      Type total;
      load<Lanes>(of_columns + j, total);
      store<Lanes>(of_columns + j, total + column);
    }
    for (int64_t i = 0; i < slab_rows; ++i) {
      float total = 0;
      for (int lane = 0; lane < Lanes; ++lane) total += rows[i][lane];
      of_rows[slab + i] = total;
    }
  }
}

template <int Lanes, bool Fixed>
SIMCLR_INLINE void weigh(float* s, int64_t side, const TileKernels::Exponent& exponent,
                         const float* row_weights, const float* column_weights) {
  using Type = typename Vector<Lanes>::Type;
  const float scale = exponent.scale * log2_of_e;
  for (int64_t i = 0; i < side; ++i)
    for (int64_t j = 0; j < side; j += Lanes) {
      Type by_row;
      Type by_column;
      Type weight;
      exponentials<Lanes, Fixed>(s + i * side + j, scale, exponent.rows[Fixed ? 0 : i], exponent.columns + j,
                                 by_row, by_column);
      load<Lanes>(column_weights + j, weight);
      if (Fixed)
        store<Lanes>(s + i * side + j, by_row * (weight + row_weights[i]));
      else
        store<Lanes>(s + i * side + j, by_row * row_weights[i] + by_column * weight);
    }
}

// The four functions for one instruction set.
// NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute
#define SIMCLR_KERNELS(NAME, TARGET, LANES, ROWS)                                              \
  TARGET void multiply_##NAME(const TileKernels::Product& product) {                           \
    multiply<LANES, ROWS>(product);                                                            \
  }                                                                                            \
  TARGET void maxima_##NAME(const float* s, int64_t side, float* of_rows, float* of_columns) { \
    maxima<LANES>(s, side, of_rows, of_columns);                                               \
  }                                                                                            \
  TARGET void sums_##NAME(const float* s, int64_t side, const TileKernels::Exponent& exponent, \
                          float* of_rows, float* of_columns) {                                 \
    exponent.fixed ? sums<LANES, true>(s, side, exponent, of_rows, of_columns)                 \
                   : sums<LANES, false>(s, side, exponent, of_rows, of_columns);               \
  }                                                                                            \
  TARGET void weigh_##NAME(float* s, int64_t side, const TileKernels::Exponent& exponent,      \
                           const float* row_weights, const float* column_weights) {            \
    exponent.fixed ? weigh<LANES, true>(s, side, exponent, row_weights, column_weights)        \
                   : weigh<LANES, false>(s, side, exponent, row_weights, column_weights);      \
  }                                                                                            \
  constexpr TileKernels kernels_##NAME = {#NAME, multiply_##NAME, maxima_##NAME, sums_##NAME, weigh_##NAME};
// NOLINTEND(bugprone-macro-parentheses)

SIMCLR_KERNELS(plain, , 4, 1)
#ifdef __x86_64__
SIMCLR_KERNELS(avx2, __attribute__((target("avx2,fma"))), 8, 2)
SIMCLR_KERNELS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), 16, 8)
#endif

}  // namespace

#undef SIMCLR_KERNELS
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

std::vector<const TileKernels*> all_tile_kernels() {
  std::vector<const TileKernels*> all;
#ifdef __x86_64__
  if (runs_avx512()) all.push_back(&kernels_avx512);
  if (runs_avx2()) all.push_back(&kernels_avx2);
#endif
  all.push_back(&kernels_plain);
  return all;
}

const TileKernels& tile_kernels() {
  static const TileKernels& widest = *all_tile_kernels().front();
  return widest;
}

}  // namespace simclr
