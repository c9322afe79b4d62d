#include "data/probe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/durable.hpp"
#include "base/random.hpp"
#include "base/threads.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

constexpr size_t block = 64;                     // pictures read between two looks at the budget
constexpr size_t enough = 256;                   // pictures always read
constexpr size_t byte_budget = size_t{4} << 30;  // of decoded pixels

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

template <class T>
std::vector<T> with_data(std::span<const T> band, const std::vector<bool>& mask) {
  std::vector<T> kept;
  kept.reserve(band.size());
  for (size_t i = 0; i < band.size(); ++i)
    if (mask[i]) kept.push_back(band[i]);
  return kept;
}

template <class T, class... Largest>
Moments moments_of_band(const Image& image, int c, const std::vector<bool>& mask, Largest... largest) {
  if (mask.empty()) return moments_of(image.band<T>(c), largest...);
  const std::vector<T> kept = with_data(image.band<T>(c), mask);
  return moments_of(std::span<const T>(kept), largest...);
}

// `mask`: which pixels have data; empty: all.
Moments moments_of_band(const Image& image, int c, const std::vector<bool>& mask) {
  if (image.sample() == Sample::u8) return moments_of_band<uint8_t>(image, c, mask, 255.0);
  if (image.sample() == Sample::u16) return moments_of_band<uint16_t>(image, c, mask, 65535.0);
  return moments_of_band<float>(image, c, mask);
}

std::vector<bool> mask_of(const Image& image, bool named) {
  if (!is_raster(image, named)) return {};
  std::vector<bool> mask = data_mask(image);
  return std::find(mask.begin(), mask.end(), false) == mask.end() ? std::vector<bool>() : mask;
}

// Whole numbers have the range of their type.
Range range_of(const Image& image) {
  if (image.sample() != Sample::f32) return {0, 1};
  Range range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (int c = 0; c < image.bands(); ++c)
    for (const float value : image.band<float>(c)) {
      if (!std::isfinite(value)) continue;
      range.lo = std::min(range.lo, double{value});
      range.hi = std::max(range.hi, double{value});
    }
  return range;
}

Probe look_at(const Source& source, size_t index, const DecodeOptions& options, bool with_hash) {
  const Decoded decoded = source.read(index, options);
  Probe probe;
  probe.index = index;
  probe.error = decoded.error;
  probe.format = decoded.format;
  if (!decoded.ok()) return probe;
  const Image& image = decoded.image;
  probe.range = range_of(image);
  probe.sample = image.sample();
  probe.bands = image.bands();
  probe.height = image.height();
  probe.width = image.width();
  probe.band_names = decoded.bands;
  probe.names_by_file = decoded.names;
  if (is_raster(image, !decoded.bands.empty())) probe.numbers = numbers_of(decoded);
  const auto mask = mask_of(image, !decoded.bands.empty());
  if (!mask.empty())
    probe.valid =
        static_cast<double>(std::count(mask.begin(), mask.end(), true)) / static_cast<double>(mask.size());
  for (int c = 0; c < image.bands(); ++c) {
    const Moments moments = moments_of_band(image, c, mask);
    probe.mean.push_back(moments.mean);
    probe.mean_of_squares.push_back(moments.mean_of_squares);
  }
  if (with_hash) probe.hash = content_hash(image);
  return probe;
}

// Shuffled, so that a sample cut short is still spread over the source.
std::vector<size_t> chosen(std::span<const uint32_t> among, size_t most, uint64_t seed) {
  const Permutation order(among.size(), derive_seed(seed, "statistics"), 0);
  std::vector<size_t> indices;
  for (size_t i = 0; i < std::min(among.size(), most); ++i) indices.push_back(among[order[i]]);
  return indices;
}

}  // namespace

std::string content_hash(const Image& image) {
  const auto bytes = image.bytes();
  return sha256(std::to_string(image.bands()) + "x" + std::to_string(image.height()) + "x" +
                std::to_string(image.width()) +
                sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

size_t decoded_bytes(const Probe& probe, int bands) {
  return static_cast<size_t>(bands) * static_cast<size_t>(probe.height) * static_cast<size_t>(probe.width) *
         bytes_per(probe.sample);
}

std::vector<Probe> probe(const Source& source, std::span<const uint32_t> among, const DecodeOptions& options,
                         size_t most, uint64_t seed, bool with_hash) {
  const auto indices = chosen(among, most, seed);
  std::vector<Probe> probes(indices.size());
  size_t done = 0, bytes = 0;
  while (done < indices.size() && (done < enough || bytes < byte_budget)) {
    const size_t count = std::min(block, indices.size() - done);
    parallel_for(count, cores(), [&](size_t i) {
      probes[done + i] = look_at(source, indices[done + i], options, with_hash);
    });
    for (size_t i = 0; i < count; ++i) bytes += decoded_bytes(probes[done + i], probes[done + i].bands);
    done += count;
  }
  probes.resize(done);
  std::sort(probes.begin(), probes.end(), [](const Probe& a, const Probe& b) { return a.index < b.index; });
  return probes;
}

}  // namespace simclr
