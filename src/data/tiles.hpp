#pragma once
// Scenes to patches, as SimCLR-S2 made its California set: squares side by side; one with a pixel that is
// negative, not a number or without data is left out.

#include <filesystem>
#include <string>
#include <vector>

namespace simclr {

struct TileOptions {
  int size = 120;              // pixels a side
  bool keep_negative = false;  // such as radar in decibel
};

struct TileCount {
  std::string scene;
  int bands = 0, height = 0, width = 0;
  size_t written = 0, negative = 0, not_a_number = 0, no_data = 0;  // tiles; the first reason counts
  int rest_right = 0, rest_below = 0;                               // pixels that make no whole tile
};

// Writes OUT/<scene>_<row>_<column>.tif for each whole square, with its own footprint and the scene's names
// of bands. What is left at the right and at the bottom is no tile. Throws Error(Exit::data) for a scene that
// is no raster, is damaged, or is smaller than a tile; Error(Exit::disk). Memory: `size` rows of the scene.
TileCount cut_tiles(const std::filesystem::path& scene, const std::filesystem::path& out,
                    const TileOptions& options);

}  // namespace simclr
