#include "data/band_files.hpp"

#include <algorithm>

#include "data/picture_file.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

constexpr int deepest = 5;
constexpr size_t branches = 3;

bool holds_patches(const std::filesystem::path& path, int depth) {
  BandFolder folder = read_band_folder(path);
  if (depth > 0 && folder.is_patch()) return true;
  if (depth == deepest || folder.others || !folder.bands.empty()) return false;
  const size_t tried = std::min(branches, folder.folders.size());
  std::partial_sort(folder.folders.begin(), folder.folders.begin() + static_cast<std::ptrdiff_t>(tried),
                    folder.folders.end());
  return std::any_of(folder.folders.begin(), folder.folders.begin() + static_cast<std::ptrdiff_t>(tried),
                     [&](const std::string& name) { return holds_patches(path / name, depth + 1); });
}

bool picture_extension(const std::string& extension) {
  return extension == ".tif" || extension == ".tiff" || extension == ".png" || extension == ".jpg" ||
         extension == ".jpeg" || extension == ".webp";
}

}  // namespace

std::string band_of_file(std::string_view file) {
  const std::string extension = extension_of(file);
  if (extension != ".tif" && extension != ".tiff") return "";
  std::string_view stem = file.substr(0, file.size() - extension.size());
  if (const size_t bar = stem.rfind('_'); bar != std::string_view::npos) stem.remove_prefix(bar + 1);
  if (stem == "VV" || stem == "VH" || stem == "HH" || stem == "HV") return std::string(stem);
  const std::string band = stem.starts_with('B') ? band_name(stem) : "";
  if (band == "B8A") return band;
  const bool numbered =
      band.size() == 3 && band[1] >= '0' && band[1] <= '9' && band[2] >= '0' && band[2] <= '9';
  return numbered && band >= "B01" && band <= "B12" ? band : "";
}

BandFolder read_band_folder(const std::filesystem::path& path) {
  BandFolder folder;
  std::error_code error;
  for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().native();
    if (name.starts_with('.')) continue;
    std::error_code unknown;
    if (at->is_directory(unknown)) {
      folder.folders.push_back(std::move(name));
      continue;
    }
    if (std::string band = band_of_file(name); !band.empty())
      folder.bands.emplace_back(std::move(band), std::move(name));
    else if (name.ends_with("_labels_metadata.json") || name == "metadata.json")
      folder.about = std::move(name);
    else
      folder.others |= picture_extension(extension_of(name));
  }
  std::sort(folder.bands.begin(), folder.bands.end(),
            [](const auto& a, const auto& b) { return band_before(a.first, b.first); });
  const auto again = std::adjacent_find(folder.bands.begin(), folder.bands.end(),
                                        [](const auto& a, const auto& b) { return a.first == b.first; });
  folder.others |= again != folder.bands.end();
  return folder;
}

bool holds_patches(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) && holds_patches(path, 0);
}

}  // namespace simclr
