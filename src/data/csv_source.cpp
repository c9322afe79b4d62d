// A CSV or TSV that names pictures: columns path, label, split (labels.cpp has the other names they go by).
// Paths are relative to the table's folder, or absolute. The id is the path as written. A column `labels` may
// hold several classes a cell, "sea;beach" (labels.hpp has the rule).

#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/file_source.hpp"
#include "data/kinds.hpp"
#include "data/labels.hpp"

namespace simclr {
namespace {

[[noreturn]] void no_path_column(const std::string& shown, const std::vector<std::string>& header) {
  std::string columns;
  for (const auto& one : header) columns += (columns.empty() ? "" : ", ") + printable(one);
  throw Error(Exit::data, shown + " has no column with paths; its columns are " + columns + ".",
              "The first line must name the columns, such as path,label,split.");
}

// A picture named twice counts once; it can't have two labels.
std::vector<LabelRow> distinct_rows(std::vector<LabelRow> rows, const std::string& shown) {
  std::unordered_map<std::string_view, size_t> first;  // into kept, which never moves
  std::vector<LabelRow> kept;
  kept.reserve(rows.size());
  size_t twice = 0;
  for (auto& row : rows) {
    if (row.path.empty())
      throw Error(Exit::data, shown + ":" + std::to_string(row.line) + ": the path is empty.");
    const auto found = first.find(row.path);
    if (found == first.end()) {
      kept.push_back(std::move(row));
      first.emplace(kept.back().path, kept.size() - 1);
      continue;
    }
    const LabelRow& earlier = kept[found->second];
    if (earlier.label != row.label || earlier.split != row.split)
      throw Error(Exit::data, shown + ":" + std::to_string(row.line) + ": " + printable(row.path) +
                                  " has another label or split on line " + std::to_string(earlier.line) +
                                  ".");
    ++twice;
  }
  if (twice > 0)
    log_warning(std::to_string(twice) + " rows of " + shown + " repeat a picture; it counts once.");
  return kept;
}

class CsvSource : public FileSource {
 public:
  explicit CsvSource(const std::filesystem::path& path)
      : FileSource(std::make_unique<FolderTree>(path.parent_path().native())) {
    const std::string shown = printable(path.native());
    LabelTable table = read_labels(path);
    if (!table.has_path) no_path_column(shown, table.header);
    for (auto& row : table.rows)
      if (row.path.find('\\') != std::string::npos && !tree_->has(row.path))
        row.path = with_slashes(row.path);
    auto rows = distinct_rows(std::move(table.rows), shown);
    std::vector<std::string_view> names;
    std::vector<std::string> labels;
    for (const auto& row : rows) {
      names.push_back(names_.keep(row.path));
      if (table.separator == 0 && !row.label.empty()) labels.push_back(row.label);
      if (table.separator != 0)
        for (auto& one : classes_in(row.label, table.separator)) labels.push_back(std::move(one));
    }
    classes_ = class_order(std::move(labels));
    const ClassIndex index(classes_);
    for (const size_t i : keep_listed(*tree_, names, path.native(), where_paths_lead(root()), scan_)) {
      const bool several = table.separator != 0;
      records_.push_back({names[i], several ? -1 : index[rows[i].label], rows[i].split});
      if (several)
        add_label_set(index.all(classes_in(rows[i].label, table.separator)), !rows[i].label.empty());
    }
  }
  std::string kind() const override { return "csv"; }
};

}  // namespace

bool is_csv(const std::filesystem::path& path) {
  const std::string extension = extension_of(path.native());
  return extension == ".csv" || extension == ".tsv";
}

std::unique_ptr<Source> open_csv(const std::filesystem::path& path, Split) {
  return std::make_unique<CsvSource>(path);
}

}  // namespace simclr
