#include "data/perceptual_hash.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "image/resample.hpp"

namespace simclr {
namespace {

constexpr size_t side = 32, low = 16;  // of the gray copy; frequencies kept each way

using Gray = std::array<double, side * side>;
using Coefficients = std::array<double, low * low>;

// NaN and infinities would spread over the whole copy.
Image finite(const Image& image) {
  Image out = image;
  for (int c = 0; c < out.bands(); ++c) {
    const auto band = out.band<float>(c);
    double sum = 0;
    size_t count = 0;
    for (const float value : band)
      if (std::isfinite(value)) sum += value, ++count;
    const auto mean = static_cast<float>(count == 0 ? 0 : sum / static_cast<double>(count));
    for (float& value : band)
      if (!std::isfinite(value)) value = mean;
  }
  return out;
}

// What two values of one band must differ by to be different: a step of whole numbers, rounding of floats.
double step_of(const Image& image, double lo, double hi) {
  if (image.sample() != Sample::f32) return static_cast<double>(unit_scale(image.sample()));
  return 1e-5 * std::max(std::abs(lo), std::abs(hi));
}

// Adds weight * (value - offset); false when the band doesn't vary.
bool add_scaled(const Image& image, const Image& small, int c, Gray& gray) {
  const auto band = small.band<float>(c);
  const auto [least, most] = std::minmax_element(band.begin(), band.end());
  const double lo = *least, hi = *most;
  if (hi - lo <= 0 || hi - lo < step_of(image, lo, hi)) return false;
  for (size_t i = 0; i < gray.size(); ++i) gray[i] += (band[i] - lo) / (hi - lo);
  return true;
}

// False when there is nothing in the picture.
bool make_gray(const Image& image, Gray& gray) {
  const Image small = crop_resize(image.sample() == Sample::f32 ? finite(image) : image,
                                  {0, 0, image.height(), image.width()}, side, side, Filter::bilinear, false,
                                  unit_scale(image.sample()));
  gray.fill(0);
  if (image.bands() != 3) {
    bool varies = false;
    for (int c = 0; c < image.bands(); ++c) varies = add_scaled(image, small, c, gray) || varies;
    return varies;
  }
  constexpr double luma[] = {0.299, 0.587, 0.114};
  for (int c = 0; c < 3; ++c)
    for (size_t i = 0; i < gray.size(); ++i) gray[i] += luma[c] * double{small.band<float>(c)[i]};
  const auto [least, most] = std::minmax_element(gray.begin(), gray.end());
  return *most > *least && *most - *least >= step_of(image, *least, *most);
}

// [frequency][place], orthonormal.
const std::array<double, low * side>& cosines() {
  static const auto table = [] {
    std::array<double, low * side> made{};
    for (size_t k = 0; k < low; ++k)
      for (size_t x = 0; x < side; ++x)
        made[k * side + x] = std::sqrt((k == 0 ? 1.0 : 2.0) / side) *
                             std::cos(std::numbers::pi * (static_cast<double>(x) + 0.5) *
                                      static_cast<double>(k) / static_cast<double>(side));
    return made;
  }();
  return table;
}

Coefficients transform(const Gray& gray) {
  const auto& table = cosines();
  std::array<double, side * low> rows{};
  for (size_t y = 0; y < side; ++y)
    for (size_t u = 0; u < low; ++u)
      for (size_t x = 0; x < side; ++x) rows[y * low + u] += gray[y * side + x] * table[u * side + x];
  Coefficients out{};
  for (size_t v = 0; v < low; ++v)
    for (size_t y = 0; y < side; ++y)
      for (size_t u = 0; u < low; ++u) out[v * low + u] += table[v * side + y] * rows[y * low + u];
  out[0] = 0;
  return out;
}

// Whether all there is lies above the frequencies kept, as in stripes of single pixels.
bool lies_above(const Coefficients& table, const Gray& gray) {
  double sum = 0, squares = 0, kept = 0;
  for (const double value : gray) sum += value, squares += value * value;
  for (const double value : table) kept += value * value;
  return kept <= 1e-6 * (squares - sum * sum / static_cast<double>(gray.size()));
}

// Mirroring changes the sign of every odd frequency of that direction.
template <class Table>
auto turned_value(const Table& table, int turn, size_t v, size_t u) {
  if ((turn & 4) != 0) std::swap(v, u);
  const bool negative = ((turn & 1) != 0 && u % 2 == 1) != ((turn & 2) != 0 && v % 2 == 1);
  const auto value = table[v * low + u];
  return negative ? -value : +value;
}

HashBits bits_of(const Coefficients& table, int turn, double rounding) {
  std::array<double, low * low - 1> values{};
  for (size_t k = 1; k < low * low; ++k) values[k - 1] = turned_value(table, turn, k / low, k % low);
  auto sorted = values;
  std::nth_element(sorted.begin(), sorted.begin() + values.size() / 2, sorted.end());
  const double median = sorted[values.size() / 2] + rounding;  // coefficients of 0 must not be bits of chance
  HashBits bits{};
  for (size_t k = 0; k < values.size(); ++k)
    if (values[k] > median) bits[k / 64] |= uint64_t{1} << (k % 64);
  return bits;
}

}  // namespace

int distance(const HashBits& a, const HashBits& b) {
  int sum = 0;
  for (size_t w = 0; w < a.size(); ++w) sum += std::popcount(a[w] ^ b[w]);
  return sum;
}

Sketch sketch(const Image& image, bool turned) {
  Sketch result;
  Gray gray;
  if (!make_gray(image, gray)) return result;
  const Coefficients table = transform(gray);
  if (lies_above(table, gray)) return result;
  double largest = 0;
  for (const double value : table) largest = std::max(largest, std::abs(value));
  result.blank = false;
  result.aspect = static_cast<float>(std::log(static_cast<double>(image.height()) / image.width()));
  for (int turn = 0; turn < (turned ? all_turns : 1); ++turn)
    result.bits.push_back(bits_of(table, turn, 1e-6 * largest));
  for (size_t k = 0; k < table.size(); ++k)
    result.coefficients[k] = static_cast<int8_t>(std::lround(127 * table[k] / largest));
  return result;
}

double correlation(const Sketch& a, int turn, const Sketch& b) {
  int64_t product = 0, length_a = 0, length_b = 0;
  for (size_t k = 0; k < a.coefficients.size(); ++k) {
    const int x = turned_value(a.coefficients, turn, k / low, k % low), y = b.coefficients[k];
    product += x * y;
    length_a += x * x;
    length_b += y * y;
  }
  const double length = std::sqrt(static_cast<double>(length_a) * static_cast<double>(length_b));
  return length > 0 ? static_cast<double>(product) / length : 0;
}

}  // namespace simclr
