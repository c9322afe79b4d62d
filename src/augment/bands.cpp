#include "augment/bands.hpp"

#include <algorithm>
#include <cmath>

namespace simclr {
namespace {

// Unlike std::clamp's, these comparisons let NaN through in vector code, too.
float clamped(float x) {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

template <class Function>
double sum_of_valid(std::span<const float> pixels, double& count, const Function& function) {
  double sum = 0;
  count = 0;
  for (const float x : pixels) {
    const bool valid = x == x;
    sum += valid ? function(static_cast<double>(x)) : 0;
    count += valid ? 1 : 0;
  }
  return sum;
}

}  // namespace

double mean_of_valid(std::span<const float> pixels) {
  double count = 0;
  const double sum = sum_of_valid(pixels, count, [](double x) { return x; });
  return sum / std::max(1.0, count);
}

BandStatistics::Band statistics_of(const View& view, int c) {
  const auto at = static_cast<size_t>(c);
  if (view.statistics != nullptr && at < view.statistics->bands.size()) return view.statistics->bands[at];
  const std::span<const float> pixels = view.image.band<float>(c);
  const double mean = mean_of_valid(pixels);
  double count = 0;
  const double squares = sum_of_valid(pixels, count, [mean](double x) { return (x - mean) * (x - mean); });
  return {mean, std::sqrt(squares / std::max(1.0, count))};
}

void scale_and_shift(View& view, int c, double scale, double shift) {
  const auto by = static_cast<float>(scale), plus = static_cast<float>(shift);
  const std::span<float> pixels = view.image.band<float>(c);
  if (!view.raster)
    for (float& x : pixels) x = clamped(by * x + plus);
  else
    for (float& x : pixels) x = by * x + plus;
}

void multiply_pixels(View& view, int c, std::span<const float> factors) {
  const std::span<float> pixels = view.image.band<float>(c);
  if (!view.raster)
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = clamped(factors[i] * pixels[i]);
  else
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] *= factors[i];
}

}  // namespace simclr
