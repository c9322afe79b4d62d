#pragma once
// The arithmetic of a fused batch norm on a block of rows: x [rows, channels], channels last, their number a
// multiple of 8, float32 or bfloat16. Sums run in one fixed order; products are float32.

#include <cstdint>

#include "base/vectors.hpp"

namespace simclr {

// What one pass reads and writes; what is null is left out.
template <class T>
struct NormRows {
  int64_t rows = 0, channels = 0;
  const T* x = nullptr;
  const T* residual = nullptr;
  const T* out = nullptr;       // after ReLU: the gradient passes where it is above 0
  const T* gradient = nullptr;  // of out
};

// mean and the sum of squared differences from it, each [channels]
void norm_moments(const NormRows<float>& block, float* mean, float* squares);
void norm_moments(const NormRows<Bfloat>& block, float* mean, float* squares);

// Of a channel. x - mean is taken first: x * scale + shift would lose what differs in values far from 0.
struct NormLine {
  const float *mean, *scale, *shift;
};
// out = (x - mean) * scale + shift (+ residual), cut off below 0 with `relu`
void norm_apply(const NormRows<float>& block, const NormLine& line, bool relu, float* out);
void norm_apply(const NormRows<Bfloat>& block, const NormLine& line, bool relu, Bfloat* out);

// Where the gradient passes: everywhere; where `out` is above 0; or, for ReLU without a residual, where the
// result is, which is computed again from x rather than read.
enum class NormMask { none, out, again };

// g = gradient where it passes: its sums and those of g * (x - mean), each [channels]; g itself to `passed`,
// if given
void norm_reduce(const NormRows<float>& block, NormMask mask, const NormLine& line, float* sum,
                 float* product, float* passed);
void norm_reduce(const NormRows<Bfloat>& block, NormMask mask, const NormLine& line, float* sum,
                 float* product, Bfloat* passed);

// dx = g * by_gradient + (x - mean) * by_x + constant, its rows dx_line values apart
struct NormSlopes {
  const float *by_gradient, *by_x, *constant;
};
void norm_input_gradient(const NormRows<float>& block, NormMask mask, const NormLine& line,
                         const NormSlopes& slopes, float* dx, int64_t dx_line);
void norm_input_gradient(const NormRows<Bfloat>& block, NormMask mask, const NormLine& line,
                         const NormSlopes& slopes, Bfloat* dx, int64_t dx_line);

}  // namespace simclr
