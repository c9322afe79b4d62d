#include "nn/winograd_kernels.hpp"

// Written once with vector types and compiled for each instruction set. The language standard switches off
// the fusing of a * b + c, which is half of the speed here; this file switches it on again.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=fast")
#endif

#define SIMCLR_INLINE inline __attribute__((always_inline))

namespace simclr {
namespace {

template <int Lanes>
struct Pack {
  typedef float Type __attribute__((vector_size(Lanes * sizeof(float)), aligned(4), may_alias));
};

template <int Lanes>
SIMCLR_INLINE void get(const float* from, typename Pack<Lanes>::Type& to) {
  to = *reinterpret_cast<const typename Pack<Lanes>::Type*>(from);
}

template <int Lanes>
SIMCLR_INLINE void put(float* to, const typename Pack<Lanes>::Type& from) {
  *reinterpret_cast<typename Pack<Lanes>::Type*>(to) = from;
}

// The points 0, +-a, +-b and infinity.
constexpr float near = 0.75F, near2 = near * near, near3 = near2 * near, far = 1.5F, far2 = far * far,
                far3 = far2 * far;

// Six values of the input to six values at the points.
template <class Type>
SIMCLR_INLINE void to_points(const Type* x, int64_t step, Type* out, int64_t out_step) {
  const Type x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step], x4 = x[4 * step], x5 = x[5 * step];
  const Type even_a = x4 - x2 * far2, odd_a = (x3 - x1 * far2) * near;
  const Type even_b = x4 - x2 * near2, odd_b = (x3 - x1 * near2) * far;
  out[0] = x4 + x0 * (near2 * far2) - x2 * (near2 + far2);
  out[out_step] = even_a + odd_a;
  out[2 * out_step] = even_a - odd_a;
  out[3 * out_step] = even_b + odd_b;
  out[4 * out_step] = even_b - odd_b;
  out[5 * out_step] = x5 + x1 * (near2 * far2) - x3 * (near2 + far2);
}

// Six values at the points to four of the output.
template <class Type>
SIMCLR_INLINE void from_points(const Type* m, int64_t step, Type* out, int64_t out_step) {
  const Type sum_a = m[step] + m[2 * step], difference_a = m[step] - m[2 * step];
  const Type sum_b = m[3 * step] + m[4 * step], difference_b = m[3 * step] - m[4 * step];
  out[0] = m[0] + sum_a + sum_b;
  out[out_step] = difference_a * near + difference_b * far;
  out[2 * out_step] = sum_a * near2 + sum_b * far2;
  out[3 * out_step] = difference_a * near3 + difference_b * far3 + m[5 * step];
}

template <int Lanes>
SIMCLR_INLINE void transform(const float* const* from, int64_t channels, float* to, int64_t step) {
  using Type = typename Pack<Lanes>::Type;
  for (int64_t c = 0; c < channels; c += Lanes) {
    Type x[36], rows[36], out[6];
#pragma GCC unroll 36
    for (int64_t i = 0; i < 36; ++i) {
      x[i] = Type{};
      if (from[i] != nullptr) get<Lanes>(from[i] + c, x[i]);
    }
#pragma GCC unroll 6
    for (int64_t j = 0; j < 6; ++j) to_points(x + j, 6, rows + j, 6);
#pragma GCC unroll 6
    for (int64_t i = 0; i < 6; ++i) {
      to_points(rows + i * 6, 1, out, 1);
#pragma GCC unroll 6
      for (int64_t j = 0; j < 6; ++j) put<Lanes>(to + (i * 6 + j) * step + c, out[j]);
    }
  }
}

template <int Lanes, int Rows>
SIMCLR_INLINE void multiply(const float* a, const float* b, float* c, int64_t rows, int64_t depth,
                            int64_t panels) {
  using Type = typename Pack<Lanes>::Type;
  constexpr int64_t Across = winograd_panel / Lanes;
  const int64_t line = panels * winograd_panel;
  for (int64_t panel = 0; panel < panels; ++panel, b += depth * winograd_panel, c += winograd_panel)
    for (int64_t i = 0; i < rows; i += Rows) {
      Type sum[Rows][Across] = {};
      const float* factors = a + i * depth;
      for (int64_t k = 0; k < depth; ++k) {
        Type right[Across];
#pragma GCC unroll 16
        for (int64_t v = 0; v < Across; ++v) get<Lanes>(b + k * winograd_panel + v * Lanes, right[v]);
#pragma GCC unroll 16
        for (int64_t r = 0; r < Rows; ++r) {
          const float factor = factors[r * depth + k];
#pragma GCC unroll 16
          for (int64_t v = 0; v < Across; ++v) sum[r][v] += factor * right[v];
        }
      }
#pragma GCC unroll 16
      for (int64_t r = 0; r < Rows; ++r)
#pragma GCC unroll 16
        for (int64_t v = 0; v < Across; ++v) put<Lanes>(c + (i + r) * line + v * Lanes, sum[r][v]);
    }
}

template <int Lanes>
SIMCLR_INLINE void finish(const float* from, int64_t step, int64_t channels, const float* bias, bool add,
                          bool relu, float* const* to) {
  using Type = typename Pack<Lanes>::Type;
  for (int64_t c = 0; c < channels; c += Lanes) {
    Type m[36], rows[24], out[4], plus;
#pragma GCC unroll 36
    for (int64_t i = 0; i < 36; ++i) get<Lanes>(from + i * step + c, m[i]);
#pragma GCC unroll 6
    for (int64_t j = 0; j < 6; ++j) from_points(m + j, 6, rows + j, 6);
    get<Lanes>(bias + c, plus);
#pragma GCC unroll 4
    for (int64_t i = 0; i < 4; ++i) {
      from_points(rows + i * 6, 1, out, 1);
#pragma GCC unroll 4
      for (int64_t j = 0; j < 4; ++j) {
        if (to[i * 4 + j] == nullptr) continue;
        Type y = out[j] + plus;
        if (add) {
          Type also;
          get<Lanes>(to[i * 4 + j] + c, also);
          y += also;
        }
        if (relu) y = y < Type{} ? Type{} : y;  // NaN stays NaN
        put<Lanes>(to[i * 4 + j] + c, y);
      }
    }
  }
}

// The three functions for one instruction set.
// NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute
#define SIMCLR_KERNELS(NAME, TARGET, LANES, ROWS)                                                           \
  TARGET void transform_##NAME(const float* const* from, int64_t channels, float* to, int64_t step) {       \
    transform<LANES>(from, channels, to, step);                                                             \
  }                                                                                                         \
  TARGET void multiply_##NAME(const float* a, const float* b, float* c, int64_t rows, int64_t depth,        \
                              int64_t panels) {                                                             \
    multiply<LANES, ROWS>(a, b, c, rows, depth, panels);                                                    \
  }                                                                                                         \
  TARGET void finish_##NAME(const float* from, int64_t step, int64_t channels, const float* bias, bool add, \
                            bool relu, float* const* to) {                                                  \
    finish<LANES>(from, step, channels, bias, add, relu, to);                                               \
  }                                                                                                         \
  constexpr WinogradKernels winograd_##NAME = {#NAME, transform_##NAME, multiply_##NAME, finish_##NAME};
// NOLINTEND(bugprone-macro-parentheses)

SIMCLR_KERNELS(plain, , 4, 1)
#ifdef __x86_64__
SIMCLR_KERNELS(avx2, __attribute__((target("avx2,fma"))), 8, 2)
SIMCLR_KERNELS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,fma"))), 16, 8)
#endif

}  // namespace

#undef SIMCLR_KERNELS
#undef SIMCLR_INLINE
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

std::vector<const WinogradKernels*> all_winograd_kernels() {
  std::vector<const WinogradKernels*> all;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    all.push_back(&winograd_avx512);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back(&winograd_avx2);
#endif
  all.push_back(&winograd_plain);
  return all;
}

const WinogradKernels& winograd_kernels() {
  static const WinogradKernels& widest = *all_winograd_kernels().front();
  return widest;
}

}  // namespace simclr
