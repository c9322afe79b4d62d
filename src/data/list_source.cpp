// A list of pictures: one path a line, relative to the list's folder or absolute. Blank lines are skipped;
// no labels. A name that holds a line break can't be listed: a CSV can quote it.

#include <unordered_set>

#include "base/durable.hpp"
#include "data/file_source.hpp"
#include "data/kinds.hpp"

namespace simclr {
namespace {

std::vector<std::string_view> distinct_lines(std::string_view text, Names& names) {
  std::vector<std::string_view> lines;
  std::unordered_set<std::string_view> known;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string path = std::filesystem::path(line).lexically_normal().native();
    if (known.contains(path)) continue;
    lines.push_back(names.keep(path));
    known.insert(lines.back());
  }
  return lines;
}

class ListSource : public FileSource {
 public:
  explicit ListSource(const std::filesystem::path& path)
      : FileSource(std::make_unique<FolderTree>(path.parent_path().native())) {
    const auto names = distinct_lines(read_file(path), names_);
    for (const size_t i : keep_listed(*tree_, names, path.native(), where_paths_lead(root()), scan_))
      records_.push_back({names[i], -1, Split::none});
  }
  std::string kind() const override { return "list"; }
};

}  // namespace

bool is_list(const std::filesystem::path& path) {
  const std::string extension = extension_of(path.native());
  return extension == ".txt" || extension == ".lst" || extension == ".list";
}

std::unique_ptr<Source> open_list(const std::filesystem::path& path, Split) {
  return std::make_unique<ListSource>(path);
}

}  // namespace simclr
