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

void keep(AbsentNames absent, size_t rows, std::vector<AbsentNames>& all) {
  if (absent.count == 0) return;
  log_warning(std::to_string(absent.count) + " of " + std::to_string(rows) + " patches named by " +
              printable(absent.table) + " are not there; the first is '" + printable(absent.names[0]) + "'.");
  all.push_back(std::move(absent));
}

// train.csv, val.csv and test.csv without a header; true when it is one.
bool take_split_list(const std::string& table, const Places& places, std::vector<AbsentNames>& all) {
  const auto split = split_called(std::filesystem::path(table).stem().native());
  if (!split) return false;
  const auto names = read_names(table);
  AbsentNames absent{table, 0, {}};
  for (const auto& name : names) {
    const auto at = places.find(name);
    if (at == places.end())
      absent.add(name);
    else
      at->second->split = *split;
  }
  if (absent.count == names.size())
    log_warning("no split is taken from " + printable(table) + ": none of the " +
                std::to_string(names.size()) + " patches it names is there.");
  else
    keep(std::move(absent), names.size(), all);
  return true;
}

bool label_by_table(std::vector<Patch>& patches, const std::vector<std::string>& tables,
                    std::vector<AbsentNames>& all) {
  const Places places = by_name(patches);
  bool labelled = false;
  for (const auto& table : tables) {
    if (take_split_list(table, places, all)) continue;
    const LabelTable rows = read_labels(table);
    if (!rows.has_path || (!rows.has_label && !rows.has_split)) {
      log_warning("nothing is taken from " + printable(table) + ": it has no columns patch_id and labels.");
      continue;
    }
    AbsentNames absent{table, 0, {}};
    for (const LabelRow& row : rows.rows) {
      const auto at = places.find(last_part(row.path));
      if (at == places.end()) {
        absent.add(row.path);
        continue;
      }
      if (rows.has_label) at->second->labels = labels_of_cell(row.label);
      if (row.split != Split::none) at->second->split = row.split;
    }
    labelled |= rows.has_label && absent.count < rows.rows.size();
    keep(std::move(absent), rows.rows.size(), all);
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

void label_patches(const std::string& root, std::vector<Patch>& patches, std::vector<AbsentNames>& absent) {
  const bool labelled = label_by_table(patches, tables_at_top(root), absent);
  parallel_for(patches.size(), patch_readers, [&](size_t i) {
    Patch& patch = patches[i];
    const std::string_view name = last_part(patch.folder);
    const auto by_name = sentinel2_offset(name);
    // N9999 is of those who made the patches; early scenes have been processed anew, with an offset.
    const bool offset_known = by_name && name.find("_N9999") == std::string_view::npos;
    if (!patch.about.empty() && !(labelled && offset_known))
      read_about(join(root, patch.folder + "/" + patch.about), patch, labelled);
    if (!patch.offset) patch.offset = by_name;
  });
}

}  // namespace simclr
