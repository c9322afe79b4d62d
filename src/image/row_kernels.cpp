// The same loops as in rows.cpp written with vector types, for AVX2 and AVX-512. Sums are taken in the order
// of the plain ones and products never fused, so that the bits are the same.

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "image/rows.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>  // declares the built-in functions
#define SIMCLR_VECTORS
#endif

namespace simclr {

#ifdef SIMCLR_VECTORS
#define SIMCLR_INLINE [[gnu::always_inline]] inline
namespace {

template <int lanes>
struct Vector {
  typedef float Type __attribute__((vector_size(lanes * sizeof(float))));
  typedef int32_t Whole __attribute__((vector_size(lanes * sizeof(int32_t))));
};

// Vectors go in and out by reference: by value they would be passed differently under each instruction set.
// (A built-in function that returns a vector warns of the same, needlessly: it is one instruction.)
#pragma GCC diagnostic ignored "-Wpsabi"

// Whole numbers are widened by the one instruction for it, which the compiler doesn't find by itself.
typedef char Bytes __attribute__((vector_size(16)));
typedef short EightWords __attribute__((vector_size(16)));
typedef short Words __attribute__((vector_size(32)));

SIMCLR_INLINE void widen(const uint8_t* from, Vector<16>::Whole& to) {
  Bytes bytes;
  std::memcpy(&bytes, from, 16);
  to = __builtin_ia32_pmovzxbd512_mask(bytes, Vector<16>::Whole{}, -1);
}
SIMCLR_INLINE void widen(const uint8_t* from, Vector<8>::Whole& to) {
  Bytes bytes = {};
  std::memcpy(&bytes, from, 8);
  to = __builtin_ia32_pmovzxbd256(bytes);
}
SIMCLR_INLINE void widen(const uint16_t* from, Vector<16>::Whole& to) {
  Words words;
  std::memcpy(&words, from, 32);
  to = __builtin_ia32_pmovzxwd512_mask(words, Vector<16>::Whole{}, -1);
}
SIMCLR_INLINE void widen(const uint16_t* from, Vector<8>::Whole& to) {
  EightWords words;
  std::memcpy(&words, from, 16);
  to = __builtin_ia32_pmovzxwd256(words);
}

template <int lanes, class T>
SIMCLR_INLINE void load(const T* from, typename Vector<lanes>::Type& to) {
  if constexpr (std::is_same_v<T, float>) {
    std::memcpy(&to, from, sizeof to);
  } else {
    typename Vector<lanes>::Whole whole;
    widen(from, whole);
    to = __builtin_convertvector(whole, typename Vector<lanes>::Type);
  }
}

// Rows of their own, or one row shifted by one pixel each.
template <class T>
struct Rows {
  const T* const* rows;
  const T* at(int i) const { return rows[i]; }
};
template <class T>
struct Neighbours {
  const T* row;
  const T* at(int i) const { return row + i; }
};

// One to four inputs from the i-th on, weighed and added up.
template <int lanes, int inputs, class From>
SIMCLR_INLINE void weigh_inputs(const From& from, const float* w, int i, size_t x,
                                typename Vector<lanes>::Type& part) {
  typename Vector<lanes>::Type a, b, c, d;
  load<lanes>(from.at(i) + x, a);
  part = w[i] * a;
  if constexpr (inputs > 1) {
    load<lanes>(from.at(i + 1) + x, b);
    part += w[i + 1] * b;
  }
  if constexpr (inputs > 2) {
    load<lanes>(from.at(i + 2) + x, c);
    c *= w[i + 2];
    if constexpr (inputs > 3) {
      load<lanes>(from.at(i + 3) + x, d);
      c += w[i + 3] * d;
    }
    part += c;
  }
}

// `vectors` vectors of output stay in registers while the inputs go by: fours of them, then `rest`.
template <int lanes, int vectors, int rest, class From>
SIMCLR_INLINE void weigh_block(const From& from, const float* w, int count, float* out, size_t x) {
  using Type = typename Vector<lanes>::Type;
  Type sum[vectors] = {}, part;
  const int whole = count - rest;
  for (int i = 0; i < whole; i += 4)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      weigh_inputs<lanes, 4>(from, w, i, x + static_cast<size_t>(v * lanes), part);
      sum[v] += part;
    }
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v) {
    if constexpr (rest > 0) {
      weigh_inputs<lanes, rest>(from, w, whole, x + static_cast<size_t>(v * lanes), part);
      sum[v] += part;
    }
    std::memcpy(out + x + v * lanes, &sum[v], sizeof sum[v]);
  }
}

// The last block overlaps the one before.
template <int lanes, int rest, class From>
SIMCLR_INLINE void weigh_row(const From& from, const float* weights, int count, float* out, size_t n) {
  constexpr size_t wide = 4 * lanes;
  size_t x = 0;
  for (; x + wide <= n; x += wide) weigh_block<lanes, 4, rest>(from, weights, count, out, x);
  for (; x + lanes <= n; x += lanes) weigh_block<lanes, 1, rest>(from, weights, count, out, x);
  if (x < n) weigh_block<lanes, 1, rest>(from, weights, count, out, n - lanes);
}

template <int lanes, class From>
SIMCLR_INLINE void weigh(const From& from, const float* weights, int count, float* out, size_t n) {
  switch (count % 4) {
    case 1:
      return weigh_row<lanes, 1>(from, weights, count, out, n);
    case 2:
      return weigh_row<lanes, 2>(from, weights, count, out, n);
    case 3:
      return weigh_row<lanes, 3>(from, weights, count, out, n);
    default:
      return weigh_row<lanes, 0>(from, weights, count, out, n);
  }
}

// The inputs of a block of outputs lie in two vectors, out of which each tap picks.
template <int lanes, int known>
SIMCLR_INLINE void columns_counted(const float* row, const Windows& windows, float* out) {
  using Type = typename Vector<lanes>::Type;
  using Whole = typename Vector<lanes>::Whole;
  const int used = known != 0 ? known : windows.used;
  const size_t n = windows.start.size();
  const float* weight = windows.across.data();
  for (size_t block = 0; block < windows.base.size(); ++block) {
    const size_t x = std::min(block * lanes, n - lanes);
    Type low, high, w, sum[4] = {};
    Whole pick;
    load<lanes>(row + windows.base[block], low);
    load<lanes>(row + windows.base[block] + lanes, high);
    std::memcpy(&pick, windows.offset.data() + block * lanes, sizeof pick);
    for (int i = 0; i < used; i += 4)
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k)
        if (i + k < used) {
          load<lanes>(weight, w);
          const Type picked = __builtin_shuffle(low, high, pick);
          sum[k] = i == 0 ? picked * w : sum[k] + picked * w;
          weight += lanes;
          pick += 1;
        }
    const Type all = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    std::memcpy(out + x, &all, sizeof all);
  }
}

template <int lanes>
SIMCLR_INLINE void columns(const float* row, const Windows& windows, float* out) {
  switch (windows.used) {
    case 2:
      return columns_counted<lanes, 2>(row, windows, out);
    case 3:
      return columns_counted<lanes, 3>(row, windows, out);
    case 4:
      return columns_counted<lanes, 4>(row, windows, out);
    default:
      return columns_counted<lanes, 0>(row, windows, out);
  }
}

// Rows shorter than a vector are left to the plain loops.
// NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute
#define SIMCLR_WEIGH(NAME, TARGET, LANES, T)                                                       \
  TARGET void weigh_rows_##NAME(const T* const* rows, const float* weights, int count, float* out, \
                                size_t n) {                                                        \
    if (n < LANES) return plain_row_kernels().weigh(rows, weights, count, out, n);                 \
    weigh<LANES>(Rows<T>{rows}, weights, count, out, n);                                           \
  }
#define SIMCLR_KERNELS(NAME, TARGET, LANES)                                                                \
  SIMCLR_WEIGH(NAME, TARGET, LANES, uint8_t)                                                               \
  SIMCLR_WEIGH(NAME, TARGET, LANES, uint16_t)                                                              \
  SIMCLR_WEIGH(NAME, TARGET, LANES, float)                                                                 \
  TARGET void neighbours_##NAME(const float* row, const float* weights, int count, float* out, size_t n) { \
    if (n < LANES) return plain_row_kernels().neighbours(row, weights, count, out, n);                     \
    weigh<LANES>(Neighbours<float>{row}, weights, count, out, n);                                          \
  }                                                                                                        \
  TARGET void columns_##NAME(const float* row, const Windows& windows, float* out) {                       \
    if (windows.base.empty()) return plain_row_kernels().columns(row, windows, out);                       \
    columns<LANES>(row, windows, out);                                                                     \
  }                                                                                                        \
  const RowKernels kernels_##NAME = {                                                                      \
      #NAME,         LANES, weigh_rows_##NAME, weigh_rows_##NAME, weigh_rows_##NAME, neighbours_##NAME,    \
      columns_##NAME};
// NOLINTEND(bugprone-macro-parentheses)

SIMCLR_KERNELS(avx2, __attribute__((target("avx2"), optimize("fp-contract=off"))), 8)
SIMCLR_KERNELS(avx512, __attribute__((target("avx512f"), optimize("fp-contract=off"))), 16)

}  // namespace
#undef SIMCLR_KERNELS
#undef SIMCLR_WEIGH
#undef SIMCLR_INLINE
#endif

std::vector<const RowKernels*> all_row_kernels() {
  std::vector<const RowKernels*> all;
#ifdef SIMCLR_VECTORS
  if (__builtin_cpu_supports("avx512f")) all.push_back(&kernels_avx512);
  if (__builtin_cpu_supports("avx2")) all.push_back(&kernels_avx2);
#endif
  all.push_back(&plain_row_kernels());
  return all;
}

const RowKernels& row_kernels() {
  static const RowKernels& widest = *all_row_kernels().front();
  return widest;
}

}  // namespace simclr
