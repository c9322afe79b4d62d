#include "data/file_tree.hpp"

#include <filesystem>

#include "base/durable.hpp"
#include "data/labels.hpp"

namespace simclr {

bool FolderTree::has(std::string_view name) const {
  std::error_code error;
  return std::filesystem::exists(path(name), error);
}

std::string FolderTree::text(std::string_view name) const {
  return read_file(path(name));
}

std::string name_beside(const FileTree& tree, std::string_view table, std::string_view picture) {
  const std::filesystem::path folder = std::filesystem::path(table).parent_path();
  std::string name = (folder / picture).lexically_normal().native();
  if (picture.find('\\') == std::string_view::npos || tree.has(name)) return name;
  return (folder / with_slashes(std::string(picture))).lexically_normal().native();
}

}  // namespace simclr
