#include "data/labels.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/spec.hpp"
#include "data/split.hpp"

namespace simclr {
namespace {

constexpr std::string_view path_names[] = {
    "path",       "file",     "filename",   "file_name", "filepath",   "file_path",
    "image",      "img",      "image_path", "img_path",  "image_file", "img_file_name",
    "image_name", "image_id", "name",       "object_id", "id_code",    "id"};
constexpr std::string_view label_names[] = {"label",
                                            "class",
                                            "target",
                                            "taxonomy",
                                            "category",
                                            "class_name",
                                            "species",
                                            "taxon",
                                            "labels",
                                            "classes",
                                            "object_annotation_category"};
constexpr std::string_view split_names[] = {"split", "subset", "set", "partition"};

std::string lower(std::string_view text) {
  std::string out(trim(text));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// The earlier name wins, wherever its column stands.
std::optional<size_t> find_column(const std::vector<std::string>& header,
                                  std::span<const std::string_view> names) {
  for (const auto name : names)
    for (size_t i = 0; i < header.size(); ++i)
      if (lower(header[i]) == name) return i;
  return std::nullopt;
}

std::string tidy_path(std::string_view text) {
  return text.empty() ? "" : std::filesystem::path(text).lexically_normal().native();
}

Split split_of_cell(std::string_view cell, const std::filesystem::path& path, size_t line) {
  const std::string_view word = trim(cell);
  if (word.empty()) return Split::none;
  if (const auto split = split_called(word)) return *split;
  throw Error(
      Exit::data,
      printable(path.native()) + ":" + std::to_string(line) + ": '" + printable(word) + "' is not a split.",
      "Write train, val or test, or leave the cell empty.");
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

LabelColumn label_column(std::string_view name) {
  const auto among = [&](std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), lower(name)) != names.end();
  };
  return among(path_names)    ? LabelColumn::path
         : among(label_names) ? LabelColumn::label
         : among(split_names) ? LabelColumn::split
                              : LabelColumn::other;
}

LabelTable read_labels(const std::filesystem::path& path) {
  return parse_labels(read_file(path), path);
}

LabelTable parse_labels(std::string_view text, const std::filesystem::path& path) {
  CsvTable csv = parse_csv(text, path);
  const auto paths = find_column(csv.header, path_names), labels = find_column(csv.header, label_names),
             splits = find_column(csv.header, split_names);
  LabelTable table;
  table.has_path = paths.has_value();
  table.has_label = labels.has_value();
  table.has_split = splits.has_value();
  table.header = std::move(csv.header);
  if (!paths) return table;
  table.rows.reserve(csv.rows.size());
  for (size_t i = 0; i < csv.rows.size(); ++i) {
    const auto cells = std::move(csv.rows[i]);  // a table of a million rows needn't be held twice
    if (i == 0 && (cells[*paths] == "[t]" || cells[*paths] == "[f]")) continue;
    LabelRow row{tidy_path(cells[*paths]), "", Split::none, csv.lines[i]};
    if (labels) row.label = trim(cells[*labels]);
    if (splits) row.split = split_of_cell(cells[*splits], path, row.line);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<std::string> class_order(std::vector<std::string> labels) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  if (std::all_of(labels.begin(), labels.end(), [](const auto& label) { return number(label).has_value(); }))
    std::stable_sort(labels.begin(), labels.end(),
                     [](const auto& a, const auto& b) { return *number(a) < *number(b); });
  return labels;
}

std::string with_slashes(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  return tidy_path(path);
}

ClassIndex::ClassIndex(const std::vector<std::string>& classes) {
  for (size_t i = 0; i < classes.size(); ++i) sorted_.emplace_back(classes[i], static_cast<int32_t>(i));
  std::sort(sorted_.begin(), sorted_.end());
}

int32_t ClassIndex::operator[](std::string_view label) const {
  if (label.empty()) return -1;
  const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), std::pair(label, int32_t{0}));
  return found != sorted_.end() && found->first == label ? found->second : -1;
}

std::vector<std::string> number_classes(std::span<const int64_t> labels, std::vector<Record>& records) {
  std::vector<int64_t> distinct;
  for (const int64_t label : labels)
    if (label >= 0) distinct.push_back(label);
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (size_t i = 0; i < records.size(); ++i)
    if (labels[i] >= 0)
      records[i].label = static_cast<int32_t>(std::lower_bound(distinct.begin(), distinct.end(), labels[i]) -
                                              distinct.begin());
  std::vector<std::string> names;
  names.reserve(distinct.size());
  for (const int64_t label : distinct) names.push_back(std::to_string(label));
  return names;
}

}  // namespace simclr
