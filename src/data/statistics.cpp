#include "data/statistics.hpp"

#include <algorithm>
#include <cmath>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/threads.hpp"

namespace simclr {
namespace {

constexpr size_t block = 64;                     // pictures read between two looks at the budget
constexpr size_t enough = 256;                   // pictures always read
constexpr size_t byte_budget = size_t{4} << 30;  // of decoded pixels
constexpr double least_std = 1e-6;

struct Moments {
  double mean = 0, mean_of_squares = 0;
};

// Sums of integers are exact, so their order doesn't matter.
template <class T>
Moments moments_of(std::span<const T> values, double largest) {
  uint64_t sum = 0, squares = 0;
  for (const uint64_t value : values) {
    sum += value;
    squares += value * value;
  }
  const double n = static_cast<double>(values.size()) * largest;
  return {static_cast<double>(sum) / n, static_cast<double>(squares) / n / largest};
}

Moments moments_of(std::span<const float> values) {
  double sum = 0, squares = 0;
  size_t count = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    squares += double{value} * value;
    ++count;
  }
  const double n = static_cast<double>(std::max<size_t>(count, 1));
  return {sum / n, squares / n};
}

Moments moments_of_band(const Image& image, int c) {
  if (image.sample() == Sample::u8) return moments_of(image.band<uint8_t>(c), 255);
  if (image.sample() == Sample::u16) return moments_of(image.band<uint16_t>(c), 65535);
  return moments_of(image.band<float>(c));
}

std::string content_hash(const Image& image) {
  const auto bytes = image.bytes();
  return sha256(std::to_string(image.bands()) + "x" + std::to_string(image.height()) + "x" +
                std::to_string(image.width()) +
                sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

Probe look_at(const Source& source, size_t index, int bands, bool with_hash) {
  DecodeOptions options;
  options.bands = bands;
  const Decoded decoded = source.read(index, options);
  Probe probe;
  probe.index = index;
  probe.error = decoded.error;
  probe.format = decoded.format;
  if (!decoded.ok()) return probe;
  const Image& image = decoded.image;
  probe.sample = image.sample();
  probe.bands = image.bands();
  probe.height = image.height();
  probe.width = image.width();
  for (int c = 0; c < image.bands(); ++c) {
    const Moments moments = moments_of_band(image, c);
    probe.mean.push_back(moments.mean);
    probe.mean_of_squares.push_back(moments.mean_of_squares);
  }
  if (with_hash) probe.hash = content_hash(image);
  return probe;
}

// Shuffled, so that a sample cut short is still spread over the source.
std::vector<size_t> chosen(size_t size, size_t most, uint64_t seed) {
  const Permutation order(size, derive_seed(seed, "statistics"), 0);
  std::vector<size_t> indices;
  for (size_t i = 0; i < std::min(size, most); ++i) indices.push_back(order[i]);
  return indices;
}

size_t decoded_bytes(const Probe& probe, int bands) {
  return static_cast<size_t>(bands) * static_cast<size_t>(probe.height) * static_cast<size_t>(probe.width) *
         bytes_per(probe.sample);
}

int common_bands(const Source& source, std::span<const Probe> good) {
  const auto usual = [](int bands) { return bands == 1 || bands == 3; };
  int bands = good[0].bands;
  const auto other = std::find_if(good.begin(), good.end(), [&](const Probe& probe) {
    if (probe.bands != bands && !(usual(probe.bands) && usual(bands))) return true;
    bands = std::max(bands, probe.bands);
    return false;
  });
  if (other == good.end()) return bands;
  throw Error(
      Exit::data,
      "pictures differ in their number of bands: " + std::to_string(good[0].bands) + " in " +
          printable(source.path(good[0].index)) + ", " + std::to_string(other->bands) + " in " +
          printable(source.path(other->index)) + ".",
      "Only gray and RGB pictures can be mixed. Keep rasters of other kinds in folders of their own.");
}

int median(std::vector<int> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void measure_sizes(std::span<const Probe> good, Statistics& result) {
  const auto heights = std::minmax_element(
      good.begin(), good.end(), [](const Probe& a, const Probe& b) { return a.height < b.height; });
  const auto widths = std::minmax_element(good.begin(), good.end(),
                                          [](const Probe& a, const Probe& b) { return a.width < b.width; });
  result.least_height = heights.first->height;
  result.most_height = heights.second->height;
  result.least_width = widths.first->width;
  result.most_width = widths.second->width;
  std::vector<int> sides;
  for (const Probe& probe : good) {
    sides.push_back(std::min(probe.height, probe.width));
    result.sample = std::max(result.sample, probe.sample);
    result.bytes_per_image += static_cast<double>(decoded_bytes(probe, result.bands));
  }
  result.bytes_per_image /= static_cast<double>(good.size());
  result.median_side = median(std::move(sides));
}

void measure_moments(std::span<const Probe> good, Statistics& result) {
  const auto n = static_cast<double>(good.size());
  for (int c = 0; c < result.bands; ++c) {
    double mean = 0, squares = 0;
    for (const Probe& probe : good) {
      const size_t band = probe.bands == 1 ? 0 : static_cast<size_t>(c);  // gray counts in each of three
      mean += probe.mean[band];
      squares += probe.mean_of_squares[band];
    }
    mean /= n;
    result.mean.push_back(mean);
    result.std.push_back(std::max(least_std, std::sqrt(std::max(0.0, squares / n - mean * mean))));
  }
}

}  // namespace

std::vector<Probe> probe(const Source& source, int bands, size_t most, uint64_t seed, bool with_hash) {
  const auto indices = chosen(source.size(), most, seed);
  std::vector<Probe> probes(indices.size());
  size_t done = 0, bytes = 0;
  while (done < indices.size() && (done < enough || bytes < byte_budget)) {
    const size_t count = std::min(block, indices.size() - done);
    parallel_for(count, cores(),
                 [&](size_t i) { probes[done + i] = look_at(source, indices[done + i], bands, with_hash); });
    for (size_t i = 0; i < count; ++i) bytes += decoded_bytes(probes[done + i], probes[done + i].bands);
    done += count;
  }
  probes.resize(done);
  std::sort(probes.begin(), probes.end(), [](const Probe& a, const Probe& b) { return a.index < b.index; });
  return probes;
}

Statistics summarise(const Source& source, std::span<const Probe> probes) {
  Statistics result;
  result.sampled = probes.size();
  std::vector<Probe> good;
  for (const Probe& probe : probes) {
    if (probe.error.empty())
      good.push_back(probe);
    else
      result.bad.push_back({source.path(probe.index), probe.error});
  }
  if (good.empty()) {
    const std::string first =
        result.bad.empty() ? "there is none" : printable(result.bad[0].path) + ": " + result.bad[0].error;
    throw Error(Exit::data, "none of the " + std::to_string(probes.size()) +
                                " pictures looked at can be decoded (" + first + ").");
  }
  result.bands = common_bands(source, good);
  measure_sizes(good, result);
  measure_moments(good, result);
  return result;
}

Statistics measure(const Source& source, int bands, size_t most, uint64_t seed) {
  return summarise(source, probe(source, bands, most, seed, false));
}

int suggest_image_size(const Statistics& statistics) {
  const int side = statistics.median_side;
  if (side <= 64) return std::max(16, side + side % 2);
  return std::min(224, side / 32 * 32);
}

}  // namespace simclr
