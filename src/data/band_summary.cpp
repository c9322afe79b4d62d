#include "data/band_summary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/threads.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

constexpr size_t block = 64, keys = 65536, bins = 24;

// Values in 65,536 ordered classes: whole numbers exactly, float ones by their upper 16 bits.
uint16_t key_of(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits >> 31U ? ~bits : bits | 0x80000000U) >> 16U);
}

double value_of(size_t key, Sample sample) {
  if (sample != Sample::f32) return static_cast<double>(key);
  const auto upper = static_cast<uint32_t>(key) << 16U;
  const uint32_t middle = 0x8000U;
  return std::bit_cast<float>(upper >> 31U ? (upper & 0x7FFFFFFFU) | middle : ~(upper | middle));
}

class Band {
 public:
  Band() : counts_(keys) {}

  template <class T>
  void add(std::span<const T> values, const std::vector<bool>& mask) {
    double sum = 0, squares = 0;  // a picture's own: rounding stays that of one
    for (size_t i = 0; i < values.size(); ++i) {
      if (!mask.empty() && !mask[i]) continue;
      const auto value = static_cast<double>(values[i]);
      if constexpr (std::is_same_v<T, float>) {
        if (!std::isfinite(values[i])) continue;
        ++counts_[key_of(values[i])];
      } else {
        ++counts_[values[i]];
      }
      sum += value;
      squares += value * value;
      least_ = valid_ == 0 ? value : std::min(least_, value);
      most_ = valid_ == 0 ? value : std::max(most_, value);
      ++valid_;
    }
    sum_ += sum;
    squares_ += squares;
  }

  BandValues values(const std::string& name, Sample sample) const {
    BandValues result;
    result.name = name;
    result.valid = valid_;
    if (valid_ == 0) return result;
    const auto n = static_cast<double>(valid_);
    result.mean = sum_ / n;
    result.std = std::sqrt(std::max(0.0, squares_ / n - result.mean * result.mean));
    result.least = least_;
    result.most = most_;
    size_t key = 0;
    uint64_t below = 0;  // values of smaller keys
    for (size_t p = 0; p < percentile_shares.size(); ++p) {
      const auto rank = static_cast<uint64_t>(percentile_shares[p] * static_cast<double>(valid_ - 1));
      while (below + counts_[key] <= rank) below += counts_[key++];
      result.percentiles[p] = std::clamp(value_of(key, sample), least_, most_);
    }
    result.histogram.assign(bins, 0);
    const double low = result.percentiles.front(), high = result.percentiles.back();
    for (size_t k = 0; k < keys; ++k) {
      const double value = value_of(k, sample);
      if (counts_[k] == 0 || value < low || value > high) continue;
      const double place = high > low ? (value - low) / (high - low) : 0;
      result.histogram[std::min(bins - 1, static_cast<size_t>(place * bins))] +=
          static_cast<double>(counts_[k]) / n;
    }
    return result;
  }

 private:
  std::vector<uint64_t> counts_;
  uint64_t valid_ = 0;
  double sum_ = 0, squares_ = 0, least_ = 0, most_ = 0;
};

void add_picture(const Image& image, const std::vector<bool>& mask, size_t c, Band& band) {
  const int place = static_cast<int>(c);
  if (image.sample() == Sample::u8) band.add(image.band<uint8_t>(place), mask);
  if (image.sample() == Sample::u16) band.add(image.band<uint16_t>(place), mask);
  if (image.sample() == Sample::f32) band.add(image.band<float>(place), mask);
}

// What the first that can be read is, all others must be: measured by a sample before.
std::string other_form(const Decoded& one, const Statistics& form) {
  if (!one.ok()) return one.error;
  if (one.image.bands() != form.bands)
    return std::to_string(one.image.bands()) + " bands where " + std::to_string(form.bands) + " are expected";
  if (one.image.sample() != form.sample)
    return std::string(type_name(one.image.sample())) + " where " + type_name(form.sample) + " is expected";
  if (one.bands != form.band_names) return "other bands than most";
  return of_rasters(form) && form.sample != Sample::u8 ? scale_trouble(numbers_of(one), form.numbers) : "";
}

std::string sparkline(const std::vector<double>& histogram) {
  static constexpr const char* steps[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double most = histogram.empty() ? 0 : *std::max_element(histogram.begin(), histogram.end());
  std::string text;
  for (const double share : histogram)
    text += steps[most > 0 ? static_cast<size_t>(std::ceil(8 * share / most)) : 0];
  return text;
}

std::string list(const BandSummary& all, double BandValues::*value) {
  const double full = all.sample == Sample::u8 ? 255 : 1;
  std::string text;
  for (const auto& band : all.bands) {
    char one[32];
    std::snprintf(one, sizeof one, "%.6g", band.*value / full);
    text += (text.empty() ? "" : ",") + std::string(one);
  }
  return text;
}

}  // namespace

BandSummary summarise_bands(const Source& source, std::span<const uint32_t> among,
                            const DecodeOptions& options) {
  constexpr size_t sampled = 256;
  const Statistics form = measure(source, among, options, sampled);
  DecodeOptions decode = options;
  decode.bands = form.bands == 1 || form.bands == 3 ? form.bands : 0;
  if (!form.band_names.empty()) decode.only = form.band_names;
  BandSummary result;
  result.sample = form.sample;
  result.rasters = of_rasters(form) && form.sample != Sample::u8;
  result.numbers.scale = form.numbers.scale;
  std::vector<Band> bands(static_cast<size_t>(form.bands));
  for (size_t first = 0; first < among.size(); first += block) {
    const size_t count = std::min(block, among.size() - first);
    std::vector<Decoded> pictures(count);
    std::vector<std::vector<bool>> masks(count);
    parallel_for(count, cores(), [&](size_t i) {
      pictures[i] = source.read(among[first + i], decode);
      pictures[i].error = other_form(pictures[i], form);
      if (pictures[i].ok() && is_raster(pictures[i].image, !pictures[i].bands.empty()))
        masks[i] = data_mask(pictures[i].image);
    });
    for (size_t i = 0; i < count; ++i) {
      if (!pictures[i].ok()) {
        result.bad.push_back({source.path(among[first + i]), pictures[i].error});
        continue;
      }
      ++result.pictures;
      if (result.rasters) result.numbers.add(numbers_of(pictures[i]));
      result.pixels += pictures[i].image.plane();
    }
    parallel_for(bands.size(), cores(), [&](size_t c) {
      for (size_t i = 0; i < count; ++i)
        if (pictures[i].ok()) add_picture(pictures[i].image, masks[i], c, bands[c]);
    });
  }
  for (size_t c = 0; c < bands.size(); ++c)
    result.bands.push_back(
        bands[c].values(form.band_names.empty() ? std::to_string(c + 1) : form.band_names[c], form.sample));
  return result;
}

std::string to_text(const BandSummary& all) {
  std::string text = std::to_string(all.pictures) + " pictures of " + type_name(all.sample) + ", " +
                     std::to_string(all.bands.size()) + " bands; values as the files hold them" +
                     (all.rasters ? " · " + to_text(all.numbers) : "") + "\n";
  text += "band      valid       mean        std      least         2%     median        98%       most\n";
  for (const auto& band : all.bands) {
    char line[192];
    const double valid =
        100 * static_cast<double>(band.valid) / static_cast<double>(std::max<uint64_t>(1, all.pixels));
    std::snprintf(line, sizeof line, "%-6s %7.2f %% %10.6g %10.6g %10.6g %10.6g %10.6g %10.6g %10.6g  ",
                  printable(band.name).c_str(), valid, band.mean, band.std, band.least, band.percentiles[1],
                  band.percentiles[4], band.percentiles[7], band.most);
    text += line + sparkline(band.histogram) + "\n";
  }
  for (size_t i = 0; i < std::min<size_t>(5, all.bad.size()); ++i)
    text += "bad file  " + printable(all.bad[i].path) + ": " + printable(all.bad[i].error) + "\n";
  if (all.bad.size() > 5) text += "and " + std::to_string(all.bad.size() - 5) + " more\n";
  return text + "\nFor pretrain: --mean " + list(all, &BandValues::mean) + " --std " +
         list(all, &BandValues::std) + "\n";
}

std::string to_json(const BandSummary& all) {
  using Json = nlohmann::ordered_json;
  Json bands = Json::array(), bad = Json::array();
  for (const auto& band : all.bands) {
    Json percentiles = Json::object();
    for (size_t p = 0; p < percentile_shares.size(); ++p)
      percentiles[std::to_string(std::lround(100 * percentile_shares[p]))] = band.percentiles[p];
    bands.push_back(
        {{"name", printable(band.name)},
         {"valid", static_cast<double>(band.valid) / static_cast<double>(std::max<uint64_t>(1, all.pixels))},
         {"mean", band.mean},
         {"std", band.std},
         {"min", band.least},
         {"max", band.most},
         {"percentiles", percentiles},
         {"histogram", band.histogram}});
  }
  for (const auto& one : all.bad)
    bad.push_back({{"path", printable(one.path)}, {"error", printable(one.error)}});
  return Json{{"pictures", all.pictures},
              {"pixels", all.pixels},
              {"sample", type_name(all.sample)},
              {"offsets", all.numbers.offsets},
              {"nodata", all.numbers.nodata},
              {"file_scale", all.numbers.scale},
              {"bands", bands},
              {"bad_files", bad}}
      .dump();
}

}  // namespace simclr
