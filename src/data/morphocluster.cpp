// MorphoCluster archives (Schröder, Kiko and Koch 2020): index.csv with the columns object_id and path, and
// the pictures it names, in a ZIP or a folder. The id is the object_id. A column of labels is taken, too, or
// else one of clusters, where -1 is none; and a column split.

#include <optional>
#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "data/kinds.hpp"
#include "data/object_source.hpp"
#include "data/split.hpp"
#include "formats/csv.hpp"

namespace simclr {
namespace {

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

class IndexReader {
 public:
  IndexReader(const FileTree& tree, const std::string& table)
      : tree_(tree), table_(table), shown_(printable(tree.path(table))) {}

  std::vector<Object> read(Names& names) {
    const std::string text = tree_.text(table_);
    CsvReader reader(text, tree_.path(table_));
    const auto& header = reader.header();
    id_ = *column_of(header, {"object_id"});
    path_ = *column_of(header, {"path"});
    label_ = column_of(header, {"label", "class", "taxonomy", "taxon", "category", "species"});
    if (!label_) cluster_ = column_of(header, {"cluster", "cluster_id", "cluster_label"});
    split_ = column_of(header, {"split"});
    std::vector<Object> objects;
    size_t line = 0, again = 0;
    for (std::vector<std::string> cells; reader.next(cells, line);)
      again += add(cells, line, names, objects) ? 0 : 1;
    if (again > 0) log_warning(std::to_string(again) + " rows of " + shown_ + " are there twice.");
    return objects;
  }

 private:
  [[noreturn]] void refuse(size_t line, const std::string& why, const std::string& hint = "") const {
    throw Error(Exit::data, shown_ + ":" + std::to_string(line) + ": " + why, hint);
  }
  std::string_view label_of(const std::vector<std::string>& cells) const {
    if (label_) return trim(cells[*label_]);
    const std::string_view cluster = cluster_ ? trim(cells[*cluster_]) : "";
    return cluster == "-1" ? "" : cluster;
  }
  Split split_of(const std::vector<std::string>& cells, size_t line) const {
    const std::string_view word = split_ ? trim(cells[*split_]) : "";
    if (word.empty()) return Split::none;
    if (const auto split = split_called(word)) return *split;
    refuse(line, "'" + printable(word) + "' is not a split.", "Write train, val or test, or nothing.");
  }
  bool add(const std::vector<std::string>& cells, size_t line, Names& names, std::vector<Object>& objects);

  const FileTree& tree_;
  const std::string& table_;
  std::string shown_;
  size_t id_ = 0, path_ = 0;
  std::optional<size_t> label_, cluster_, split_;
  std::unordered_map<std::string_view, std::pair<size_t, size_t>> known_;  // id -> object, line
};

// False for a row that is there twice.
bool IndexReader::add(const std::vector<std::string>& cells, size_t line, Names& names,
                      std::vector<Object>& objects) {
  const std::string_view id = trim(cells[id_]), path = trim(cells[path_]);
  if (id.empty()) refuse(line, "the object_id is empty.");
  if (path.empty()) refuse(line, "the path is empty.");
  const std::string picture = name_beside(tree_, table_, path);
  const std::string_view label = label_of(cells);
  const Split split = split_of(cells, line);
  if (const auto found = known_.find(id); found != known_.end()) {
    const Object& earlier = objects[found->second.first];
    if (earlier.picture == picture && earlier.label == label && earlier.split == split) return false;
    refuse(line,
           "the object_id " + printable(id) + " is on line " + std::to_string(found->second.second) +
               " already, with another picture or label.",
           "Each object needs an id of its own.");
  }
  objects.push_back({names.keep(id), names.keep(picture), names.keep(label), split});
  known_.emplace(objects.back().id, std::pair(objects.size() - 1, line));
  return true;
}

}  // namespace

bool is_morphocluster_index(std::string_view text) {
  try {
    const CsvReader reader(first_line(text), "index.csv");
    return column_of(reader.header(), {"object_id"}) && column_of(reader.header(), {"path"});
  } catch (const Error&) {  // no table
    return false;
  }
}

bool is_morphocluster(const std::filesystem::path& path) {
  const auto table = is_folder(path) ? path / "index.csv" : path;
  return table.filename() == "index.csv" && is_morphocluster_index(start_of_file(table));
}

std::unique_ptr<Source> open_morphocluster_index(std::unique_ptr<const FileTree> tree,
                                                 const std::string& table) {
  Names names;
  const auto objects = IndexReader(*tree, table).read(names);
  return std::make_unique<ObjectSource>("morphocluster", std::move(tree), table, std::move(names), objects);
}

std::unique_ptr<Source> open_morphocluster(const std::filesystem::path& path, Split) {
  const auto folder = is_folder(path) ? path : path.parent_path();
  return open_morphocluster_index(std::make_unique<FolderTree>(folder.native()), "index.csv");
}

}  // namespace simclr
