#include "data/tiles.hpp"

#include <cmath>

#include "base/error.hpp"
#include "base/threads.hpp"
#include "image/geotiff.hpp"

namespace simclr {
namespace {

enum class Flaw { none, negative, not_a_number, no_data };

// No data: the value that the file marks so, in any band; without such a mark, 0 in all bands.
Flaw flaw_of(const RasterPart& tile, const RasterTags& tags, const TileOptions& options) {
  Flaw found = Flaw::none;
  for (int y = 0; y < tile.height; ++y)
    for (int x = 0; x < tile.width; ++x) {
      bool zero = true;
      for (int band = 0; band < tile.bands; ++band) {
        const double value = tile.at(band, y, x);
        zero = zero && value == 0;
        if (tags.nodata && value == *tags.nodata) return Flaw::no_data;
        if (!std::isfinite(value)) return Flaw::not_a_number;
        if (value < 0 && !options.keep_negative) found = Flaw::negative;
      }
      if (zero && !tags.nodata) return Flaw::no_data;
    }
  return found;
}

std::filesystem::path tile_file(const std::filesystem::path& scene, const std::filesystem::path& out, int row,
                                int column) {
  return out / (scene.stem().native() + "_" + std::to_string(row) + "_" + std::to_string(column) + ".tif");
}

void cut_rows(const GeoTiff& file, const std::filesystem::path& scene, const std::filesystem::path& out,
              const TileOptions& options, TileCount& count) {
  const int rows = file.height() / options.size, columns = file.width() / options.size;
  for (int row = 0; row < rows; ++row) {
    const int top = row * options.size;
    const RasterPart part = file.rows(top, options.size);
    std::vector<Flaw> flaws(static_cast<size_t>(columns));
    parallel_for(flaws.size(), cores(), [&](size_t column) {
      const int left = static_cast<int>(column) * options.size;
      const RasterPart tile = cut(part, left, 0, options.size, options.size);
      flaws[column] = flaw_of(tile, file.tags(), options);
      if (flaws[column] != Flaw::none) return;
      RasterTags tags = file.tags();
      tags.footprint = tags.footprint.from(left, top);
      write_geotiff(tile_file(scene, out, row, static_cast<int>(column)), tile, tags);
    });
    for (const Flaw flaw : flaws) {
      count.written += flaw == Flaw::none ? 1 : 0;
      count.negative += flaw == Flaw::negative ? 1 : 0;
      count.not_a_number += flaw == Flaw::not_a_number ? 1 : 0;
      count.no_data += flaw == Flaw::no_data ? 1 : 0;
    }
  }
}

}  // namespace

TileCount cut_tiles(const std::filesystem::path& scene, const std::filesystem::path& out,
                    const TileOptions& options) {
  const GeoTiff file(scene);
  TileCount count{scene.native(), file.bands(), file.height(), file.width()};
  const int rows = file.height() / options.size, columns = file.width() / options.size;
  if (rows == 0 || columns == 0)
    throw Error(Exit::data,
                printable(scene.native()) + " is " + std::to_string(file.height()) + " x " +
                    std::to_string(file.width()) + " px: smaller than a tile of " +
                    std::to_string(options.size) + ".",
                "Give --size a smaller number.");
  count.rest_right = file.width() - columns * options.size;
  count.rest_below = file.height() - rows * options.size;
  try {
    cut_rows(file, scene, out, options, count);
  } catch (const Error&) {  // half a scene is none
    std::error_code ignored;
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column)
        std::filesystem::remove(tile_file(scene, out, row, column), ignored);
    throw;
  }
  return count;
}

}  // namespace simclr
