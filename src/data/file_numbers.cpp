#include "data/file_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/fields.hpp"

namespace simclr {
namespace {

constexpr double kGap = 30, kFarFromMedian = 300;
constexpr double kSameScale = 1e-6;  // relative: some are kept in float32

void insert(std::vector<double>& sorted, double value) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), value);
  if (at == sorted.end() || *at != value) sorted.insert(at, value);
}

template <class T>
double mean_square(std::span<const T> band) {
  double sum = 0;
  size_t count = 0;
  for (const T value : band) {
    const auto x = static_cast<double>(value);
    if (!std::isfinite(x)) continue;
    sum += x * x;
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

double mean_square(const Image& image, int c) {
  if (image.sample() == Sample::u8) return mean_square(image.band<uint8_t>(c));
  if (image.sample() == Sample::u16) return mean_square(image.band<uint16_t>(c));
  return mean_square(image.band<float>(c));
}

std::string listed(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : ", ") + shortest(value);
  return text;
}

std::string rough(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

void FileNumbers::add(const FileNumbers& picture) {
  for (const double offset : picture.offsets) insert(offsets, offset);
  for (const double value : picture.nodata) insert(nodata, value);
  least = most == 0 ? picture.least : std::min(least, picture.least);
  most = std::max(most, picture.most);
}

FileNumbers numbers_of(const Decoded& raster) {
  FileNumbers numbers;
  numbers.offsets = {raster.offset.value_or(0)};
  for (const double value : raster.nodata)
    if (std::isfinite(value) && (value != 0 || raster.image.sample() == Sample::f32))
      insert(numbers.nodata, value);
  const double scale = raster.scale.value_or(1);
  numbers.scale = scale == 1 ? 0 : scale;  // 1 stands beside any offset, and says nothing
  numbers.least = numbers.level = numbers.most = level_of(raster.image);
  return numbers;
}

double level_of(const Image& raster) {
  double most = 0;
  for (int c = 0; c < raster.bands(); ++c) most = std::max(most, mean_square(raster, c));
  return std::sqrt(most);
}

std::vector<bool> of_another_scale(const std::vector<double>& levels) {
  std::vector<double> sorted(levels);
  std::sort(sorted.begin(), sorted.end());
  std::vector<bool> other(levels.size(), false);
  if (sorted.empty()) return other;
  const size_t middle = (sorted.size() - 1) / 2;
  size_t first = middle, last = middle;
  const auto apart = [&](size_t lower, size_t upper, size_t outer) {
    const double away = outer < middle ? sorted[middle] / sorted[outer] : sorted[outer] / sorted[middle];
    return sorted[upper] > kGap * sorted[lower] && away > kFarFromMedian;
  };
  while (first > 0 && !apart(first - 1, first, first - 1)) --first;
  while (last + 1 < sorted.size() && !apart(last, last + 1, last + 1)) ++last;
  for (size_t i = 0; i < levels.size(); ++i) other[i] = levels[i] < sorted[first] || levels[i] > sorted[last];
  return other;
}

bool scales_differ(double one, double other) {
  return one != 0 && other != 0 && std::abs(one - other) > kSameScale * std::abs(one);
}

std::string scale_trouble(const FileNumbers& picture, const FileNumbers& expected) {
  if (scales_differ(picture.scale, expected.scale))
    return "its scale is " + shortest(picture.scale) + " where " + shortest(expected.scale) + " is expected";
  const double level = picture.level;
  const bool below = level * kGap < expected.least && level * kFarFromMedian < expected.level;
  const bool above = level > expected.most * kGap && level > expected.level * kFarFromMedian;
  if (expected.level == 0 || (!below && !above)) return "";
  return "its numbers are of another scale: about " + rough(level) + " where " + rough(expected.level) +
         " is usual";
}

std::string to_text(const FileNumbers& numbers) {
  std::string text;
  if (numbers.offsets.size() > 1)
    text = "offsets " + listed(numbers.offsets) + " added, to each file its own · ";
  else if (!numbers.offsets.empty() && numbers.offsets[0] != 0)
    text = "offset " + listed(numbers.offsets) + " added · ";
  text += "no data: 0 in every band, NaN";
  if (!numbers.nodata.empty()) text += ", " + listed(numbers.nodata);
  return text + (numbers.scale == 0 ? "" : " · scale " + shortest(numbers.scale));
}

}  // namespace simclr
