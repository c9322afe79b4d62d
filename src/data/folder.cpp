// A folder of pictures, or a ZIP of one: recursive, bytewise sorted by relative path, hidden files and
// folders skipped. The first level of sub-folders gives the classes; train/, val/ (valid, validation, dev)
// and test/ at the top are splits, and classes are then the sub-folders in them. A lone one of those without
// sub-folders, beside two or more other folders of pictures, is a class that happens to be called "train" or
// "test". A lone folder around all of that (an archive unpacked into a folder of its own) is looked through.
// One CSV or TSV at the top (or in that lone folder) with a path column and labels or splits overrides what
// the folders say.

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/file_source.hpp"
#include "data/kinds.hpp"
#include "data/labels.hpp"
#include "data/path_index.hpp"
#include "data/split.hpp"
#include "data/walk.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

// The part before the first slash, and what is after it; ("", path) for a file at the top.
std::pair<std::string_view, std::string_view> split_first(std::string_view path) {
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

bool is_table(std::string_view path) {
  const std::string extension = extension_of(path);
  return extension == ".csv" || extension == ".tsv";
}

// EuroSAT's files of 13 bands don't name them, and have B8A last (Helber et al. 2019, and its authors' code).
bool is_eurosat(const std::vector<std::string>& classes) {
  static const std::set<std::string, std::less<>> known = {
      "AnnualCrop", "Forest",        "HerbaceousVegetation", "Highway", "Industrial",
      "Pasture",    "PermanentCrop", "Residential",          "River",   "SeaLake"};
  return !classes.empty() && std::all_of(classes.begin(), classes.end(),
                                         [&](const std::string& name) { return known.contains(name); });
}

class FolderSource : public FileSource {
 public:
  explicit FolderSource(std::unique_ptr<const FileTree> tree) : FileSource(std::move(tree)) { scan_folder(); }
  std::string kind() const override { return tree_->kind(); }

 private:
  void scan_folder();
  std::string where_else(std::span<const std::string_view> files,
                         const std::vector<std::string>& tables) const;
  void label_by_folder(size_t skip);
  bool has_split_folders(size_t skip) const;
  void label_by_table(const std::vector<std::string>& tables);
  void attach(const std::string& name, const LabelTable& table);
  using Matches = std::vector<std::pair<size_t, const LabelRow*>>;
  Matches match(const LabelTable& table) const;
  void keep_absent(const std::string& shown, const LabelTable& table, const Matches& matches);
  std::string lone_folder() const;
};

// What to do when there is no picture: arrays may lie further down, or a table may name pictures elsewhere.
std::string FolderSource::where_else(std::span<const std::string_view> files,
                                     const std::vector<std::string>& tables) const {
  for (const std::string_view file : files)
    if (is_ecotaxa_name(file))
      return printable(file) + " names no pictures (column img_file_name): export the project from EcoTaxa " +
             "again, with its images.";
  if (tree_->kind() == "zip") {
    const bool nested = std::any_of(files.begin(), files.end(),
                                    [](std::string_view file) { return extension_of(file) == ".zip"; });
    return nested ? "It holds ZIP files: unpack it, and give one of them."
                  : "Pictures are JPEG, PNG, WebP or TIFF files, told by their content.";
  }
  std::filesystem::path inner;
  for (const std::string_view file : files) {
    const std::filesystem::path next = std::filesystem::path(tree_->path(file)).parent_path();
    if (next == inner) continue;
    inner = next;
    if (is_idx(inner) || is_cifar(inner))
      return "Give " + printable(inner.native()) + ", which holds arrays of pictures.";
  }
  if (!tables.empty())
    return "If " + printable(tables[0]) + " names pictures elsewhere, give it as the data.";
  return "Pictures are JPEG, PNG, WebP or TIFF files, told by their content.";
}

void FolderSource::scan_folder() {
  Walk found = tree_->list();
  if (found.closed > 0)
    log_warning(std::to_string(found.closed) + (found.closed == 1 ? " folder" : " folders") +
                " cannot be read and left out, such as " + printable(found.first_closed) + ".");
  if (found.runs > 0)
    log_info(std::to_string(found.runs) + (found.runs == 1 ? " run folder" : " run folders") +
             " of simclr in " + printable(root()) + " left out.");
  if (found.again > 0)
    log_warning(std::to_string(found.again) + (found.again == 1 ? " link leads" : " links lead") +
                " to a folder that is there already: its pictures count once.");
  const auto kinds = tree_->sniff(found.files, false, scan_);
  std::vector<std::string> tables;
  bool any = false;
  records_.reserve(found.files.size());
  for (size_t i = 0; i < found.files.size(); ++i) {
    any = any || kinds[i] == FileKind::picture;
    if (kinds[i] == FileKind::picture || kinds[i] == FileKind::broken)
      records_.push_back({found.files[i], -1, Split::none});
    else if (kinds[i] == FileKind::other && is_table(found.files[i]))
      tables.emplace_back(found.files[i]);
  }
  names_ = std::move(found.names);
  if (!any)
    throw Error(Exit::data, "no image in " + printable(root()) + ": " + describe(scan_) + ".",
                where_else(found.files, tables));
  const std::string top = lone_folder();
  std::erase_if(tables, [&](const std::string& name) {
    const bool at_top = name.find('/') == std::string::npos;
    return !at_top && !(name.starts_with(top) && name.find('/', top.size()) == std::string::npos);
  });
  label_by_folder(top.size());
  if (is_eurosat(classes_)) band_names_ = band_list("B01,B02,B03,B04,B05,B06,B07,B08,B09,B10,B11,B12,B8A");
  label_by_table(tables);
}

// "archive/" when all pictures lie in folders within that one, else "".
std::string FolderSource::lone_folder() const {
  std::string lone;
  for (;;) {
    const auto rest_of = [&](const Record& record) { return record.id.substr(lone.size()); };
    const std::string_view top = split_first(rest_of(records_[0])).first;
    if (top.empty() || split_called(top)) return lone;
    bool nested = false;
    for (const auto& record : records_) {
      const auto [folder, rest] = split_first(rest_of(record));
      if (folder != top) return lone;
      nested |= rest.find('/') != std::string_view::npos;
    }
    if (!nested) return lone;
    lone.append(top).append("/");
  }
}

bool FolderSource::has_split_folders(size_t skip) const {
  std::map<std::string_view, bool> tops;  // folder -> has sub-folders with pictures
  for (const auto& record : records_) {
    const auto [top, rest] = split_first(record.id.substr(skip));
    if (!top.empty()) tops[top] |= rest.find('/') != std::string_view::npos;
  }
  size_t splits = 0;
  bool nested = false;
  for (const auto& [top, has_folders] : tops)
    if (split_called(top)) {
      ++splits;
      nested |= has_folders;
    }
  return splits >= 2 || nested || (splits == 1 && tops.size() <= 2);
}

void FolderSource::label_by_folder(size_t skip) {
  const bool splits = has_split_folders(skip);
  std::map<std::string, std::vector<size_t>, std::less<>> members;
  for (size_t i = 0; i < records_.size(); ++i) {
    auto [label, rest] = split_first(records_[i].id.substr(skip));
    if (splits) {
      const auto split = split_called(label);
      if (!split) continue;  // beside the splits, such as unlabelled/
      records_[i].split = *split;
      label = split_first(rest).first;
    }
    if (label.empty()) continue;
    auto found = members.find(label);
    if (found == members.end()) found = members.emplace(label, std::vector<size_t>()).first;
    found->second.push_back(i);
  }
  for (auto& [label, positions] : members) {
    for (const size_t i : positions) records_[i].label = static_cast<int32_t>(classes_.size());
    classes_.push_back(label);
  }
}

void FolderSource::label_by_table(const std::vector<std::string>& tables) {
  std::vector<std::pair<std::string, LabelTable>> usable;
  for (const auto& name : tables) {
    try {
      LabelTable table = parse_labels(tree_->text(name), tree_->path(name));
      if (table.has_path && (table.has_label || table.has_split)) {
        usable.emplace_back(name, std::move(table));
        continue;
      }
      std::string columns;
      for (const auto& one : table.header) columns += (columns.empty() ? "" : ", ") + printable(one);
      log_warning("labels are not taken from " + printable(name) + ": it has no column of " +
                  (table.has_path ? "labels" : "paths") + " (such as path,label); its first line is " +
                  columns + ".");
    } catch (const Error& error) {
      log_warning("labels are not taken from " + printable(name) + ": " + error.what());
    }
  }
  if (usable.size() == 1) return attach(usable[0].first, usable[0].second);
  if (usable.size() > 1)
    log_warning("labels are taken from no table, since " + printable(usable[0].first) + " and " +
                printable(usable[1].first) + " in " + printable(root()) + " could both hold them.");
}

// Each row to the picture it names: by its path, or the end of it, with or without extension, where only one
// picture fits. A bare file name is the end of a path, too.
FolderSource::Matches FolderSource::match(const LabelTable& table) const {
  const PathIndex whole(records_, PathIndex::Key::path), bare(records_, PathIndex::Key::without_extension);
  std::vector<std::pair<size_t, const LabelRow*>> matches;
  for (const auto& row : table.rows) {
    if (row.path.empty()) continue;
    size_t found = whole.find(row.path);
    if (found == SIZE_MAX && row.path.find('\\') != std::string::npos)
      found = whole.find(with_slashes(row.path));
    if (found == SIZE_MAX) found = bare.find(row.path);
    if (found != SIZE_MAX) matches.emplace_back(found, &row);
  }
  return matches;
}

// The first row that says other than an earlier one of the same picture; null when they agree.
const LabelRow* contradiction(const std::vector<std::pair<size_t, const LabelRow*>>& matches) {
  std::unordered_map<size_t, const LabelRow*> earlier;
  for (const auto& [i, row] : matches) {
    const auto [at, first] = earlier.emplace(i, row);
    if (!first && (at->second->label != row->label || at->second->split != row->split)) return row;
  }
  return nullptr;
}

void FolderSource::keep_absent(const std::string& shown, const LabelTable& table, const Matches& matches) {
  AbsentNames absent{shown, 0, {}};
  std::unordered_set<const LabelRow*> there;
  for (const auto& [i, row] : matches) there.insert(row);
  for (const auto& row : table.rows)
    if (!row.path.empty() && !there.contains(&row)) absent.add(row.path);
  if (absent.count > 0) scan_.absent.push_back(std::move(absent));
}

void FolderSource::attach(const std::string& name, const LabelTable& table) {
  const auto matches = match(table);
  const std::string shown = printable(tree_->path(name));
  if (matches.empty())
    return log_warning(
        "labels are not taken from " + shown + ": none of its " + std::to_string(table.rows.size()) +
        " rows names a picture in that folder" +
        (table.rows.empty() ? "." : "; the first is '" + printable(table.rows[0].path) + "'."));
  if (const LabelRow* other = contradiction(matches); other != nullptr)
    return log_warning("labels are not taken from " + shown + ": line " + std::to_string(other->line) +
                       " gives " + printable(other->path) + " another label or split than a line before it.");
  if (matches.size() < table.rows.size())
    log_warning(std::to_string(table.rows.size() - matches.size()) + " of " +
                std::to_string(table.rows.size()) + " rows of " + shown + " name no picture in that folder.");
  if (table.has_label) {
    std::vector<std::string> labels;
    size_t in_folders = 0, in_both = 0, labelled = 0;
    for (const auto& record : records_) in_folders += record.label >= 0 ? 1 : 0;
    for (const auto& [i, row] : matches) {
      if (row->label.empty()) continue;
      in_both += records_[i].label >= 0 ? 1 : 0;
      ++labelled;
      if (table.separator == 0) labels.push_back(row->label);
      if (table.separator != 0)
        for (auto& one : classes_in(row->label, table.separator)) labels.push_back(std::move(one));
    }
    // Such as sample_submission.csv, whose labels for the test pictures are to be filled in.
    if (in_folders > 0 && in_both == 0)
      return log_warning("labels are not taken from " + shown + ": it labels only pictures that are in no " +
                         "class folder, and " + std::to_string(in_folders) + " others are.");
    if (in_folders > labelled)
      log_info("labels are taken from " + shown + " (" + std::to_string(labelled) +
               " pictures) and not from the folders (" + std::to_string(in_folders) + ").");
    classes_ = class_order(std::move(labels));
    for (auto& record : records_) record.label = -1;
  }
  keep_absent(shown, table, matches);
  const ClassIndex index(classes_);
  std::vector<std::string_view> lists(table.separator != 0 ? records_.size() : 0);
  for (const auto& [i, row] : matches) {
    if (!lists.empty()) lists[i] = row->label;
    if (table.has_label && lists.empty()) records_[i].label = index[row->label];
    if (row->split != Split::none) records_[i].split = row->split;
  }
  for (const auto list : lists) add_label_set(index.all(classes_in(list, table.separator)), !list.empty());
}

}  // namespace

bool is_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

std::unique_ptr<Source> open_folder(const std::filesystem::path& path, Split) {
  return open_tree(std::make_unique<FolderTree>(path.native()));
}

std::unique_ptr<Source> open_tree(std::unique_ptr<const FileTree> tree) {
  return std::make_unique<FolderSource>(std::move(tree));
}

}  // namespace simclr
