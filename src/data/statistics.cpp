#include "data/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr double least_std = 1e-6;

// Gray and RGB go together: the wider of them that occurs.
int family(int bands) {
  return bands == 1 ? 3 : bands;
}

// What most pictures have; 1 only when all of those are gray.
int common_bands(std::span<const Probe> good) {
  std::map<int, size_t> counts;
  for (const Probe& probe : good) ++counts[family(probe.bands)];
  const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
  const int most = std::max_element(counts.begin(), counts.end(), fewer)->first;
  const bool all_gray = std::all_of(good.begin(), good.end(), [&](const Probe& probe) {
    return family(probe.bands) != most || probe.bands == 1;
  });
  return most == 3 && all_gray ? 1 : most;
}

// Pictures of other bands than the rest can't be trained on with them: they count as bad files.
void set_apart_other_bands(const Source& source, std::vector<Probe>& good, Statistics& result) {
  result.bands = common_bands(good);
  std::erase_if(good, [&](const Probe& probe) {
    if (family(probe.bands) == family(result.bands)) return false;
    result.bad.push_back({source.path(probe.index), std::to_string(probe.bands) + " bands where " +
                                                        std::to_string(result.bands) + " are expected"});
    return true;
  });
}

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "without names" : text;
}

// Rasters of other bands, or of numbers of another type, than most: their values mean something else.
void set_apart_other_rasters(const Source& source, std::vector<Probe>& good, Statistics& result) {
  using Form = std::pair<std::vector<std::string>, Sample>;
  std::map<Form, size_t> counts;
  for (const Probe& probe : good) ++counts[{probe.band_names, probe.sample}];
  const Form most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
                      return a.second < b.second;
                    })->first;
  result.band_names = most.first;
  if (family(result.bands) == 3 && most.first.empty()) return;
  std::erase_if(good, [&](const Probe& probe) {
    if (probe.band_names == most.first && probe.sample == most.second) return false;
    const bool bands = probe.band_names != most.first;
    result.bad.push_back(
        {source.path(probe.index),
         bands
             ? "bands " + names_text(probe.band_names) + " where " + names_text(most.first) + " are expected"
             : std::string(type_name(probe.sample)) + " where " + type_name(most.second) + " is expected"});
    return true;
  });
}

// The scale that most of those say which say one.
double usual_scale(std::span<const Probe> good) {
  double usual = 0;
  size_t most = 0;
  for (const Probe& one : good) {
    if (one.numbers.scale == 0 || one.numbers.scale == usual) continue;
    const auto count = static_cast<size_t>(std::count_if(good.begin(), good.end(), [&](const Probe& other) {
      return other.numbers.scale != 0 && !scales_differ(other.numbers.scale, one.numbers.scale);
    }));
    if (count > most) usual = one.numbers.scale;
    most = std::max(most, count);
  }
  return usual;
}

template <class T>
T median(std::vector<T> values) {  // the lower one of an even number
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Keeps those that have no trouble; the others go to the bad ones.
void set_apart(const Source& source, std::vector<Probe>& good, Statistics& result) {
  std::erase_if(good, [&](const Probe& probe) {
    const std::string why = scale_trouble(probe.numbers, result.numbers);
    if (!why.empty()) result.bad.push_back({source.path(probe.index), why});
    return !why.empty();
  });
}

// Rasters of one scale, or the same values would mean something else: as the files say, then by their levels.
void set_apart_other_scales(const Source& source, std::vector<Probe>& good, Statistics& result) {
  result.numbers.scale = usual_scale(good);
  set_apart(source, good, result);
  std::vector<double> levels;
  for (const Probe& probe : good) levels.push_back(probe.numbers.level);
  const std::vector<bool> far = of_another_scale(levels);
  for (size_t i = 0; i < good.size(); ++i)
    if (!far[i]) result.numbers.add(good[i].numbers);
  result.numbers.level = median(levels);
  set_apart(source, good, result);
}

// Bands chosen by place are those of a name from here on, if every file says the same.
void name_bands(std::span<const Probe> good, Statistics& result) {
  const auto& names = good[0].names_by_file;
  const bool same =
      std::all_of(good.begin(), good.end(), [&](const Probe& one) { return one.names_by_file == names; });
  const bool in_a_list = std::none_of(names.begin(), names.end(), [](const std::string& name) {
    return name.empty() || name.find(',') != std::string::npos;
  });
  const std::set<std::string> distinct(names.begin(), names.end());
  if (same && in_a_list && !names.empty() && distinct.size() == names.size()) result.band_names = names;
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
    result.range = {std::min(result.range.lo, probe.range.lo), std::max(result.range.hi, probe.range.hi)};
    result.bytes_per_image += static_cast<double>(decoded_bytes(probe, result.bands));
  }
  result.bytes_per_image /= static_cast<double>(good.size());
  result.median_side = median(std::move(sides));
}

void measure_moments(std::span<const Probe> good, Statistics& result) {
  double all = 0;
  for (const Probe& probe : good) all += probe.valid;
  for (int c = 0; c < result.bands; ++c) {
    double mean = 0, squares = 0;
    for (const Probe& probe : good) {
      const size_t band = probe.bands == 1 ? 0 : static_cast<size_t>(c);  // gray counts in each of three
      mean += probe.valid * probe.mean[band];
      squares += probe.valid * probe.mean_of_squares[band];
    }
    mean /= all;
    result.mean.push_back(mean);
    result.std.push_back(std::max(least_std, std::sqrt(std::max(0.0, squares / all - mean * mean))));
  }
}

}  // namespace

bool of_rasters(int bands, bool named, Sample sample) {
  return (bands != 1 && bands != 3) || (named && sample != Sample::u8);
}

bool of_rasters(const Statistics& statistics) {
  return of_rasters(statistics.bands, !statistics.band_names.empty(), statistics.sample);
}

std::vector<uint32_t> every_record(const Source& source) {
  std::vector<uint32_t> all(source.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
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
  set_apart_other_bands(source, good, result);
  set_apart_other_rasters(source, good, result);
  if (of_rasters(result.bands, !result.band_names.empty(), good[0].sample))
    set_apart_other_scales(source, good, result);
  name_bands(good, result);
  measure_sizes(good, result);
  measure_moments(good, result);
  return result;
}

Statistics measure(const Source& source, const DecodeOptions& options, size_t most, uint64_t seed) {
  return measure(source, every_record(source), options, most, seed);
}

Statistics measure(const Source& source, std::span<const uint32_t> among, const DecodeOptions& options,
                   size_t most, uint64_t seed) {
  return summarise(source, probe(source, among, options, most, seed, false));
}

int suggest_image_size(const Statistics& statistics) {
  const int side = statistics.median_side;
  if (side <= 64) return std::max(16, side + side % 2);
  return std::min(224, side / 32 * 32);
}

}  // namespace simclr
