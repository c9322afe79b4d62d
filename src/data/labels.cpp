#include "data/labels.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "data/split.hpp"

namespace simclr {
namespace {

constexpr std::string_view path_names[] = {
    "path", "file",       "filename", "file_name",  "filepath",      "file_path",  "image",
    "img",  "image_path", "img_path", "image_file", "img_file_name", "image_name", "image_id",
    "name", "object_id",  "id_code",  "patch_id",   "patch",         "id"};
constexpr std::string_view label_names[] = {
    "label",   "class", "target", "taxonomy", "category", "class_name",
    "species", "taxon", "labels", "classes",  "tags",     "object_annotation_category"};
constexpr std::string_view plural_names[] = {"labels", "classes", "tags"};
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

// See LabelTable: decided by the column's name and, of its cells, by what they hold.
char separator_of(const std::string& column, const std::vector<LabelRow>& rows,
                  const std::filesystem::path& path) {
  const auto holds = [&](char c) {
    return std::any_of(rows.begin(), rows.end(),
                       [c](const LabelRow& row) { return row.label.find(c) != std::string::npos; });
  };
  const bool plural =
      std::find(std::begin(plural_names), std::end(plural_names), lower(column)) != std::end(plural_names);
  if (plural) return holds(';') ? ';' : holds('|') ? '|' : char{0};
  if (holds(';'))
    log_info("labels of " + printable(path.native()) +
             " hold ';' and are read as one class each; where they " +
             "are several, name the column 'labels'.");
  return 0;
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
  if (labels) table.separator = separator_of(table.header[*labels], table.rows, path);
  return table;
}

std::vector<std::string> classes_in(std::string_view cell, char separator) {
  std::vector<std::string> classes;
  for (size_t at = 0; at <= cell.size();) {
    const size_t stop = std::min(cell.find(separator, at), cell.size());
    if (const auto name = trim(cell.substr(at, stop - at)); !name.empty()) classes.emplace_back(name);
    at = stop + 1;
  }
  return classes;
}

std::string label_text(const Source& source, size_t i) {
  std::string text;
  for (const int32_t label : source.labels(i))
    text += (text.empty() ? "" : ";") + source.classes()[static_cast<size_t>(label)];
  return text;
}

void refuse_label_sets(const Source& source, const std::string& what) {
  if (!source.multi_label()) return;
  throw Error(Exit::data, "these pictures may have several classes each; " + what + " takes one of each.",
              "Use simclr finetune or simclr evaluate --with multilabel, or make two classes of them with "
              "--label-map \"NAME=A|B\".");
}

std::vector<std::string> class_order(std::vector<std::string> labels) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  if (std::all_of(labels.begin(), labels.end(), [](const auto& label) { return number(label).has_value(); }))
    std::stable_sort(labels.begin(), labels.end(),
                     [](const auto& a, const auto& b) { return *number(a) < *number(b); });
  return labels;
}

std::vector<std::string> labels_of_cell(std::string_view cell) {
  std::vector<std::string> labels;
  if (cell.starts_with('[')) {  // as Python writes a list, or numpy an array
    for (size_t at = cell.find_first_of("'\""); at != std::string_view::npos;
         at = cell.find_first_of("'\"", at + 1)) {
      const size_t end = cell.find(cell[at], at + 1);
      if (end == std::string_view::npos) break;
      labels.emplace_back(cell.substr(at + 1, end - at - 1));
      at = end;
    }
    return labels;
  }
  while (!cell.empty()) {
    const std::string_view one = cell.substr(0, cell.find('|'));
    cell.remove_prefix(std::min(cell.size(), one.size() + 1));
    if (const std::string_view label = trim(one); !label.empty()) labels.emplace_back(label);
  }
  return labels;
}

std::vector<std::string> read_names(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  std::vector<std::string> names;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    line = trim(line.substr(0, line.find(',')));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) names.emplace_back(line);
  }
  return names;
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

std::vector<int32_t> ClassIndex::all(const std::vector<std::string>& labels) const {
  std::vector<int32_t> places;
  places.reserve(labels.size());
  for (const auto& label : labels) places.push_back((*this)[label]);
  return places;
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
