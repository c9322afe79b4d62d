#include "augment/colour.hpp"

#include <algorithm>
#include <cmath>

#include "augment/clones.hpp"

namespace simclr {
namespace {

constexpr float kRed = 0.2989F, kGreen = 0.587F, kBlue = 0.114F;
constexpr size_t kLanes = 16;  // partial sums: one vector register of the widest kind, the same everywhere

[[gnu::always_inline]] inline float least(float a, float b) {
  return a < b ? a : b;
}
[[gnu::always_inline]] inline float most(float a, float b) {
  return a > b ? a : b;
}
[[gnu::always_inline]] inline float clamped(float x) {
  return least(most(x, 0.0F), 1.0F);
}
[[gnu::always_inline]] inline float gray(float r, float g, float b) {
  return kRed * r + kGreen * g + kBlue * b;
}

double total(const float (&lanes)[kLanes]) {
  double all = 0;
  for (const float lane : lanes) all += static_cast<double>(lane);
  return all;
}

// The lanes are float32 and are emptied every kRun pixels, before rounding can matter.
constexpr size_t kRun = 64 * kLanes;

}  // namespace

SIMCLR_CLONES void affine(float* x, size_t n, float scale, float shift) {
  for (size_t i = 0; i < n; ++i) x[i] = scale * x[i] + shift;
}

SIMCLR_CLONES void affine_clamped(float* x, size_t n, float scale, float shift) {
  for (size_t i = 0; i < n; ++i) x[i] = clamped(scale * x[i] + shift);
}

SIMCLR_CLONES double sum(const float* x, size_t n) {
  double all = 0;
  for (size_t start = 0; start < n; start += kRun) {
    const size_t end = std::min(n, start + kRun), whole = start + (end - start) / kLanes * kLanes;
    float lanes[kLanes] = {};
    for (size_t i = start; i < whole; i += kLanes)
      for (size_t k = 0; k < kLanes; ++k) lanes[k] += x[i + k];
    for (size_t i = whole; i < end; ++i) lanes[i - whole] += x[i];
    all += total(lanes);
  }
  return all;
}

SIMCLR_CLONES double sum_of_squares(const float* x, size_t n, float centre) {
  double all = 0;
  for (size_t start = 0; start < n; start += kRun) {
    const size_t end = std::min(n, start + kRun), whole = start + (end - start) / kLanes * kLanes;
    float lanes[kLanes] = {};
    for (size_t i = start; i < whole; i += kLanes)
      for (size_t k = 0; k < kLanes; ++k) lanes[k] += (x[i + k] - centre) * (x[i + k] - centre);
    for (size_t i = whole; i < end; ++i) lanes[i - whole] += (x[i] - centre) * (x[i] - centre);
    all += total(lanes);
  }
  return all;
}

SIMCLR_CLONES double gray_sum(const Rgb& x) {
  const float *r = x.r, *g = x.g, *b = x.b;
  double all = 0;
  for (size_t start = 0; start < x.n; start += kRun) {
    const size_t end = std::min(x.n, start + kRun), whole = start + (end - start) / kLanes * kLanes;
    float lanes[kLanes] = {};
    for (size_t i = start; i < whole; i += kLanes)
      for (size_t k = 0; k < kLanes; ++k) lanes[k] += gray(r[i + k], g[i + k], b[i + k]);
    for (size_t i = whole; i < end; ++i) lanes[i - whole] += gray(r[i], g[i], b[i]);
    all += total(lanes);
  }
  return all;
}

SIMCLR_CLONES void blend_with_gray(const Rgb& x, float factor) {
  float* __restrict r = x.r, * __restrict g = x.g, * __restrict b = x.b;
  const float rest = 1.0F - factor;
  for (size_t i = 0, n = x.n; i < n; ++i) {
    const float shift = rest * gray(r[i], g[i], b[i]);
    r[i] = clamped(factor * r[i] + shift);
    g[i] = clamped(factor * g[i] + shift);
    b[i] = clamped(factor * b[i] + shift);
  }
}

// HSV keeps max and direction: only the distance from the maximum changes, by c'/c with c = max - min and
// c' = min(factor c, max), since S' = c'/max may not exceed 1.
SIMCLR_CLONES void scale_saturation(const Rgb& x, float factor) {
  float* __restrict r = x.r, * __restrict g = x.g, * __restrict b = x.b;
  for (size_t i = 0, n = x.n; i < n; ++i) {
    const float high = most(r[i], most(g[i], b[i])), low = least(r[i], least(g[i], b[i]));
    const float chroma = high - low;
    const float ratio = least(factor, high / (chroma > 0 ? chroma : 1.0F));  // gray pixels: times zero below
    r[i] = clamped(high - (high - r[i]) * ratio);
    g[i] = clamped(high - (high - g[i]) * ratio);
    b[i] = clamped(high - (high - b[i]) * ratio);
  }
}

// A band is max - c clamp(min(k, 4 - k), 0, 1) with k = (n + 6 H) mod 6, n = 5, 3, 1 for R, G, B.
// All of it is kept times c, so nothing is divided and gray pixels need no care. 6 H lies in [-1, 5] and
// n + 6 turns, reduced beforehand, in [0, 6): one wrap is enough, as k in [-1, 0] and in [5, 6] both give
// max.
SIMCLR_CLONES void shift_hue(const Rgb& x, float turns) {
  float* __restrict r = x.r, * __restrict g = x.g, * __restrict b = x.b;
  const auto reduced = [turns](float n) {
    const float k = std::fmod(n + 6.0F * turns, 6.0F);
    return k < 0 ? k + 6.0F : k;
  };
  const float kr = reduced(5), kg = reduced(3), kb = reduced(1);
  for (size_t i = 0, n = x.n; i < n; ++i) {
    const float high = most(r[i], most(g[i], b[i])), low = least(r[i], least(g[i], b[i])), c = high - low;
    const float at_red = g[i] - b[i], at_green = 2.0F * c + (b[i] - r[i]), at_blue = 4.0F * c + (r[i] - g[i]);
    const float hue = high == r[i] ? at_red : high == g[i] ? at_green : at_blue;
    float red = hue + kr * c, green = hue + kg * c, blue = hue + kb * c;
    red = red >= 6.0F * c ? red - 6.0F * c : red;
    green = green >= 6.0F * c ? green - 6.0F * c : green;
    blue = blue >= 6.0F * c ? blue - 6.0F * c : blue;
    r[i] = clamped(high - least(most(least(red, 4.0F * c - red), 0.0F), c));
    g[i] = clamped(high - least(most(least(green, 4.0F * c - green), 0.0F), c));
    b[i] = clamped(high - least(most(least(blue, 4.0F * c - blue), 0.0F), c));
  }
}

SIMCLR_CLONES void turn_gray(const Rgb& x) {
  float* __restrict r = x.r, * __restrict g = x.g, * __restrict b = x.b;
  for (size_t i = 0, n = x.n; i < n; ++i) r[i] = g[i] = b[i] = gray(r[i], g[i], b[i]);
}

SIMCLR_CLONES void solarize(float* x, size_t n, float threshold) {
  for (size_t i = 0; i < n; ++i) x[i] = x[i] >= threshold ? 1.0F - x[i] : x[i];
}

}  // namespace simclr
