#include "study/embedding_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/spec.hpp"
#include "data/labels.hpp"
#include "data/path_index.hpp"
#include "formats/npy.hpp"

namespace simclr {
namespace {

constexpr const char* kHowIds =
    "Give each row the id of its picture, its path in the source, in a column id: of NAME.csv beside "
    "NAME.npy, as simclr embed writes it, or of the CSV that holds the values.";

std::string place(const std::filesystem::path& path, size_t line) {
  return printable(path.native()) + ":" + std::to_string(line) + ": ";
}

// An id before a path: `simclr embed` writes both.
size_t id_column(const std::vector<std::string>& header, const std::filesystem::path& path) {
  if (const auto id = column_of(header, {"id", "object_id"})) return *id;
  for (size_t i = 0; i < header.size(); ++i)
    if (label_column(header[i]) == LabelColumn::path) return i;
  throw Error(Exit::data, printable(path.native()) + " has no column id.", kHowIds);
}

float number(const std::string& cell, const std::string& column, const std::filesystem::path& path,
             size_t line) {
  const std::string_view text = trim(cell);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(Exit::data,
                place(path, line) + "'" + printable(cell) + "' in column '" + printable(column) +
                    "' is not a number.",
                "Columns besides id, path, label and split are the values of an embedding.");
  return value;
}

EmbeddingFile read_table(const std::filesystem::path& path, bool with_values) {
  const std::string text = read_file(path);
  CsvReader reader(text, path);
  EmbeddingFile file{path, {}, 0, {}};
  const size_t id = id_column(reader.header(), path);
  std::vector<size_t> columns;
  for (size_t i = 0; i < reader.header().size(); ++i)
    if (with_values && i != id && label_column(reader.header()[i]) == LabelColumn::other)
      columns.push_back(i);
  file.width = columns.size();
  size_t line = 0;
  for (std::vector<std::string> cells; reader.next(cells, line);) {
    if (cells[id].empty()) throw Error(Exit::data, place(path, line) + "a row without an id.", kHowIds);
    file.ids.push_back(cells[id]);
    for (const size_t i : columns) file.values.push_back(number(cells[i], reader.header()[i], path, line));
  }
  return file;
}

void take_array(EmbeddingFile& file) {
  const NpyFile array(file.path);
  const std::string shown = printable(file.path.native());
  if (array.shape().size() != 2)
    throw Error(Exit::data,
                shown + " has " + std::to_string(array.shape().size()) +
                    " dimensions, where embeddings are [rows, width].",
                "Reshape it with numpy: array.reshape(len(array), -1).");
  if (array.shape()[0] != file.ids.size())
    throw Error(Exit::data,
                shown + " has " + std::to_string(array.shape()[0]) + " rows, but its .csv names " +
                    std::to_string(file.ids.size()) + ".",
                "Write both again, a row a picture.");
  file.width = array.shape()[1];
  if (array.dtype() == "<f4") {
    const auto values = array.values<float>();
    file.values.assign(values.begin(), values.end());
  } else if (array.dtype() == "<f8") {
    for (const double value : array.values<double>()) file.values.push_back(static_cast<float>(value));
  } else {
    throw Error(Exit::data, shown + " holds " + array.dtype() + ", where embeddings are float32 or float64.",
                "Convert it with numpy: array.astype('float32').");
  }
}

void check(const EmbeddingFile& file) {
  const std::string shown = printable(file.path.native());
  if (file.ids.empty()) throw Error(Exit::data, shown + " is empty: it has no rows.");
  if (file.width == 0)
    throw Error(Exit::data, shown + " has ids, but no values.",
                "Put the array beside it, with the same name and .npy, or a column for each value.");
  std::unordered_set<std::string_view> seen;
  for (const auto& id : file.ids)
    if (!seen.insert(id).second)
      throw Error(Exit::data, shown + " has two rows of the id '" + printable(id) + "'.");
  for (size_t i = 0; i < file.values.size(); ++i)
    if (!std::isfinite(file.values[i]))
      throw Error(Exit::data, shown + ": the row of '" + printable(file.ids[i / file.width]) +
                                  "' holds a NaN, an infinity, or a number too large for float32.");
}

// Rows of pictures, each row for one picture alone.
class RowFinder {
 public:
  explicit RowFinder(const EmbeddingFile& file) : file_(file), pictures_(file.ids.size()) {
    for (const auto& id : file.ids) records_.push_back({id});
    index_.emplace(records_, PathIndex::Key::path);
  }

  Embedded rows_of(const Side& side, const std::string& which) {
    Features features{file_.width, {}, {}};
    std::vector<size_t> without;
    for (size_t i = 0; i < side.pictures->size(); ++i) {
      const size_t row = index_->find(side.pictures->record(i).id);
      if (row == SIZE_MAX) {
        without.push_back(i);
        continue;
      }
      take(row, side.pictures->path(i));
      const auto first = file_.values.begin() + static_cast<std::ptrdiff_t>(row * file_.width);
      features.values.insert(features.values.end(), first, first + static_cast<std::ptrdiff_t>(file_.width));
      features.rows.push_back(static_cast<uint32_t>(i));
    }
    refuse_readable(without, side, which);
    return labelled(std::move(features), side);
  }

 private:
  void take(size_t row, const std::string& picture) {
    if (!pictures_[row].empty() && pictures_[row] != picture)
      throw Error(Exit::data,
                  printable(file_.path.native()) + ": the row '" + printable(file_.ids[row]) +
                      "' fits two pictures, " + printable(pictures_[row]) + " and " + printable(picture) +
                      ".",
                  "Name splits of one source, as in --train DIR:train --test DIR:test, and give the rows the "
                  "pictures' paths in DIR as ids.");
    pictures_[row] = picture;
  }

  void refuse_readable(const std::vector<size_t>& without, const Side& side, const std::string& which) const {
    const auto readable = std::find_if(without.begin(), without.end(),
                                       [&](size_t i) { return side.pictures->find(i) != nullptr; });
    if (readable == without.end()) return;
    throw Error(Exit::data,
                std::to_string(without.size()) + " of " + std::to_string(side.pictures->size()) + " " +
                    which + " pictures have no row in " + printable(file_.path.native()) + ", such as '" +
                    printable(side.pictures->record(*readable).id) + "'; an id there is '" +
                    printable(file_.ids[0]) + "'.",
                "One file holds the rows of all pictures of both sides, by their paths in the source.");
  }

  const EmbeddingFile& file_;
  std::vector<Record> records_;
  std::optional<PathIndex> index_;
  std::vector<std::string> pictures_;  // that have taken each row
};

}  // namespace

std::string EmbeddingFile::sha256() const {
  std::string all;
  for (const auto& id : ids) all += id + '\0';
  const auto bytes = std::as_bytes(std::span(values));
  return simclr::sha256(
      simclr::sha256(all) +
      simclr::sha256(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
}

bool is_embedding_file(const std::string& text) {
  return text.ends_with(".npy") || text.ends_with(".csv");
}

EmbeddingFile read_embedding_file(const std::filesystem::path& path) {
  auto ids = path, array = path;
  ids.replace_extension(".csv");
  array.replace_extension(".npy");
  if (path.extension() == ".npy" && !std::filesystem::exists(ids))
    throw Error(Exit::data,
                printable(path.native()) + " has no ids: there is no " + printable(ids.filename().native()) +
                    " beside it.",
                kHowIds);
  EmbeddingFile file = read_table(ids, path.extension() != ".npy");
  if (file.width == 0 && std::filesystem::exists(array)) {
    file.path = array;
    take_array(file);
  }
  check(file);
  return file;
}

EmbeddedSides embed_sides(const EmbeddingFile& file, const Sides& sides) {
  RowFinder finder(file);
  return {finder.rows_of(sides.train, "training"), finder.rows_of(sides.test, "test")};
}

}  // namespace simclr
