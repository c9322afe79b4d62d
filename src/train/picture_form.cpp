#include "train/picture_form.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

constexpr int kMostBands = 64;

std::optional<double> whole_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::vector<std::string> names_of(const std::string& flag, const std::string& text) {
  std::vector<std::string> names = band_list(text);
  const std::set<std::string> distinct(names.begin(), names.end());
  if (distinct.size() == names.size() && !distinct.contains("") && names.size() <= kMostBands) return names;
  throw Error(Exit::setting,
              flag + ": '" + printable(text) + "' is no list of 1 to 64 bands, each once and with a name.",
              "Write them like B04,B03,B02,B08, or by their place in the file: 4,3,2,8.");
}

std::vector<double> numbers_of(const std::string& flag, const std::string& text, int bands) {
  std::vector<double> numbers;
  for (const auto& one : band_list(text)) {
    const auto value = whole_number(trim(one));
    if (!value) throw Error(Exit::setting, flag + ": '" + printable(one) + "' is not a number.");
    numbers.push_back(*value);
  }
  if (numbers.size() == static_cast<size_t>(bands)) return numbers;
  throw Error(Exit::setting, flag + " gives " + std::to_string(numbers.size()) + " numbers for " +
                                 std::to_string(bands) + (bands == 1 ? " band." : " bands."));
}

Fields chosen(PretrainSettings& settings, std::initializer_list<const char*> names) {
  Fields all;
  for (const Field& one : fields(settings))
    for (const char* name : names)
      if (one.name() == name) all.push_back(one);
  return all;
}

// What one is in the numbers of the files.
double full_of(const Plan& plan) {
  return plan.sample == "uint16" ? 65535 : plan.sample == "uint8" ? 255 : 1;
}

}  // namespace

FileNumbers numbers_of(const Plan& plan) {
  FileNumbers numbers{plan.offsets, plan.nodata, plan.file_scale};
  if (plan.levels.size() != 3) return numbers;
  numbers.least = plan.levels[0];
  numbers.level = plan.levels[1];
  numbers.most = plan.levels[2];
  return numbers;
}

void take_numbers(const FileNumbers& numbers, Plan& plan) {
  plan.offsets = numbers.offsets;
  plan.nodata = numbers.nodata;
  plan.file_scale = numbers.scale;
  if (numbers.level != 0) plan.levels = {numbers.least, numbers.level, numbers.most};
}

bool of_rasters(const Plan& plan) {
  return of_rasters(plan.bands, !plan.band_names.empty(), plan.sample == "uint8" ? Sample::u8 : Sample::f32);
}

Fields raster_fields(PretrainSettings& settings) {
  return chosen(settings, {"bands", "band-names", "offset", "nodata", "upsample", "label-map", "exclude"});
}

Fields reading_fields(PretrainSettings& settings) {
  return chosen(settings, {"band-names", "offset", "nodata", "upsample"});
}

OpenOptions open_options(const PretrainSettings& settings) {
  OpenOptions options;
  options.label_map = settings.label_map;
  for (std::string_view rest = settings.exclude; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    options.leave_out.emplace_back(trim(one));
  }
  return options;
}

DecodeOptions asked_form(const PretrainSettings& settings) {
  DecodeOptions options;
  options.exif_orientation = settings.exif_orientation;
  options.offset = settings.offset;
  options.nodata = settings.nodata;
  options.bicubic = settings.upsample == "bicubic";
  if (settings.band_names != "auto") options.names = names_of("--band-names", settings.band_names);
  if (settings.bands == "auto") return options;
  const auto count = whole_number(settings.bands);
  if (!count) {
    options.only = names_of("--bands", settings.bands);
    return options;
  }
  options.bands = static_cast<int>(*count);
  if (*count != options.bands || options.bands < 1 || options.bands > kMostBands)
    throw Error(Exit::setting, "--bands: " + printable(settings.bands) + " is not in 1 to 64.",
                "Give the number of bands, or their names: B04,B03,B02,B08.");
  return options;
}

PictureForm planned_form(const PretrainSettings& settings, const Plan& plan) {
  PictureForm form{plan.bands, asked_form(settings), {}};
  form.decode.only = plan.band_names;
  if (!of_rasters(plan)) return form;
  form.numbers = numbers_of(plan);
  for (const double mean : plan.mean) form.decode.fill.push_back(static_cast<float>(mean * full_of(plan)));
  if (plan.sample == "uint8") form.sample = Sample::u8;
  if (plan.sample == "uint16") form.sample = Sample::u16;
  if (plan.sample == "float32") form.sample = Sample::f32;
  return form;
}

void take_given_statistics(const PretrainSettings& settings, Plan& plan) {
  const double full = plan.sample == "uint8" ? 1 : full_of(plan);
  if (settings.mean != "auto") {
    plan.mean = numbers_of("--mean", settings.mean, plan.bands);
    for (double& value : plan.mean) value /= full;
  }
  if (settings.std == "auto") return;
  plan.std = numbers_of("--std", settings.std, plan.bands);
  for (double& value : plan.std) {
    if (!(value > 0)) throw Error(Exit::setting, "--std: " + shortest(value) + " is not above 0.");
    value /= full;
  }
}

std::string statistics_text(const Plan& plan) {
  std::string text;
  for (size_t c = 0; c < plan.mean.size(); ++c) {
    char one[64];
    std::snprintf(one, sizeof one, "%.5g +- %.5g", plan.mean[c] * full_of(plan), plan.std[c] * full_of(plan));
    const std::string name = plan.band_names.empty() ? std::to_string(c + 1) : printable(plan.band_names[c]);
    text += (c == 0 ? "" : " · ") + name + " " + one;
  }
  return text;
}

}  // namespace simclr
