// A folder of patches, each a folder with one TIFF a band, at any depth: BigEarthNet v1 (<patch>/), v2
// (<tile>/<patch>/), SSL4EO-S12 (<place>/<date>/). A patch is one record, its id the name of its folder
// (the path to it where names repeat). All bands come to the finest grid.

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "data/band_files.hpp"
#include "data/corine_groups.hpp"
#include "data/kinds.hpp"
#include "data/labels.hpp"
#include "data/patch_labels.hpp"
#include "data/picture_file.hpp"
#include "data/unknown_offsets.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

constexpr int most_levels = 8;

// S2A_MSIL2A_20170613T101031_87_48: no processing baseline and no tile.
bool is_v1_name(std::string_view name) {
  return name.starts_with("S2") && name.find("_MSIL2A_") == 3 &&
         std::count(name.begin(), name.end(), '_') == 4;
}

class PatchSource : public Source {
 public:
  explicit PatchSource(std::string root) : root_(std::move(root)) {
    std::vector<Patch> patches = find();
    choose_usual_bands(patches);
    label_patches(root_, patches, scan_.absent);
    take_records(patches);
    take_labels(patches);
    say_offsets(patches);
  }
  std::string kind() const override { return "patches"; }
  std::string path(size_t i) const override { return join(root_, folders_[place(i)]); }
  std::string file(size_t i) const override { return path(i); }
  std::string caveat() const override { return caveat_; }
  Decoded read(size_t i, const DecodeOptions& options) const override;

 private:
  std::vector<Patch> find();
  void choose_usual_bands(const std::vector<Patch>& patches);
  void take_records(const std::vector<Patch>& patches);
  void take_labels(const std::vector<Patch>& patches);
  void say_offsets(const std::vector<Patch>& patches);
  std::string root_, caveat_;
  std::vector<std::string> bands_;  // of most patches
  std::vector<std::string> folders_;
  std::vector<float> offsets_;  // NaN: not known
};

std::vector<Patch> PatchSource::find() {
  std::vector<Patch> patches;
  std::vector<std::string> level{""};
  for (int depth = 0; !level.empty() && depth < most_levels; ++depth) {
    std::vector<BandFolder> found(level.size());
    parallel_for(level.size(), patch_readers, [&](size_t i) {
      found[i] = read_band_folder(join(root_, level[i].empty() ? "." : level[i]));
    });
    std::vector<std::string> next;
    for (size_t i = 0; i < level.size(); ++i) {
      const std::string base = level[i].empty() ? "" : level[i] + "/";
      for (const auto& name : found[i].folders) next.push_back(base + name);
      scan_.files += found[i].bands.size();
      if (found[i].bands.empty() || level[i].empty()) continue;
      Patch patch{level[i], {}, {}, found[i].about};
      for (const auto& [band, file] : found[i].bands) patch.bands.push_back(band);
      patches.push_back(std::move(patch));
    }
    level = std::move(next);
  }
  std::sort(patches.begin(), patches.end(),
            [](const Patch& a, const Patch& b) { return a.folder < b.folder; });
  return patches;
}

void PatchSource::choose_usual_bands(const std::vector<Patch>& patches) {
  std::map<std::vector<std::string>, size_t> counts;
  for (const Patch& patch : patches) ++counts[patch.bands];
  bands_ = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
             return a.second < b.second;
           })->first;
  if (counts.size() > 1)
    log_warning(std::to_string(patches.size() - counts[bands_]) + " of " + std::to_string(patches.size()) +
                " patches in " + printable(root_) + " have other bands than the " +
                std::to_string(bands_.size()) + " of most.");
}

void PatchSource::take_records(const std::vector<Patch>& patches) {
  std::set<std::string_view> names;
  for (const Patch& patch : patches) names.insert(last_part(patch.folder));
  const bool distinct = names.size() == patches.size();
  size_t v1 = 0;
  for (const Patch& patch : patches) {
    folders_.push_back(patch.folder);
    const std::string_view name = distinct ? last_part(patch.folder) : std::string_view(patch.folder);
    records_.push_back({names_.keep(name), -1, patch.split});
    v1 += is_v1_name(name) ? 1 : 0;
  }
  if (v1 == 0) return;
  caveat_ =
      "patches of BigEarthNet v1 have neighbours in the other splits, drawn by its authors or at random: "
      "figures of its test part are flattered (v2 splits by region)";
}

void PatchSource::take_labels(const std::vector<Patch>& patches) {
  std::vector<std::string> all;
  for (const Patch& patch : patches) all.insert(all.end(), patch.labels.begin(), patch.labels.end());
  if (all.empty()) return;
  // Studies call BigEarthNet's classes by their numbers among the 43, whichever of them are there.
  const std::vector<std::string> corine = corine_classes();
  const bool known = std::all_of(all.begin(), all.end(), [&](const std::string& label) {
    return std::find(corine.begin(), corine.end(), label) != corine.end();
  });
  classes_ = known ? corine : class_order(std::move(all));
  const ClassIndex index(classes_);
  for (const Patch& patch : patches) {
    std::vector<int32_t> labels;
    for (const auto& label : patch.labels) labels.push_back(index[label]);
    add_label_set(std::move(labels), !patch.labels.empty());
  }
}

void PatchSource::say_offsets(const std::vector<Patch>& patches) {
  size_t shifted = 0;
  UnknownOffsets unknown;
  for (const Patch& patch : patches) {
    offsets_.push_back(static_cast<float>(patch.offset.value_or(std::numeric_limits<float>::quiet_NaN())));
    shifted += patch.offset.value_or(0) != 0 ? 1 : 0;
    if (!patch.offset) unknown.add(last_part(patch.folder));
  }
  const auto of_all = " of " + std::to_string(patches.size()) + " patches";
  if (shifted > 0)
    log_info(
        std::to_string(shifted) + of_all +
        " are of processing baseline 04.00 or later: 1000 is taken off their values, where these are whole "
        "numbers.");
  unknown.warn(patches.size());
}

// A number stands for the band at that place.
std::string band_called(const std::string& wanted, const std::vector<std::string>& bands) {
  const bool number =
      !wanted.empty() && wanted.size() <= 2 && wanted.find_first_not_of("0123456789") == std::string::npos;
  const size_t place = number ? static_cast<size_t>(std::stoi(wanted)) : 0;
  return place >= 1 && place <= bands.size() ? bands[place - 1] : wanted;
}

Decoded PatchSource::read(size_t i, const DecodeOptions& options) const {
  const std::string folder = path(i);
  const BandFolder found = read_band_folder(folder);
  const auto& wanted = options.only.empty() ? bands_ : options.only;
  DecodeOptions each;
  each.max_pixels = options.max_pixels;
  each.offset = options.offset;
  each.nodata = options.nodata;
  if (const float known = offsets_[place(i)]; !std::isnan(known)) each.product_offset = known;
  std::vector<Decoded> parts;
  std::vector<std::string> names;
  for (const auto& name : wanted) {
    const std::string band = band_called(name, bands_);
    const auto at = std::find_if(found.bands.begin(), found.bands.end(),
                                 [&](const auto& one) { return one.first == band; });
    if (at == found.bands.end()) return failed("no file of band " + band);
    parts.push_back(decode_file(join(folder, at->second), each));
    if (!parts.back().ok()) return failed(band + ": " + parts.back().error);
    parts.back().bands = {name};
    names.push_back(band);
  }
  const auto offset = parts[0].offset, scale = parts[0].scale;
  std::vector<double> nodata;
  for (const Decoded& part : parts)
    for (const double value : part.nodata)
      if (std::find(nodata.begin(), nodata.end(), value) == nodata.end()) nodata.push_back(value);
  Decoded all = stack_bands(std::move(parts), options.bicubic);
  const bool marked = std::any_of(nodata.begin(), nodata.end(), [](double value) { return value > 0; });
  if (all.ok() && marked) spread_no_data(all.image);
  DecodeOptions filled;
  filled.fill = options.fill;
  if (all.ok()) as_raster(all, filled);
  all.offset = offset;  // added to each band before
  all.nodata = nodata;
  all.scale = scale;
  all.names = std::move(names);
  return all;
}

}  // namespace

bool is_patches(const std::filesystem::path& path) {
  return holds_patches(path);
}

std::unique_ptr<Source> open_patches(const std::filesystem::path& path, Split) {
  return std::make_unique<PatchSource>(path.native());
}

}  // namespace simclr
