#include <algorithm>
#include <array>
#include <cstddef>

#include "augment/clones.hpp"
#include "augment/pipeline.hpp"

namespace simclr {
namespace {

// With the number of bands known, stores are interleaved in registers.
template <size_t bands>
[[gnu::always_inline]] inline void interleave(const float* x, size_t n, const float* mean,
                                              const float* inverse, float* __restrict out) {
  for (size_t i = 0; i < n; ++i)
    for (size_t c = 0; c < bands; ++c) out[i * bands + c] = (x[c * n + i] - mean[c]) * inverse[c];
}

SIMCLR_CLONES void interleave_1(const float* x, size_t n, const float* mean, const float* inverse,
                                float* out) {
  interleave<1>(x, n, mean, inverse, out);
}

SIMCLR_CLONES void interleave_3(const float* x, size_t n, const float* mean, const float* inverse,
                                float* out) {
  interleave<3>(x, n, mean, inverse, out);
}

SIMCLR_CLONES void interleave_4(const float* x, size_t n, const float* mean, const float* inverse,
                                float* out) {
  interleave<4>(x, n, mean, inverse, out);
}

SIMCLR_CLONES void interleave_band(const float* x, size_t n, size_t bands, float mean, float inverse,
                                   float* out) {
  for (size_t i = 0; i < n; ++i) out[i * bands] = (x[i] - mean) * inverse;
}

}  // namespace

void normalise_into(const Image& view, std::span<const float> mean, std::span<const float> std, float* out) {
  const auto bands = static_cast<size_t>(view.bands());
  const size_t n = view.plane();
  if (view.empty()) return;
  const float* const x = view.band<float>(0).data();
  if (bands == 1 || bands == 3 || bands == 4) {
    std::array<float, 4> inverse{};
    for (size_t c = 0; c < bands; ++c) inverse[c] = 1.0F / std[c];
    const auto write = bands == 1 ? interleave_1 : bands == 3 ? interleave_3 : interleave_4;
    return write(x, n, mean.data(), inverse.data(), out);
  }
  constexpr size_t kBlock = 512;  // pixels: what is written stays in the cache until all bands are there
  for (size_t start = 0; start < n; start += kBlock)
    for (size_t c = 0; c < bands; ++c)
      interleave_band(x + c * n + start, std::min(kBlock, n - start), bands, mean[c], 1.0F / std[c],
                      out + start * bands + c);
}

}  // namespace simclr
