#include "image/geotiff.hpp"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "base/error.hpp"
#include "base/fields.hpp"

namespace simclr {
namespace {

constexpr uint32_t tag_scale = 33550, tag_tiepoints = 33922, tag_matrix = 34264, tag_keys = 34735,
                   tag_numbers = 34736, tag_text = 34737, tag_metadata = 42112, tag_nodata = 42113;

int on_message(TIFF*, void* input, const char*, const char* format, va_list values) {
  auto* first = static_cast<std::array<char, 160>*>(input);
  if (first != nullptr && (*first)[0] == 0) std::vsnprintf(first->data(), first->size(), format, values);
  return 1;
}
int on_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

TIFF* open_quietly(const std::string& path, const char* mode, std::array<char, 160>* message) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_message, message);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, nullptr);
  return TIFFOpenExt(path.c_str(), mode, options.get());
}

// What libtiff must be told of, to write these tags.
void declare_tags(TIFF* tiff) {
  static const TIFFFieldInfo fields[] = {
      {tag_scale, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, const_cast<char*>("ModelPixelScale")},
      {tag_tiepoints, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, const_cast<char*>("ModelTiepoint")},
      {tag_matrix, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, const_cast<char*>("ModelTransformation")},
      {tag_keys, -1, -1, TIFF_SHORT, FIELD_CUSTOM, 1, 1, const_cast<char*>("GeoKeyDirectory")},
      {tag_numbers, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, const_cast<char*>("GeoDoubleParams")},
      {tag_text, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, const_cast<char*>("GeoAsciiParams")},
      {tag_metadata, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, const_cast<char*>("GDAL_METADATA")},
      {tag_nodata, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, const_cast<char*>("GDAL_NODATA")}};
  TIFFMergeFieldInfo(tiff, fields, sizeof fields / sizeof fields[0]);
}

// libtiff hands out tags it doesn't know with their count, of 32 bits.
template <class T>
std::vector<T> values_of(TIFF* tiff, uint32_t tag, TIFFDataType type) {
  const TIFFField* field = TIFFFindField(tiff, tag, type);
  if (field == nullptr || TIFFFieldReadCount(field) != TIFF_VARIABLE2) return {};
  uint32_t count = 0;
  const T* values = nullptr;
  if (TIFFGetField(tiff, tag, &count, &values) == 0 || values == nullptr) return {};
  return {values, values + count};
}

std::string text_of(TIFF* tiff, uint32_t tag) {
  const auto letters = values_of<char>(tiff, tag, TIFF_ASCII);
  const std::string text(letters.begin(), letters.end());
  return text.substr(0, text.find('\0'));
}

template <class T>
void set_values(TIFF* tiff, uint32_t tag, const std::vector<T>& values) {
  if (!values.empty()) TIFFSetField(tiff, tag, static_cast<int>(values.size()), values.data());
}

RasterTags tags_of(TIFF* tiff) {
  RasterTags tags;
  tags.footprint = {
      values_of<double>(tiff, tag_scale, TIFF_DOUBLE),   values_of<double>(tiff, tag_tiepoints, TIFF_DOUBLE),
      values_of<double>(tiff, tag_matrix, TIFF_DOUBLE),  values_of<uint16_t>(tiff, tag_keys, TIFF_SHORT),
      values_of<double>(tiff, tag_numbers, TIFF_DOUBLE), text_of(tiff, tag_text)};
  tags.metadata = text_of(tiff, tag_metadata);
  const std::string nodata = text_of(tiff, tag_nodata);
  double value = 0;
  if (nodata == "nan") tags.nodata = std::nan("");
  if (std::from_chars(nodata.data(), nodata.data() + nodata.size(), value).ec == std::errc())
    tags.nodata = value;
  return tags;
}

std::optional<RasterType> type_of(uint16_t bits, uint16_t format) {
  if (format == SAMPLEFORMAT_UINT && bits == 8) return RasterType::u8;
  if (format == SAMPLEFORMAT_UINT && bits == 16) return RasterType::u16;
  if (format == SAMPLEFORMAT_INT && bits == 16) return RasterType::i16;
  if (format == SAMPLEFORMAT_INT && bits == 32) return RasterType::i32;
  if (format == SAMPLEFORMAT_IEEEFP && bits == 32) return RasterType::f32;
  if (format == SAMPLEFORMAT_IEEEFP && bits == 64) return RasterType::f64;
  return std::nullopt;
}

template <class T>
double value_at(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<double>(value);
}

}  // namespace

size_t bytes_per(RasterType type) {
  constexpr size_t sizes[] = {1, 2, 2, 4, 4, 8};
  return sizes[static_cast<size_t>(type)];
}

double RasterPart::at(int band, int y, int x) const {
  const size_t place = (static_cast<size_t>(band) * static_cast<size_t>(height) + static_cast<size_t>(y)) *
                           static_cast<size_t>(width) +
                       static_cast<size_t>(x);
  const std::byte* from = bytes.data() + place * bytes_per(type);
  switch (type) {
    case RasterType::u8:
      return value_at<uint8_t>(from);
    case RasterType::u16:
      return value_at<uint16_t>(from);
    case RasterType::i16:
      return value_at<int16_t>(from);
    case RasterType::i32:
      return value_at<int32_t>(from);
    case RasterType::f32:
      return value_at<float>(from);
    case RasterType::f64:
      break;
  }
  return value_at<double>(from);
}

Footprint Footprint::from(int left, int top) const {
  Footprint part = *this;
  if (matrix.size() == 16) {
    for (size_t row : {size_t{0}, size_t{1}, size_t{2}})
      part.matrix[row * 4 + 3] += matrix[row * 4] * left + matrix[row * 4 + 1] * top;
  } else if (pixel_scale.size() >= 2 && tiepoints.size() == 6) {  // one point: it stays at its pixel
    part.tiepoints[3] += left * pixel_scale[0];
    part.tiepoints[4] -= top * pixel_scale[1];
  } else {
    for (size_t i = 0; i + 5 < tiepoints.size(); i += 6) {
      part.tiepoints[i] -= left;
      part.tiepoints[i + 1] -= top;
    }
  }
  return part;
}

struct GeoTiff::Open {
  std::string shown;
  std::array<char, 160> message{};
  TIFF* tiff = nullptr;
  RasterTags tags;
  RasterType type = RasterType::u16;
  uint32_t width = 0, height = 0, block_width = 0, block_height = 0;
  uint16_t samples = 1;
  bool tiled = false, separate = false;
  ~Open() {
    if (tiff != nullptr) TIFFClose(tiff);
  }
  [[noreturn]] void damaged() const {
    throw Error(Exit::data,
                shown + " is damaged" + (message[0] == 0 ? "." : ": " + printable(message.data()) + "."));
  }
  void read_block(RasterPart& rows, int first, uint32_t x, uint32_t y, uint16_t plane,
                  std::vector<std::byte>& buffer) const;
};

// Copies what the block and the rows have in common.
void GeoTiff::Open::read_block(RasterPart& rows, int first, uint32_t x, uint32_t y, uint16_t plane,
                               std::vector<std::byte>& buffer) const {
  const auto size = static_cast<tmsize_t>(buffer.size());
  const tmsize_t got =
      tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), buffer.data(), size)
            : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), buffer.data(), size);
  const size_t bytes = bytes_per(type), step = separate ? 1 : samples;
  const uint32_t end = std::min(y + block_height, height), columns = std::min(block_width, width - x);
  if (got < 0 || static_cast<size_t>(got) < (end - y) * block_width * step * bytes) damaged();
  const int begin = std::max(static_cast<int>(y), first),
            stop = std::min(static_cast<int>(end), first + rows.height);
  for (int row = begin; row < stop; ++row) {
    const std::byte* from = buffer.data() + (static_cast<size_t>(row) - y) * block_width * step * bytes;
    for (size_t s = 0; s < step; ++s) {
      const size_t band = separate ? plane : s;
      std::byte* to =
          rows.bytes.data() +
          ((band * static_cast<size_t>(rows.height) + static_cast<size_t>(row - first)) * width + x) * bytes;
      for (uint32_t i = 0; i < columns; ++i)
        std::memcpy(to + i * bytes, from + (i * step + s) * bytes, bytes);
    }
  }
}

GeoTiff::GeoTiff(const std::filesystem::path& path) : open_(std::make_unique<Open>()) {
  Open& o = *open_;
  o.shown = printable(path.native());
  o.tiff = open_quietly(path.native(), "r", &o.message);
  if (o.tiff == nullptr)
    throw Error(Exit::data, o.shown + " is no TIFF" +
                                (o.message[0] == 0 ? "." : ": " + printable(o.message.data()) + "."));
  o.message[0] = 0;
  uint16_t bits = 1, format = SAMPLEFORMAT_UINT, planar = PLANARCONFIG_CONTIG, photometric = 0;
  TIFFGetField(o.tiff, TIFFTAG_IMAGEWIDTH, &o.width);
  TIFFGetField(o.tiff, TIFFTAG_IMAGELENGTH, &o.height);
  TIFFGetFieldDefaulted(o.tiff, TIFFTAG_SAMPLESPERPIXEL, &o.samples);
  TIFFGetFieldDefaulted(o.tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(o.tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(o.tiff, TIFFTAG_PLANARCONFIG, &planar);
  TIFFGetFieldDefaulted(o.tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  const auto type = type_of(bits, format);
  constexpr uint32_t longest = 1U << 30U;
  constexpr uint16_t most_bands = 64;
  if (!type || photometric > PHOTOMETRIC_RGB || o.width == 0 || o.height == 0 || o.width > longest ||
      o.height > longest || o.samples == 0 || o.samples > most_bands)
    throw Error(Exit::data, o.shown + " is no raster of 8, 16 or 32 bits or of real numbers.");
  o.type = *type;
  o.separate = planar == PLANARCONFIG_SEPARATE && o.samples > 1;
  o.tiled = TIFFIsTiled(o.tiff) != 0;
  o.block_width = o.width;
  if (o.tiled) TIFFGetField(o.tiff, TIFFTAG_TILEWIDTH, &o.block_width);
  TIFFGetFieldDefaulted(o.tiff, o.tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, &o.block_height);
  if (!o.tiled) o.block_height = std::min(o.block_height, o.height);
  if (o.block_width == 0 || o.block_height == 0) o.damaged();
  o.tags = tags_of(o.tiff);
}

GeoTiff::~GeoTiff() = default;
GeoTiff::GeoTiff(GeoTiff&&) noexcept = default;

int GeoTiff::bands() const {
  return open_->samples;
}
int GeoTiff::height() const {
  return static_cast<int>(open_->height);
}
int GeoTiff::width() const {
  return static_cast<int>(open_->width);
}
const RasterTags& GeoTiff::tags() const {
  return open_->tags;
}

RasterPart GeoTiff::rows(int first, int count) const {
  const Open& o = *open_;
  RasterPart part{o.type, o.samples, count, width(), {}};
  part.bytes.resize(static_cast<size_t>(o.samples) * static_cast<size_t>(count) * o.width *
                    bytes_per(o.type));
  const uint64_t bytes = o.tiled ? TIFFTileSize64(o.tiff) : TIFFStripSize64(o.tiff);
  constexpr uint64_t largest = uint64_t{1} << 31U;
  if (bytes == 0 || bytes > largest) o.damaged();
  std::vector<std::byte> buffer(static_cast<size_t>(bytes));
  const auto top = static_cast<uint32_t>(first) / o.block_height * o.block_height;
  for (uint16_t plane = 0; plane < (o.separate ? o.samples : 1); ++plane)
    for (uint32_t y = top; y < static_cast<uint32_t>(first + count) && y < o.height; y += o.block_height)
      for (uint32_t x = 0; x < o.width; x += o.block_width) o.read_block(part, first, x, y, plane, buffer);
  return part;
}

RasterPart cut(const RasterPart& rows, int left, int top, int height, int width) {
  RasterPart part{rows.type, rows.bands, height, width, {}};
  const size_t bytes = bytes_per(rows.type), run = static_cast<size_t>(width) * bytes;
  part.bytes.reserve(static_cast<size_t>(rows.bands) * static_cast<size_t>(height) * run);
  for (int band = 0; band < rows.bands; ++band)
    for (int y = 0; y < height; ++y) {
      const size_t place =
          (static_cast<size_t>(band) * static_cast<size_t>(rows.height) + static_cast<size_t>(top + y)) *
              static_cast<size_t>(rows.width) +
          static_cast<size_t>(left);
      const auto from = rows.bytes.begin() + static_cast<std::ptrdiff_t>(place * bytes);
      part.bytes.insert(part.bytes.end(), from, from + static_cast<std::ptrdiff_t>(run));
    }
  return part;
}

namespace {

void set_layout(TIFF* tiff, const RasterPart& part) {
  const bool real = part.type == RasterType::f32 || part.type == RasterType::f64;
  const bool negative = part.type == RasterType::i16 || part.type == RasterType::i32;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<uint32_t>(part.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<uint32_t>(part.height));
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, part.bands);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * bytes_per(part.type)));
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
               real       ? SAMPLEFORMAT_IEEEFP
               : negative ? SAMPLEFORMAT_INT
                          : SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_SEPARATE);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, static_cast<uint32_t>(part.height));
  if (part.bands > 1) {
    const std::vector<uint16_t> extras(static_cast<size_t>(part.bands - 1), EXTRASAMPLE_UNSPECIFIED);
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(extras.size()), extras.data());
  }
}

void set_tags(TIFF* tiff, const RasterTags& tags) {
  declare_tags(tiff);
  const Footprint& place = tags.footprint;
  set_values(tiff, tag_scale, place.pixel_scale);
  set_values(tiff, tag_tiepoints, place.tiepoints);
  set_values(tiff, tag_matrix, place.matrix);
  set_values(tiff, tag_keys, place.keys);
  set_values(tiff, tag_numbers, place.key_numbers);
  if (!place.key_text.empty()) TIFFSetField(tiff, tag_text, place.key_text.c_str());
  if (!tags.metadata.empty()) TIFFSetField(tiff, tag_metadata, tags.metadata.c_str());
  if (tags.nodata) TIFFSetField(tiff, tag_nodata, shortest(*tags.nodata).c_str());
}

}  // namespace

void write_geotiff(const std::filesystem::path& path, const RasterPart& part, const RasterTags& tags) {
  std::filesystem::path unfinished = path;
  unfinished += ".part";
  std::array<char, 160> message{};
  TIFF* tiff = open_quietly(unfinished.native(), "w", &message);
  bool good = tiff != nullptr;
  if (good) {
    set_layout(tiff, part);
    set_tags(tiff, tags);
    std::vector<std::byte> plane(part.bytes.size() / static_cast<size_t>(part.bands));
    for (int band = 0; band < part.bands && good; ++band) {
      const auto from = part.bytes.begin() + static_cast<std::ptrdiff_t>(plane.size()) * band;
      std::copy_n(from, plane.size(), plane.begin());  // libtiff may swap it in place
      good = TIFFWriteEncodedStrip(tiff, static_cast<uint32_t>(band), plane.data(),
                                   static_cast<tmsize_t>(plane.size())) > 0;
    }
    good = good && TIFFFlush(tiff) != 0;
    TIFFClose(tiff);
  }
  std::error_code error;
  if (good) std::filesystem::rename(unfinished, path, error);
  if (good && !error) return;
  std::filesystem::remove(unfinished, error);
  throw Error(Exit::disk, "cannot write " + printable(path.native()) +
                              (message[0] == 0 ? "." : ": " + printable(message.data()) + "."));
}

}  // namespace simclr
