#include "nn/winograd_kernels.hpp"

#include "base/processor.hpp"
#include "base/vectors.hpp"

// Written once with vector types and compiled for each instruction set; as in loss/tile_kernels, the fusing
// of a * b + c, which the language standard switches off, is switched on again.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=fast")
#endif

namespace simclr {
namespace {

constexpr float near = 0.75F, near2 = near * near, near3 = near2 * near, far = 1.5F, far2 = far * far,
                far3 = far2 * far;

// The one-dimensional transforms, on values `step` apart, for each side.
template <int side>
struct Line;

template <>
struct Line<2> {
  template <class Type>
  static SIMCLR_INLINE void input(const Type* x, int step, Type* out, int out_step) {
    out[0] = x[0] - x[2 * step];
    out[out_step] = x[step] + x[2 * step];
    out[2 * out_step] = x[2 * step] - x[step];
    out[3 * out_step] = x[step] - x[3 * step];
  }
  template <class Type>
  static SIMCLR_INLINE void gradient(const Type* g, int step, Type* out, int out_step) {
    out[0] = g[0];
    out[out_step] = g[0] + g[step];
    out[2 * out_step] = g[0] - g[step];
    out[3 * out_step] = -g[step];
  }
  template <class Type>
  static SIMCLR_INLINE void output(const Type* m, int step, Type* out, int out_step) {
    out[0] = m[0] + m[step] + m[2 * step];
    out[out_step] = m[step] - m[2 * step] - m[3 * step];
  }
  template <class Type>
  static SIMCLR_INLINE void weights(const Type* w, int step, Type* out, int out_step) {
    const Type even = (w[0] + w[2 * step]) * 0.5F, odd = w[step] * 0.5F;
    out[0] = w[0];
    out[out_step] = even + odd;
    out[2 * out_step] = even - odd;
    out[3 * out_step] = w[2 * step];
  }
  template <class Type>
  static SIMCLR_INLINE void weights_back(const Type* u, int step, Type* out, int out_step) {
    const Type sum = (u[step] + u[2 * step]) * 0.5F, difference = (u[step] - u[2 * step]) * 0.5F;
    out[0] = u[0] + sum;
    out[out_step] = difference;
    out[2 * out_step] = u[3 * step] + sum;
  }
};

template <>
struct Line<4> {
  template <class Type>
  static SIMCLR_INLINE void input(const Type* x, int step, Type* out, int out_step) {
    const Type x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step], x4 = x[4 * step],
               x5 = x[5 * step];
    const Type even_near = x4 - x2 * far2, odd_near = (x3 - x1 * far2) * near;
    const Type even_far = x4 - x2 * near2, odd_far = (x3 - x1 * near2) * far;
    out[0] = x4 + x0 * (near2 * far2) - x2 * (near2 + far2);
    out[out_step] = even_near + odd_near;
    out[2 * out_step] = even_near - odd_near;
    out[3 * out_step] = even_far + odd_far;
    out[4 * out_step] = even_far - odd_far;
    out[5 * out_step] = x5 + x1 * (near2 * far2) - x3 * (near2 + far2);
  }
  template <class Type>
  static SIMCLR_INLINE void gradient(const Type* g, int step, Type* out, int out_step) {
    const Type g0 = g[0], g1 = g[step], g2 = g[2 * step], g3 = g[3 * step];
    const Type even_near = g0 + g2 * near2, odd_near = g1 * near + g3 * near3;
    const Type even_far = g0 + g2 * far2, odd_far = g1 * far + g3 * far3;
    out[0] = g0;
    out[out_step] = even_near + odd_near;
    out[2 * out_step] = even_near - odd_near;
    out[3 * out_step] = even_far + odd_far;
    out[4 * out_step] = even_far - odd_far;
    out[5 * out_step] = g3;
  }
  template <class Type>
  static SIMCLR_INLINE void output(const Type* m, int step, Type* out, int out_step) {
    const Type sum_near = m[step] + m[2 * step], difference_near = m[step] - m[2 * step];
    const Type sum_far = m[3 * step] + m[4 * step], difference_far = m[3 * step] - m[4 * step];
    out[0] = m[0] + sum_near + sum_far;
    out[out_step] = difference_near * near + difference_far * far;
    out[2 * out_step] = sum_near * near2 + sum_far * far2;
    out[3 * out_step] = difference_near * near3 + difference_far * far3 + m[5 * step];
  }
  // A point p weighs (1, p, p^2) over the product of its distances to the other finite points.
  static constexpr float at_zero = 1 / (near2 * far2), at_near = 1 / (2 * near2 * (near2 - far2)),
                         at_far = 1 / (2 * far2 * (far2 - near2));
  template <class Type>
  static SIMCLR_INLINE void weights(const Type* w, int step, Type* out, int out_step) {
    const Type w0 = w[0], w1 = w[step], w2 = w[2 * step];
    const Type even_near = (w0 + w2 * near2) * at_near, odd_near = w1 * (near * at_near);
    const Type even_far = (w0 + w2 * far2) * at_far, odd_far = w1 * (far * at_far);
    out[0] = w0 * at_zero;
    out[out_step] = even_near + odd_near;
    out[2 * out_step] = even_near - odd_near;
    out[3 * out_step] = even_far + odd_far;
    out[4 * out_step] = even_far - odd_far;
    out[5 * out_step] = w2;
  }
  template <class Type>
  static SIMCLR_INLINE void weights_back(const Type* u, int step, Type* out, int out_step) {
    const Type sum_near = (u[step] + u[2 * step]) * at_near, sum_far = (u[3 * step] + u[4 * step]) * at_far;
    out[0] = u[0] * at_zero + sum_near + sum_far;
    out[out_step] = (u[step] - u[2 * step]) * (near * at_near) + (u[3 * step] - u[4 * step]) * (far * at_far);
    out[2 * out_step] = sum_near * near2 + sum_far * far2 + u[5 * step];
  }
};

template <int side, int Lanes, class T>
SIMCLR_INLINE void from_input(const T* const* d, const WinogradBlock& block, int64_t tile) {
  using Type = typename Vector<Lanes>::Type;
  constexpr int patch = side + 2;
  for (int64_t channel = 0; channel < block.channels; channel += Lanes) {
    Type x[patch * patch], half[patch * patch], out[patch];
#pragma GCC unroll 36
    for (int i = 0; i < patch * patch; ++i) load<Lanes>(d[i] + channel, x[i]);
#pragma GCC unroll 6
    for (int j = 0; j < patch; ++j) Line<side>::input(x + j, patch, half + j, patch);
    float* to = block.at(0, channel) + tile * block.line;
#pragma GCC unroll 6
    for (int i = 0; i < patch; ++i) {
      Line<side>::input(half + i * patch, 1, out, 1);
#pragma GCC unroll 6
      for (int j = 0; j < patch; ++j) store<Lanes>(to + (i * patch + j) * block.point_step, out[j]);
    }
  }
}

template <int side, int Lanes, class T>
SIMCLR_INLINE void from_gradient(const T* const* g, const WinogradBlock& block, int64_t tile) {
  using Type = typename Vector<Lanes>::Type;
  constexpr int patch = side + 2;
  for (int64_t channel = 0; channel < block.channels; channel += Lanes) {
    Type x[side * side], half[patch * side], out[patch];
#pragma GCC unroll 16
    for (int i = 0; i < side * side; ++i) load<Lanes>(g[i] + channel, x[i]);
#pragma GCC unroll 4
    for (int j = 0; j < side; ++j) Line<side>::gradient(x + j, side, half + j, side);
    float* to = block.at(0, channel) + tile * block.line;
#pragma GCC unroll 6
    for (int i = 0; i < patch; ++i) {
      Line<side>::gradient(half + i * side, 1, out, 1);
#pragma GCC unroll 6
      for (int j = 0; j < patch; ++j) store<Lanes>(to + (i * patch + j) * block.point_step, out[j]);
    }
  }
}

template <int Lanes, class T>
SIMCLR_INLINE void finish(typename Vector<Lanes>::Type& y, int64_t channel, const WinogradEnd& end, T* to) {
  using Type = typename Vector<Lanes>::Type;
  Type more;
  if (end.bias != nullptr) {
    load<Lanes>(end.bias + channel, more);
    y += more;
  }
  if (end.add) {
    load<Lanes>(to + channel, more);
    y += more;
  }
  if (end.relu) y = y < Type{} ? Type{} : y;  // NaN stays NaN
  store<Lanes>(to + channel, y);
}

template <int side, int Lanes, class T>
SIMCLR_INLINE void to_output(const WinogradBlock& block, int64_t tile, const WinogradEnd& end, T* const* y) {
  using Type = typename Vector<Lanes>::Type;
  constexpr int patch = side + 2;
  for (int64_t channel = 0; channel < block.channels; channel += Lanes) {
    const float* from = block.at(0, channel) + tile * block.line;
    Type m[patch * patch], half[side * patch], out[side];
#pragma GCC unroll 36
    for (int i = 0; i < patch * patch; ++i) load<Lanes>(from + i * block.point_step, m[i]);
#pragma GCC unroll 6
    for (int j = 0; j < patch; ++j) Line<side>::output(m + j, patch, half + j, patch);
#pragma GCC unroll 4
    for (int i = 0; i < side; ++i) {
      Line<side>::output(half + i * patch, 1, out, 1);
#pragma GCC unroll 4
      for (int j = 0; j < side; ++j)
        if (y[i * side + j] != nullptr) finish<Lanes>(out[j], channel, end, y[i * side + j]);
    }
  }
}

template <int side, int Lanes>
SIMCLR_INLINE void from_weights(const float* w, int64_t width, float* u, int64_t step) {
  using Type = typename Vector<Lanes>::Type;
  constexpr int patch = side + 2;
  for (int64_t lane = 0; lane < width; lane += Lanes) {
    Type taps[9], half[patch * 3], out[patch];
    for (int i = 0; i < 9; ++i) load<Lanes>(w + i * width + lane, taps[i]);
    for (int j = 0; j < 3; ++j) Line<side>::weights(taps + j, 3, half + j, 3);
    for (int i = 0; i < patch; ++i) {
      Line<side>::weights(half + i * 3, 1, out, 1);
      for (int j = 0; j < patch; ++j) store<Lanes>(u + (i * patch + j) * step + lane, out[j]);
    }
  }
}

template <int side, int Lanes>
SIMCLR_INLINE void to_weights(const float* u, int64_t step, int64_t width, float* w) {
  using Type = typename Vector<Lanes>::Type;
  constexpr int patch = side + 2;
  for (int64_t lane = 0; lane < width; lane += Lanes) {
    Type points[patch * patch], half[3 * patch], out[3];
    for (int i = 0; i < patch * patch; ++i) load<Lanes>(u + i * step + lane, points[i]);
    for (int j = 0; j < patch; ++j) Line<side>::weights_back(points + j, patch, half + j, patch);
    for (int i = 0; i < 3; ++i) {
      Line<side>::weights_back(half + i * patch, 1, out, 1);
      for (int j = 0; j < 3; ++j) store<Lanes>(w + (i * 3 + j) * width + lane, out[j]);
    }
  }
}

template <int Lanes, int Rows, int Across>
SIMCLR_INLINE void multiply_rows(const WinogradKernels::Product& m, const float* a, float* c) {
  using Type = typename Vector<Lanes>::Type;
  constexpr int64_t line_length = Across * Lanes;
  Type sum[Rows][Across] = {};
  if (m.add) {
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 16
      for (int v = 0; v < Across; ++v) load<Lanes>(c + i * m.c_line + v * Lanes, sum[i][v]);
  }
  for (int64_t k = 0; k < m.depth; ++k) {
    Type line[Across];
#pragma GCC unroll 16
    for (int v = 0; v < Across; ++v) load<Lanes>(m.b + k * line_length + v * Lanes, line[v]);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const float factor = a[i * m.row_step + k * m.column_step];
#pragma GCC unroll 16
      for (int v = 0; v < Across; ++v) sum[i][v] += factor * line[v];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 16
    for (int v = 0; v < Across; ++v) store<Lanes>(c + i * m.c_line + v * Lanes, sum[i][v]);
}

template <int Lanes, int Rows>
SIMCLR_INLINE void multiply(const WinogradKernels::Product& m) {
  for (int64_t i = 0; i < m.rows; i += Rows) {
    const float* a = m.a + i * m.row_step;
    float* c = m.c + i * m.c_line;
    m.width == 32 ? multiply_rows<Lanes, Rows, 32 / Lanes>(m, a, c)
                  : multiply_rows<Lanes, Rows, 16 / Lanes>(m, a, c);
  }
}

// The functions for one instruction set.
// NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute
#define SIMCLR_TRANSFORMS(NAME, TARGET, LANES, SIDE, T)                                           \
  TARGET void from_input_##NAME(const T* const* d, const WinogradBlock& block, int64_t tile) {    \
    from_input<SIDE, LANES>(d, block, tile);                                                      \
  }                                                                                               \
  TARGET void from_gradient_##NAME(const T* const* g, const WinogradBlock& block, int64_t tile) { \
    from_gradient<SIDE, LANES>(g, block, tile);                                                   \
  }                                                                                               \
  TARGET void to_output_##NAME(const WinogradBlock& block, int64_t tile, const WinogradEnd& end,  \
                               T* const* y) {                                                     \
    to_output<SIDE, LANES>(block, tile, end, y);                                                  \
  }                                                                                               \
  constexpr WinogradTransforms<T> transforms_##NAME = {from_input_##NAME, from_gradient_##NAME,   \
                                                       to_output_##NAME};
#define SIMCLR_SIDE(NAME, TARGET, LANES, SIDE)                                                 \
  SIMCLR_TRANSFORMS(NAME##_float, TARGET, LANES, SIDE, float)                                  \
  SIMCLR_TRANSFORMS(NAME##_bfloat, TARGET, LANES, SIDE, Bfloat)                                \
  TARGET void from_weights_##NAME(const float* w, int64_t width, float* u, int64_t step) {     \
    from_weights<SIDE, LANES>(w, width, u, step);                                              \
  }                                                                                            \
  TARGET void to_weights_##NAME(const float* u, int64_t step, int64_t width, float* w) {       \
    to_weights<SIDE, LANES>(u, step, width, w);                                                \
  }                                                                                            \
  constexpr WinogradSide side_##NAME = {transforms_##NAME##_float, transforms_##NAME##_bfloat, \
                                        from_weights_##NAME, to_weights_##NAME};
#define SIMCLR_KERNELS(NAME, TARGET, LANES, ROWS)                       \
  SIMCLR_SIDE(NAME##_2, TARGET, LANES, 2)                               \
  SIMCLR_SIDE(NAME##_4, TARGET, LANES, 4)                               \
  TARGET void product_##NAME(const WinogradKernels::Product& product) { \
    multiply<LANES, ROWS>(product);                                     \
  }                                                                     \
  constexpr WinogradKernels winograd_##NAME = {#NAME, side_##NAME##_2, side_##NAME##_4, product_##NAME};
// NOLINTEND(bugprone-macro-parentheses)

SIMCLR_KERNELS(plain, , 4, 2)
#ifdef __x86_64__
SIMCLR_KERNELS(avx2, __attribute__((target("avx2,fma"))), 8, 2)
SIMCLR_KERNELS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), 16, 8)
#endif

}  // namespace

#undef SIMCLR_KERNELS
#undef SIMCLR_SIDE
#undef SIMCLR_TRANSFORMS
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

std::vector<const WinogradKernels*> all_winograd_kernels() {
  std::vector<const WinogradKernels*> all;
#ifdef __x86_64__
  if (runs_avx512()) all.push_back(&winograd_avx512);
  if (runs_avx2()) all.push_back(&winograd_avx2);
#endif
  all.push_back(&winograd_plain);
  return all;
}

const WinogradKernels& winograd_kernels() {
  static const WinogradKernels& widest = *all_winograd_kernels().front();
  return widest;
}

}  // namespace simclr
