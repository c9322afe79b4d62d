#include "data/patch_labels.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "data/file_tree.hpp"
#include "data/labels.hpp"
#include "data/picture_file.hpp"
#include "data/split.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

constexpr unsigned readers = 64;  // small files: a wait for the disk each

std::vector<std::string> tables_at_top(const std::string& root) {
  std::vector<std::string> tables;
  std::error_code error;
  for (std::filesystem::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    const std::string extension = extension_of(at->path().native());
    if (extension == ".csv" || extension == ".tsv") tables.push_back(at->path().native());
  }
  std::sort(tables.begin(), tables.end());
  return tables;
}

using Places = std::unordered_map<std::string_view, Patch*>;

Places by_name(std::vector<Patch>& patches) {
  Places places;
  for (Patch& patch : patches) places.emplace(last_part(patch.folder), &patch);
  return places;
}

using Absent = std::map<std::string, std::string>;

void say_absent(const Absent& absent, size_t rows, const std::string& table) {
  if (!absent.empty())
    log_warning(std::to_string(absent.size()) + " of " + std::to_string(rows) + " patches named by " +
                printable(table) + " are not there; the first is '" + printable(absent.begin()->first) +
                "'.");
}

// train.csv, val.csv and test.csv without a header; true when it is one.
bool take_split_list(const std::string& table, const Places& places, Absent& all_absent) {
  const auto split = split_called(std::filesystem::path(table).stem().native());
  if (!split) return false;
  const auto names = read_names(table);
  Absent absent;
  for (const auto& name : names) {
    const auto at = places.find(name);
    if (at == places.end())
      absent.emplace(name, table);
    else
      at->second->split = *split;
  }
  if (absent.size() == names.size())
    log_warning("no split is taken from " + printable(table) + ": none of the " +
                std::to_string(names.size()) + " patches it names is there.");
  else
    say_absent(absent, names.size(), table);
  all_absent.merge(absent);
  return true;
}

bool label_by_table(std::vector<Patch>& patches, const std::vector<std::string>& tables, Absent& all_absent) {
  const Places places = by_name(patches);
  bool labelled = false;
  for (const auto& table : tables) {
    if (take_split_list(table, places, all_absent)) continue;
    const LabelTable rows = read_labels(table);
    if (!rows.has_path || (!rows.has_label && !rows.has_split)) {
      log_warning("nothing is taken from " + printable(table) + ": it has no columns patch_id and labels.");
      continue;
    }
    Absent absent;
    for (const LabelRow& row : rows.rows) {
      const auto at = places.find(last_part(row.path));
      if (at == places.end()) {
        absent.emplace(row.path, table);
        continue;
      }
      if (rows.has_label) at->second->labels = labels_of_cell(row.label);
      if (row.split != Split::none) at->second->split = row.split;
    }
    say_absent(absent, rows.rows.size(), table);
    labelled |= rows.has_label && absent.size() < rows.rows.size();
    all_absent.merge(absent);
  }
  return labelled;
}

// {"labels": ["Pastures", ...], "tile_source": "S2A_MSIL1C_.._N0205_..", ...}
void read_about(const std::string& path, Patch& patch, bool labelled) {
  try {
    const auto json = nlohmann::json::parse(read_file(path));
    if (const auto labels = json.find("labels"); labels != json.end() && !labelled)
      patch.labels = labels->get<std::vector<std::string>>();
    for (const char* key : {"tile_source", "DATASTRIP_ID"})
      if (const auto product = json.find(key); product != json.end() && product->is_string() && !patch.offset)
        patch.offset = sentinel2_offset(product->get<std::string>());
  } catch (const nlohmann::json::exception&) {
    throw Error(Exit::data,
                printable(path) + " is damaged: it is no JSON, or its labels are no list of names.",
                "Unpack it again, or remove it: the patch then has no labels.");
  }
}

}  // namespace

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::optional<bool> taken_after_baseline_0400(std::string_view name) {
  const size_t date = name.find("_MSIL") == 3 ? name.find('_', 4) : std::string_view::npos;
  if (date == std::string_view::npos) return std::nullopt;
  return name.substr(date + 1, 8) >= "20220125";
}

void label_patches(const std::string& root, std::vector<Patch>& patches,
                   std::map<std::string, std::string>& absent) {
  const bool labelled = label_by_table(patches, tables_at_top(root), absent);
  parallel_for(patches.size(), readers, [&](size_t i) {
    Patch& patch = patches[i];
    const std::string_view name = last_part(patch.folder);
    const auto by_name = sentinel2_offset(name);
    // A table has the labels of half a million patches; their files are read only where the values need it.
    const bool offset_known = by_name || !taken_after_baseline_0400(name).value_or(true);
    if (!patch.about.empty() && !(labelled && offset_known))
      read_about(join(root, patch.folder + "/" + patch.about), patch, labelled);
    if (!patch.offset) patch.offset = by_name;
  });
}

}  // namespace simclr
