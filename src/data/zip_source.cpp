// A ZIP archive: an EcoTaxa export when it holds tables of that name, a MorphoCluster archive when it holds
// one index.csv of that kind, else class folders as in a folder.

#include <algorithm>

#include "base/error.hpp"
#include "data/band_files.hpp"
#include "data/kinds.hpp"
#include "data/zip_tree.hpp"

namespace simclr {
namespace {

// At the top, or the only one there is.
std::string morphocluster_index(const FileTree& tree, std::span<const std::string_view> files) {
  std::vector<std::string> found;
  if (tree.has("index.csv"))
    found.emplace_back("index.csv");
  else
    for (const std::string_view file : files)
      if (file.ends_with("/index.csv")) found.emplace_back(file);
  return found.size() == 1 && is_morphocluster_index(tree.start(found[0])) ? found[0] : "";
}

// Their bands would be taken for pictures.
void refuse_patches(const std::filesystem::path& path, std::span<const std::string_view> files) {
  for (const std::string_view file : files)
    if (file.find('/') != std::string_view::npos && file.find('_') != std::string_view::npos &&
        !band_of_file(file).empty())
      throw Error(
          Exit::data,
          printable(path.native()) + " holds folders with a file a band, such as " + printable(file) + ".",
          "Unpack it, and give the folder.");
}

}  // namespace

bool is_zip(const std::filesystem::path& path) {
  return extension_of(path.native()) == ".zip" && !is_folder(path);
}

std::unique_ptr<Source> open_zip(const std::filesystem::path& path, Split) {
  auto tree = std::make_unique<ZipTree>(path);
  const Walk found = tree->list();
  std::vector<std::string> tables;
  for (const std::string_view file : found.files)
    if (is_ecotaxa_name(file) && is_ecotaxa_table(tree->start(file))) tables.emplace_back(file);
  if (!tables.empty()) return open_ecotaxa_tables(std::move(tree), tables);
  const std::string index = morphocluster_index(*tree, found.files);
  if (!index.empty()) return open_morphocluster_index(std::move(tree), index);
  refuse_patches(path, found.files);
  return open_tree(std::move(tree));
}

}  // namespace simclr
