#include "image/rows.hpp"

#include <algorithm>
#include <cstring>

// AVX2 without FMA: the clones may differ in speed only. Sanitizers can't run the resolvers of clones.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SIMCLR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define SIMCLR_CLONES
#endif
#define SIMCLR_INLINE [[gnu::always_inline]] inline

namespace simclr {
namespace {

using Four = float __attribute__((vector_size(16)));

SIMCLR_INLINE Four load(const float* from) {
  Four value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Up to four rows in one sweep over `out`, which is started or added to.
template <class T, bool start>
SIMCLR_INLINE void sweep(const T* const* rows, const float* w, int count, float* __restrict out, size_t n) {
  const T* a = rows[0];
  const T* b = count > 1 ? rows[1] : a;
  const T* c = count > 2 ? rows[2] : a;
  const T* d = count > 3 ? rows[3] : a;
  const auto value = [](T sample) { return static_cast<float>(sample); };
  switch (count) {
    case 1:
      for (size_t x = 0; x < n; ++x) out[x] = (start ? 0.0F : out[x]) + w[0] * value(a[x]);
      break;
    case 2:
      for (size_t x = 0; x < n; ++x)
        out[x] = (start ? 0.0F : out[x]) + (w[0] * value(a[x]) + w[1] * value(b[x]));
      break;
    case 3:
      for (size_t x = 0; x < n; ++x)
        out[x] = (start ? 0.0F : out[x]) + (w[0] * value(a[x]) + w[1] * value(b[x]) + w[2] * value(c[x]));
      break;
    default:
      for (size_t x = 0; x < n; ++x)
        out[x] = (start ? 0.0F : out[x]) +
                 ((w[0] * value(a[x]) + w[1] * value(b[x])) + (w[2] * value(c[x]) + w[3] * value(d[x])));
  }
}

template <class T>
SIMCLR_INLINE void weigh(const T* const* rows, const float* weights, int count, float* out, size_t n) {
  sweep<T, true>(rows, weights, std::min(count, 4), out, n);
  for (int i = 4; i < count; i += 4) sweep<T, false>(rows + i, weights + i, std::min(count - i, 4), out, n);
}

template <class T>
SIMCLR_INLINE void split(const T* triples, T* __restrict a, T* __restrict b, T* __restrict c, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    a[i] = triples[3 * i];
    b[i] = triples[3 * i + 1];
    c[i] = triples[3 * i + 2];
  }
}

SIMCLR_INLINE Four dot(const float* row, const float* weight, int taps) {
  Four sum = load(row) * load(weight);
  for (int i = 4; i < taps; i += 4) sum += load(row + i) * load(weight + i);
  return sum;
}

SIMCLR_INLINE Four four_sums(Four a, Four b, Four c, Four d) {
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

template <int fixed>  // 0: as many taps as `windows` says
SIMCLR_INLINE void columns(const float* row, const Windows& windows, float* out) {
  const int taps = fixed != 0 ? fixed : windows.taps;
  const size_t step = static_cast<size_t>(taps), n = windows.start.size();
  const int* start = windows.start.data();
  const float* weight = windows.weight.data();
  size_t x = 0;
  for (; x + 4 <= n; x += 4, start += 4, weight += 4 * step) {
    const Four sums =
        four_sums(dot(row + start[0], weight, taps), dot(row + start[1], weight + step, taps),
                  dot(row + start[2], weight + 2 * step, taps), dot(row + start[3], weight + 3 * step, taps));
    std::memcpy(out + x, &sums, sizeof sums);
  }
  for (; x < n; ++x, ++start, weight += step) {
    const Four one = dot(row + start[0], weight, taps);
    out[x] = (one[0] + one[2]) + (one[1] + one[3]);
  }
}

template <class T>
void weigh_plainly(const T* const* rows, const float* weights, int count, float* out, size_t n) {
  weigh(rows, weights, count, out, n);
}

void neighbours_plainly(const float* row, const float* weights, int count, float* out, size_t n) {
  const float* shifted[4];
  for (int i = 0; i < count; i += 4) {
    const int now = std::min(count - i, 4);
    for (int k = 0; k < now; ++k) shifted[k] = row + i + k;
    if (i == 0) {
      sweep<float, true>(shifted, weights, now, out, n);
    } else {
      sweep<float, false>(shifted, weights + i, now, out, n);
    }
  }
}

void columns_plainly(const float* row, const Windows& windows, float* out) {
  switch (windows.taps) {
    case 4:
      return columns<4>(row, windows, out);
    case 8:
      return columns<8>(row, windows, out);
    default:
      return columns<0>(row, windows, out);
  }
}

}  // namespace

const RowKernels& plain_row_kernels() {
  static constexpr RowKernels plain = {
      "plain", 4, weigh_plainly, weigh_plainly, weigh_plainly, neighbours_plainly, columns_plainly};
  return plain;
}

void arrange(Windows& windows, int lanes) {
  const auto width = static_cast<size_t>(lanes);
  const size_t n = windows.start.size(), taps = static_cast<size_t>(windows.taps);
  const auto used = static_cast<size_t>(windows.used);
  windows.base.clear();
  if (lanes < 8 || n < width) return;
  windows.offset.clear();
  windows.across.clear();
  for (size_t block = 0; block * width < n; ++block) {
    const size_t first = std::min(block * width, n - width);  // the last one overlaps
    const int* start = windows.start.data() + first;
    const auto [least, most] = std::minmax_element(start, start + width);
    if (*most - *least + windows.used > 2 * lanes) return windows.base.clear();
    windows.base.push_back(*least);
    for (size_t k = 0; k < width; ++k) windows.offset.push_back(start[k] - *least);
    for (size_t i = 0; i < used; ++i)
      for (size_t k = 0; k < width; ++k) windows.across.push_back(windows.weight[(first + k) * taps + i]);
  }
}

SIMCLR_CLONES void split3(const uint8_t* triples, uint8_t* a, uint8_t* b, uint8_t* c, size_t n) {
  split(triples, a, b, c, n);
}
SIMCLR_CLONES void split3(const uint16_t* triples, uint16_t* a, uint16_t* b, uint16_t* c, size_t n) {
  split(triples, a, b, c, n);
}

}  // namespace simclr
