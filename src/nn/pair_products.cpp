#include "nn/pair_products.hpp"

#include <array>
#include <cstring>

#include "base/processor.hpp"

#ifdef __x86_64__
#include <immintrin.h>
#define SIMCLR_PAIRS __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#endif

namespace simclr {

#ifdef __x86_64__

namespace {

constexpr int64_t kLanes = 16, kAcross = kPanel / kLanes;

struct Interleaving {
  alignas(64) std::array<uint16_t, kPanel> low, high;
};

// Of the 64 values of two rows: to columns 0..15 and 16..31, each with its neighbour of the second row.
constexpr Interleaving interleaving() {
  Interleaving order{};
  for (size_t i = 0; i < kLanes; ++i) {
    order.low[2 * i] = static_cast<uint16_t>(i);
    order.low[2 * i + 1] = static_cast<uint16_t>(kPanel + i);
    order.high[2 * i] = static_cast<uint16_t>(kLanes + i);
    order.high[2 * i + 1] = static_cast<uint16_t>(kPanel + kLanes + i);
  }
  return order;
}
constexpr Interleaving kOrder = interleaving();

// sums += the kTile columns of pairs at `a` times the panel b
SIMCLR_PAIRS SIMCLR_INLINE void add_pairs(const Bfloat* a, int64_t row_step, int64_t pair_step,
                                          const Bfloat* b, int64_t pairs, __m512 (&sums)[kTile][kAcross]) {
  for (int64_t k = 0; k < pairs; ++k, a += pair_step, b += 2 * kPanel) {
    const __m512i line[kAcross] = {_mm512_load_si512(b), _mm512_load_si512(b + kPanel)};
#pragma GCC unroll 8
    for (int64_t i = 0; i < kTile; ++i) {
      int32_t pair;
      std::memcpy(&pair, a + i * row_step, sizeof pair);
      const __m512i both = _mm512_set1_epi32(pair);
#pragma GCC unroll 2
      for (int64_t v = 0; v < kAcross; ++v)
        sums[i][v] = _mm512_dpbf16_ps(sums[i][v], reinterpret_cast<__m512bh>(both),
                                      reinterpret_cast<__m512bh>(line[v]));
    }
  }
}

}  // namespace

bool runs_pair_products() {
  return runs_avx512() && __builtin_cpu_supports("avx512bf16");
}

SIMCLR_PAIRS void pack_pairs(const Bfloat* const* rows, int64_t count, int64_t columns, Bfloat* packed) {
  const __m512i low = _mm512_load_si512(kOrder.low.data()), high = _mm512_load_si512(kOrder.high.data());
  const int64_t panel_step = (count + 1) / 2 * 2 * kPanel;
  for (int64_t row = 0; row < count; row += 2, packed += 2 * kPanel) {
    const bool alone = row + 1 == count;
    Bfloat* to = packed;
    for (int64_t column = 0; column < columns; column += kPanel, to += panel_step) {
      const __m512i first = _mm512_loadu_si512(rows[row] + column);
      const __m512i second = alone ? _mm512_setzero_si512() : _mm512_loadu_si512(rows[row + 1] + column);
      _mm512_store_si512(to, _mm512_permutex2var_epi16(first, low, second));
      _mm512_store_si512(to + kPanel, _mm512_permutex2var_epi16(first, high, second));
    }
  }
}

SIMCLR_PAIRS void add_product_of_panels(const Bfloat* a, const Bfloat* b, int64_t pairs, float* sum) {
  for (int64_t column = 0; column < kPanel; column += kTile, sum += kTile * kPanel) {
    __m512 sums[kTile][kAcross];
#pragma GCC unroll 8
    for (int64_t i = 0; i < kTile; ++i)
      for (int64_t v = 0; v < kAcross; ++v) sums[i][v] = _mm512_loadu_ps(sum + i * kPanel + v * kLanes);
    add_pairs(a + 2 * column, 2, 2 * kPanel, b, pairs, sums);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kTile; ++i)
      for (int64_t v = 0; v < kAcross; ++v) _mm512_storeu_ps(sum + i * kPanel + v * kLanes, sums[i][v]);
  }
}

SIMCLR_PAIRS void multiply_by_panel(const Bfloat* a, int64_t line, const Bfloat* b, int64_t pairs,
                                    Bfloat* const* out) {
  __m512 sums[kTile][kAcross];
#pragma GCC unroll 8
  for (int64_t i = 0; i < kTile; ++i)
    for (int64_t v = 0; v < kAcross; ++v) sums[i][v] = _mm512_setzero_ps();
  add_pairs(a, line, 2, b, pairs, sums);
#pragma GCC unroll 8
  for (int64_t i = 0; i < kTile; ++i)
    if (out[i] != nullptr)
      _mm512_storeu_si512(out[i], reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(sums[i][1], sums[i][0])));
}

#else

bool runs_pair_products() {
  return false;
}
void pack_pairs(const Bfloat* const*, int64_t, int64_t, Bfloat*) {}
void add_product_of_panels(const Bfloat*, const Bfloat*, int64_t, float*) {}
void multiply_by_panel(const Bfloat*, int64_t, const Bfloat*, int64_t, Bfloat* const*) {}

#endif

}  // namespace simclr
