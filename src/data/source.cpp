#include "data/source.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/kinds.hpp"
#include "data/label_map.hpp"
#include "data/labels.hpp"
#include "data/path_index.hpp"
#include "data/picture_file.hpp"
#include "data/split.hpp"
#include "data/unknown_offsets.hpp"

namespace simclr {
namespace {

struct Kind {
  const char* name;
  bool (*matches)(const std::filesystem::path&);
  std::unique_ptr<Source> (*open)(const std::filesystem::path&, Split);
};

// The first that matches opens it: a folder of arrays, or with a table of objects, comes before a folder of
// pictures.
constexpr Kind kinds[] = {
    {"zip", is_zip, open_zip},
    {"ecotaxa", is_ecotaxa, open_ecotaxa},
    {"morphocluster", is_morphocluster, open_morphocluster},
    {"idx", is_idx, open_idx},
    {"cifar", is_cifar, open_cifar},
    {"patches", is_patches, open_patches},
    {"folder", is_folder, open_folder},
    {"csv", is_csv, open_csv},
    {"npy", is_npy, open_npy},
    {"list", is_list, open_list},
};

struct Request {
  std::filesystem::path path;
  Split split = Split::none;
};

[[noreturn]] void no_such_path(std::string_view path) {
  if (path.empty()) throw Error(Exit::data, "no data: the path is empty.", "Name a folder of pictures.");
  throw Error(Exit::data, "no such file or folder: " + printable(path) + ".",
              "A source is a folder of pictures or of one folder a patch, a ZIP of pictures, an EcoTaxa "
              "export, a MorphoCluster archive, "
              "a CSV or "
              "TSV with a column path, a .txt list, a folder of IDX or CIFAR files, or a .npy file; "
              "PATH:train, PATH:val or PATH:test takes one split of it.");
}

Request parse_request(std::string_view text) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::path(text), error)) return {std::filesystem::path(text)};
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) no_such_path(text);
  const std::string_view before = text.substr(0, colon), word = text.substr(colon + 1);
  if (!std::filesystem::exists(std::filesystem::path(before), error))
    no_such_path(parse_split(word) ? before : text);
  const auto split = parse_split(word);
  if (!split)
    throw Error(Exit::data, "no split '" + printable(word) + "' in " + printable(text) + "." +
                                suggestion(word, {"train", "val", "test"}));
  return {std::filesystem::path(before), *split};
}

[[noreturn]] void no_known_kind(const std::filesystem::path& path) {
  const std::string shown = printable(path.native());
  if (sniff_file(path.native()).kind == FileKind::picture)
    throw Error(Exit::data, shown + " is one picture, not a folder of pictures.",
                "Name the folder that holds it.");
  throw Error(Exit::data, shown + " is a file, not a folder of pictures.",
              "Files that hold pictures or name them are .zip, .csv, .tsv, .txt (one path a line), .npy and "
              "IDX; of CIFAR "
              "batches name the folder.");
}

std::string splits_of(const Source& source) {
  std::array<size_t, 4> counts{};
  for (size_t i = 0; i < source.size(); ++i) ++counts[static_cast<size_t>(source.record(i).split)];
  std::string list;
  for (const Split split : {Split::train, Split::val, Split::test})
    if (const size_t count = counts[static_cast<size_t>(split)])
      list += (list.empty() ? "" : ", ") + std::string(name(split)) + " (" + std::to_string(count) + ")";
  return list;
}

[[noreturn]] void no_such_split(const Request& request, const std::string& others) {
  const std::string shown = printable(request.path.native());
  throw Error(Exit::data,
              "no split '" + std::string(name(request.split)) + "' in " + shown +
                  (others.empty() ? ": it has no splits." : ": it has " + others + "."),
              others.empty()
                  ? "A folder has splits by sub-folders train/, val/ and test/, a table by its column "
                    "'split'; or hold a part out: --val-fraction of pretrain, --test-fraction of evaluate."
                  : "");
}

}  // namespace

bool Source::labelled(size_t i) const {
  return !labels(i).empty() || (!of_no_class_.empty() && of_no_class_[place(i)]);
}

bool Source::labelled() const {
  for (size_t i = 0; i < size(); ++i)
    if (labelled(i)) return true;
  return false;
}

void Source::add_label_set(std::vector<int32_t> classes, bool known) {
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  if (label_begins_.empty()) label_begins_.push_back(0);
  of_no_class_.push_back(known && classes.empty());
  many_labels_.insert(many_labels_.end(), classes.begin(), classes.end());
  label_begins_.push_back(static_cast<uint32_t>(many_labels_.size()));
}

std::span<const int32_t> Source::labels(size_t i) const {
  if (!multi_label()) return {&records_[i].label, records_[i].label >= 0 ? size_t{1} : size_t{0}};
  const uint32_t begin = label_begins_[place(i)], end = label_begins_[place(i) + 1];
  return std::span(many_labels_).subspan(begin, end - begin);
}

void Source::keep(const std::function<bool(const Record&)>& wanted) {
  size_t kept = 0;
  std::vector<uint32_t> places;
  for (size_t i = 0; i < records_.size(); ++i) {
    if (!wanted(records_[i])) continue;
    places.push_back(static_cast<uint32_t>(place(i)));
    if (kept != i) records_[kept] = records_[i];
    ++kept;
  }
  records_.resize(kept);
  records_.shrink_to_fit();
  places_ = std::move(places);
}

void Source::leave_out(const std::vector<std::string>& files) {
  const PathIndex whole(records_, PathIndex::Key::path), bare(records_, PathIndex::Key::without_extension);
  std::vector<bool> out(records_.size());
  for (const auto& file : files) {
    const auto names = read_names(file);
    size_t found = 0;
    for (const auto& name : names) {
      size_t at = whole.find(name);
      if (at == SIZE_MAX) at = bare.find(name);
      if (at == SIZE_MAX) continue;
      out[at] = true;
      ++found;
    }
    log_info(std::to_string(found) + " of the " + std::to_string(names.size()) + " pictures named by " +
             printable(file) + " are there, and left out.");
  }
  keep([&](const Record& record) { return !out[static_cast<size_t>(&record - records_.data())]; });
  if (records_.empty()) throw Error(Exit::data, "every picture is left out.", "See --exclude.");
}

namespace {

// Patches say their own, since a file in them may know it.
void warn_of_offsets(const Source& source) {
  if (source.kind() == "patches") return;
  UnknownOffsets unknown;
  for (size_t i = 0; i < source.size(); ++i)
    if (const std::string_view id = source.record(i).id; id.ends_with(".tif") || id.ends_with(".tiff"))
      unknown.add(id);
  unknown.warn(source.size());
}

}  // namespace

std::shared_ptr<const Source> open_source(std::string_view text, const OpenOptions& options) {
  const Request request = parse_request(text);
  for (const auto& kind : kinds) {
    if (!kind.matches(request.path)) continue;
    std::shared_ptr<Source> source = kind.open(request.path, request.split);
    if (!options.leave_out.empty()) source->leave_out(options.leave_out);
    if (request.split != Split::none) {
      const std::string others = splits_of(*source);
      source->keep([&](const Record& record) { return record.split == request.split; });
      if (source->size() == 0) no_such_split(request, others);
    }
    warn_of_offsets(*source);
    if (options.label_map.empty()) return source;
    if (!options.labels_needed && !label_map_fits(*source, options.label_map)) return source;
    return map_labels(std::move(source), options.label_map);
  }
  no_known_kind(request.path);
}

}  // namespace simclr
