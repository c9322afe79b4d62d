#pragma once
// Folders that hold one picture, a TIFF a band: <patch>_B02.tif as BigEarthNet writes it (with .tiff at
// times), or B2.tif as SSL4EO-S12 does; VV and VH of Sentinel-1 likewise.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

// The band that a file's name ends with, "" for none.
std::string band_of_file(std::string_view file);

struct BandFolder {
  std::vector<std::pair<std::string, std::string>> bands;  // name -> file, in band order
  std::vector<std::string> folders;                        // in it, hidden ones left out
  std::string about;                                       // *_labels_metadata.json or metadata.json
  bool others = false;                                     // pictures that are no band of it
  bool is_patch() const { return bands.size() >= 2 && !others; }
};

BandFolder read_band_folder(const std::filesystem::path& path);  // empty for one that can't be read

// The first folder of one of the first few branches is such a patch. Cost: a few folders are listed.
bool holds_patches(const std::filesystem::path& path);

}  // namespace simclr
