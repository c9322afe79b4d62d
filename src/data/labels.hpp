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
  char separator = 0;  // between the classes of a cell, ; or |; 0: a cell is one class
  std::vector<std::string> header;
};

// Columns by name, in any case: path (file, filename, image, id, ...), label (class, target, species, ...),
// split (subset, set). Where the column of labels has a plural name (labels, classes, tags) and a cell of it
// holds ; (or, where none does, |), cells are lists of classes with that between; a cell that holds nothing
// else says "of no class", an empty one nothing. A column named in the singular always holds one class a
// cell, whose name may contain these characters. The second header line of EcoTaxa tables, "[t]" and "[f]",
// is skipped. Throws Error(Exit::data) as read_csv does, and for a split that is none, with its line.
LabelTable read_labels(const std::filesystem::path& path);
LabelTable parse_labels(std::string_view text, const std::filesystem::path& path);  // `path` for messages

// What a column of such a table says of a picture, by its name; "other": none of this.
enum class LabelColumn { other, path, label, split };
LabelColumn label_column(std::string_view name);

// The classes in a cell; none for an empty one, and for the separator alone.
std::vector<std::string> classes_in(std::string_view cell, char separator);

// The classes of record i, with ; between them; "" for none.
std::string label_text(const Source& source, size_t i);

// Error(Exit::data) where pictures may have several classes each and `what` ("kNN") takes one of each.
void refuse_label_sets(const Source& source, const std::string& what);

// The distinct labels: in numeric order when all are numbers, else bytewise.
std::vector<std::string> class_order(std::vector<std::string> labels);

// Several labels in one cell: "a|b", or a list as Python and numpy write it: "['a', 'b']".
std::vector<std::string> labels_of_cell(std::string_view cell);

// A list of names without a header, such as those of BigEarthNet's splits: the first cell of each line.
std::vector<std::string> read_names(const std::filesystem::path& path);

// A path written on Windows, with slashes. (On Linux a backslash may be part of a name: try that first.)
std::string with_slashes(std::string path);

// The position of `label` in `classes`, -1 for "" or when it isn't there.
class ClassIndex {
 public:
  explicit ClassIndex(const std::vector<std::string>& classes);
  int32_t operator[](std::string_view label) const;
  std::vector<int32_t> all(const std::vector<std::string>& labels) const;  // of each of them

 private:
  std::vector<std::pair<std::string_view, int32_t>> sorted_;
};

// Classes and records' labels from one integer a record; negative means none.
std::vector<std::string> number_classes(std::span<const int64_t> labels, std::vector<Record>& records);

}  // namespace simclr
