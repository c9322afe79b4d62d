#pragma once
// Tables of labels: which column is which, and the order of classes.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/source.hpp"
#include "formats/csv.hpp"

namespace simclr {

struct LabelRow {
  std::string path;   // as written, slashes and "./" put in order
  std::string label;  // "" for none
  Split split = Split::none;
  size_t line = 0;  // in the table, from 1
};

struct LabelTable {
  std::vector<LabelRow> rows;
  bool has_path = false, has_label = false, has_split = false;
  std::vector<std::string> header;
};

// Columns by name, in any case: path (file, filename, image, id, ...), label (class, target, species, ...),
// split (subset, set). The second header line of EcoTaxa tables, "[t]" and "[f]", is skipped.
// Throws Error(Exit::data) as read_csv does, and for a split that is none, with its line.
LabelTable read_labels(const std::filesystem::path& path);
LabelTable parse_labels(std::string_view text, const std::filesystem::path& path);  // `path` for messages

// What a column of such a table says of a picture, by its name; "other": none of this.
enum class LabelColumn { other, path, label, split };
LabelColumn label_column(std::string_view name);

// The distinct labels: in numeric order when all are numbers, else bytewise.
std::vector<std::string> class_order(std::vector<std::string> labels);

// A path written on Windows, with slashes. (On Linux a backslash may be part of a name: try that first.)
std::string with_slashes(std::string path);

// The position of `label` in `classes`, -1 for "" or when it isn't there.
class ClassIndex {
 public:
  explicit ClassIndex(const std::vector<std::string>& classes);
  int32_t operator[](std::string_view label) const;

 private:
  std::vector<std::pair<std::string_view, int32_t>> sorted_;
};

// Classes and records' labels from one integer a record; negative means none.
std::vector<std::string> number_classes(std::span<const int64_t> labels, std::vector<Record>& records);

}  // namespace simclr
