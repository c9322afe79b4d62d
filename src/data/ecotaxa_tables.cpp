#include "data/ecotaxa_tables.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "data/ecotaxa_labels.hpp"
#include "formats/csv.hpp"

namespace simclr {
namespace {

struct Columns {
  size_t id = 0, picture = 0;
  std::optional<size_t> internal, rank, taxon, hierarchy, status;
};

struct Row {
  std::string_view id, internal, picture;
  Annotation annotation;
  double rank = 0;  // 0 for all without that column
  bool ranked = false;
  size_t table = 0, line = 0;
};

class Reader {
 public:
  Reader(const FileTree& tree, const std::vector<std::string>& tables) : tree_(tree), tables_(tables) {}
  EcotaxaObjects read();

 private:
  void read_table(size_t table);
  Row row_of(const std::vector<std::string>& cells, const Columns& columns, size_t table, size_t line);
  void add(const Row& row);
  void merge(Row& earlier, const Row& row);
  void tell_apart();
  std::string_view keep(std::string_view text);  // the same view for the same text
  std::string place(const Row& row) const {
    return printable(tree_.path(tables_[row.table])) + ":" + std::to_string(row.line);
  }

  const FileTree& tree_;
  const std::vector<std::string>& tables_;
  Names names_;
  std::unordered_set<std::string_view> texts_;
  std::vector<Row> rows_;  // one an object
  std::unordered_map<std::string_view, size_t> known_;
  size_t again_ = 0, without_picture_ = 0, more_pictures_ = 0;
};

std::string_view cell(const std::vector<std::string>& cells, const std::optional<size_t>& column) {
  return column ? trim(cells[*column]) : std::string_view();
}

Columns columns_of(const std::vector<std::string>& header, const std::string& shown) {
  const auto id = column_of(header, {"object_id"}), picture = column_of(header, {"img_file_name"});
  if (!id) throw Error(Exit::data, shown + " has no column object_id.", "It is no EcoTaxa table of objects.");
  if (!picture)
    throw Error(Exit::data, shown + " has no column img_file_name: it names no pictures.",
                "Export the project from EcoTaxa again, with its images.");
  return {*id,
          *picture,
          column_of(header, {"objid"}),
          column_of(header, {"img_rank"}),
          column_of(header, {"object_annotation_category", "object_taxon", "taxonomy", "taxon"}),
          column_of(header, {"object_annotation_hierarchy"}),
          column_of(header, {"object_annotation_status"})};
}

std::string_view Reader::keep(std::string_view text) {
  if (text.empty()) return {};
  const auto found = texts_.find(text);
  return found != texts_.end() ? *found : *texts_.insert(names_.keep(text)).first;
}

Row Reader::row_of(const std::vector<std::string>& cells, const Columns& columns, size_t table, size_t line) {
  Row row;
  row.table = table;
  row.line = line;
  row.id = trim(cells[columns.id]);
  if (row.id.empty()) throw Error(Exit::data, place(row) + ": the object_id is empty.");
  row.internal = cell(cells, columns.internal);
  row.annotation = {keep(cell(cells, columns.taxon)), keep(cell(cells, columns.hierarchy)),
                    keep(cell(cells, columns.status))};
  const std::string_view rank = cell(cells, columns.rank);
  const auto [end, error] = std::from_chars(rank.data(), rank.data() + rank.size(), row.rank);
  if (!rank.empty() && (error != std::errc() || end != rank.data() + rank.size()))
    throw Error(Exit::data, place(row) + ": the img_rank '" + printable(rank) + "' is no number.");
  row.ranked = !rank.empty();
  return row;
}

void Reader::read_table(size_t table) {
  const std::string path = tree_.path(tables_[table]), text = tree_.text(tables_[table]);
  CsvReader reader(text, path);
  const Columns columns = columns_of(reader.header(), printable(path));
  size_t line = 0;
  bool first = true;
  for (std::vector<std::string> cells; reader.next(cells, line); first = false) {
    if (first && (cells[columns.id] == "[t]" || cells[columns.id] == "[f]")) continue;
    Row row = row_of(cells, columns, table, line);
    const std::string_view written = trim(cells[columns.picture]);
    if (written.empty()) {
      ++without_picture_;
      continue;
    }
    const std::string picture = name_beside(tree_, tables_[table], written);
    row.picture = picture;
    add(row);
  }
}

// A row whose texts are those of the table: what stays is kept here.
void Reader::add(const Row& row) {
  const std::string key = row.internal.empty() ? std::string(row.id) : "#" + std::string(row.internal);
  if (const auto found = known_.find(key); found != known_.end()) return merge(rows_[found->second], row);
  rows_.push_back(row);
  Row& kept = rows_.back();
  kept.id = names_.keep(row.id);
  kept.internal = names_.keep(row.internal);
  kept.picture = names_.keep(row.picture);
  known_.emplace(row.internal.empty() ? kept.id : names_.keep(key), rows_.size() - 1);
}

void Reader::merge(Row& earlier, const Row& row) {
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    throw Error(Exit::data,
                place(row) + ": the object_id " + printable(row.id) + " " + why + " " + place(earlier) + ".",
                hint);
  };
  const bool same_picture = row.picture == earlier.picture;
  if (!same_picture && (row.table != earlier.table || (row.ranked && row.rank == earlier.rank)))
    refuse("is that of another picture of the same rank or table at",
           "Images of one object differ in img_rank. If these are different objects, export them with their "
           "internal ids: the column objid tells them apart.");
  if (row.annotation != earlier.annotation)
    refuse("has another taxon or status at", "The images of an object have one annotation.");
  ++(same_picture ? again_ : more_pictures_);
  if (row.rank >= earlier.rank) return;
  earlier.picture = names_.keep(row.picture);
  earlier.rank = row.rank;
  earlier.line = row.line;
}

// An object_id that several objects have gets their internal ids added.
void Reader::tell_apart() {
  std::unordered_map<std::string_view, size_t> counts;
  for (const Row& row : rows_) ++counts[row.id];
  if (counts.size() == rows_.size()) return;
  size_t changed = 0;
  std::string_view example;
  std::unordered_set<std::string_view> ids;
  for (Row& row : rows_) {
    if (counts.at(row.id) > 1 && !row.internal.empty()) {
      row.id = names_.keep(std::string(row.id) + "#", row.internal);
      if (changed++ == 0) example = row.id;
    }
    if (!ids.insert(row.id).second)
      throw Error(Exit::data, place(row) + ": the object_id " + printable(row.id) + " is there twice.");
  }
  log_warning(std::to_string(changed) +
              " objects share an object_id with others: their objid is added to it" +
              (changed > 0 ? ", such as " + printable(example) + "." : "."));
}

EcotaxaObjects Reader::read() {
  for (size_t table = 0; table < tables_.size(); ++table) read_table(table);
  tell_apart();
  if (without_picture_ > 0)
    log_warning(std::to_string(without_picture_) + " rows of " + printable(tree_.root()) +
                " name no picture: they are left out.");
  if (again_ > 0)
    log_warning(std::to_string(again_) + " rows of " + printable(tree_.root()) + " are there twice.");
  if (more_pictures_ > 0)
    log_info(std::to_string(more_pictures_) + " further pictures of the same objects left out: one of the " +
             "lowest img_rank stands for each.");
  EcotaxaObjects found;
  std::vector<Annotation> annotations;
  for (const Row& row : rows_) annotations.push_back(row.annotation);
  const auto labels = labels_of(annotations, names_, found.unused_labels);
  for (size_t i = 0; i < rows_.size(); ++i)
    found.objects.push_back({rows_[i].id, rows_[i].picture, labels[i], Split::none});
  found.names = std::move(names_);
  return found;
}

}  // namespace

EcotaxaObjects read_ecotaxa(const FileTree& tree, const std::vector<std::string>& tables) {
  return Reader(tree, tables).read();
}

}  // namespace simclr
