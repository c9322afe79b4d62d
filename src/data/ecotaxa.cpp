// EcoTaxa exports: a folder with ecotaxa_*.tsv at its top, or with NAME/ecotaxa_NAME.tsv in its sub-folders
// (a backup), or one such table; pictures are beside the tables. ecotaxa_tables says how they are read. The
// id is the object_id.

#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/ecotaxa_tables.hpp"
#include "data/kinds.hpp"
#include "formats/csv.hpp"

namespace simclr {
namespace {

struct Header {
  bool object = false, picture = false;
};

Header header_of(std::string_view start) {
  try {
    const CsvReader reader(start.substr(0, start.find_first_of("\r\n")), "table");
    return {column_of(reader.header(), {"object_id"}).has_value(),
            column_of(reader.header(), {"img_file_name"}).has_value()};
  } catch (const Error&) {  // no table
    return {};
  }
}

// Tables of a folder, by name in it.
std::vector<std::string> tables_in(const std::filesystem::path& root) {
  std::vector<std::string> at_top, in_folders;
  std::string lone;
  size_t folders = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().native();
    std::error_code ignored;
    if (name.starts_with('.')) continue;
    if (at->is_directory(ignored)) {
      const std::string inner = name + "/ecotaxa_" + name + ".tsv";
      if (is_ecotaxa_table(start_of_file(root / inner))) in_folders.push_back(inner);
      lone = name;
      ++folders;
    } else if (is_ecotaxa_name(name) && is_ecotaxa_table(start_of_file(at->path()))) {
      at_top.push_back(name);
    }
  }
  auto& found = at_top.empty() ? in_folders : at_top;
  std::sort(found.begin(), found.end());
  if (!found.empty() || folders != 1) return found;
  // An archive unpacked into a folder of its own.
  const auto inside = root / lone;
  for (std::filesystem::directory_iterator at(inside, error), end; !error && at != end; at.increment(error))
    if (const std::string name = at->path().filename().native();
        is_ecotaxa_name(name) && is_ecotaxa_table(start_of_file(at->path())))
      found.push_back(lone + "/" + name);
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

bool is_ecotaxa_name(std::string_view file) {
  std::string name(file.substr(file.rfind('/') + 1));  // npos + 1 is 0
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.starts_with("ecotaxa") && (name.ends_with(".tsv") || name.ends_with(".txt"));
}

bool is_ecotaxa_table(std::string_view start) {
  const Header header = header_of(start);
  return header.object && header.picture;
}

bool is_ecotaxa(const std::filesystem::path& path) {
  if (is_folder(path)) return !tables_in(path).empty();
  const std::string extension = extension_of(path.native());
  if (extension != ".tsv" && extension != ".txt" && extension != ".csv") return false;
  // One without pictures is told by its name, so that it can be said what is missing.
  const Header header = header_of(start_of_file(path));
  return header.object && (header.picture || is_ecotaxa_name(path.native()));
}

std::unique_ptr<Source> open_ecotaxa(const std::filesystem::path& path, Split) {
  if (is_folder(path))
    return open_ecotaxa_tables(std::make_unique<FolderTree>(path.native()), tables_in(path));
  return open_ecotaxa_tables(std::make_unique<FolderTree>(path.parent_path().native()),
                             {path.filename().native()});
}

std::unique_ptr<Source> open_ecotaxa_tables(std::unique_ptr<const FileTree> tree,
                                            const std::vector<std::string>& tables) {
  EcotaxaObjects found = read_ecotaxa(*tree, tables);
  Scan scan;
  scan.unused_labels = std::move(found.unused_labels);
  std::string unused;
  for (const auto& [status, count] : scan.unused_labels)
    unused += (unused.empty() ? "" : ", ") + std::to_string(count) + " " + printable(status);
  if (!unused.empty())
    log_info("only validated annotations are taken as labels; others of " + printable(tree->root()) + ": " +
             unused + ".");
  return std::make_unique<ObjectSource>("ecotaxa", std::move(tree), tables[0], std::move(found.names),
                                        found.objects, std::move(scan));
}

}  // namespace simclr
