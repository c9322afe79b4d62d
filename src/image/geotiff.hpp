#pragma once
// Large rasters by parts, and small ones cut out of them: the samples as the file has them, and where on the
// Earth they lie (GeoTIFF 1.1, OGC 19-008: tags 33550, 33922, 34264 and the GeoKeys 34735 to 34737).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simclr {

struct Footprint {
  std::vector<double> pixel_scale;  // x, y, z of the model in one pixel; or empty
  std::vector<double> tiepoints;    // six a point: i, j, k of the raster, x, y, z of the model
  std::vector<double> matrix;       // 4 x 4, row by row, in place of both above
  std::vector<uint16_t> keys;
  std::vector<double> key_numbers;
  std::string key_text;
  // Of the part that begins at this pixel.
  Footprint from(int left, int top) const;
  bool operator==(const Footprint&) const = default;
};

enum class RasterType : uint8_t { u8, u16, i16, i32, f32, f64 };
size_t bytes_per(RasterType type);

// Pixels, band after band, in the type of the file and this machine's byte order.
struct RasterPart {
  RasterType type = RasterType::u16;
  int bands = 0, height = 0, width = 0;
  std::vector<std::byte> bytes;
  double at(int band, int y, int x) const;
};

struct RasterTags {
  Footprint footprint;
  std::string metadata;          // GDAL_METADATA: names of bands, scale, offset
  std::optional<double> nodata;  // GDAL_NODATA
};

class GeoTiff {
 public:
  // Error(Exit::data) when it is no TIFF, or of samples or colours that are no raster's.
  explicit GeoTiff(const std::filesystem::path& path);
  ~GeoTiff();
  GeoTiff(GeoTiff&&) noexcept;
  GeoTiff& operator=(GeoTiff&&) = delete;
  int bands() const;
  int height() const;
  int width() const;
  const RasterTags& tags() const;
  // Whole rows, all bands. Error(Exit::data) when the file is damaged. Memory: that of the rows, and of one
  // block of the file.
  RasterPart rows(int first, int count) const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

RasterPart cut(const RasterPart& rows, int left, int top, int height, int width);

// Band-interleaved, deflated. The file is whole or not there. Error(Exit::disk).
void write_geotiff(const std::filesystem::path& path, const RasterPart& part, const RasterTags& tags);

}  // namespace simclr
