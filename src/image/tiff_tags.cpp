#include "image/tiff_tags.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

#include "image/raster.hpp"

namespace simclr {
namespace {

constexpr uint32_t tag_metadata = 42112, tag_nodata = 42113;
constexpr size_t most_samples = 64;

// libtiff hands out tags it doesn't know with their count.
std::string_view ascii(TIFF* tiff, uint32_t tag) {
  uint32_t count = 0;
  const char* text = nullptr;
  const TIFFField* field = TIFFFindField(tiff, tag, TIFF_ANY);
  if (field == nullptr || TIFFFieldDataType(field) != TIFF_ASCII || TIFFFieldPassCount(field) == 0) return "";
  if (TIFFGetField(tiff, tag, &count, &text) == 0 || text == nullptr) return "";
  const std::string_view all(text, count);
  return all.substr(0, all.find('\0'));
}

std::optional<double> number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text == "nan" || text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string_view attribute(std::string_view head, std::string_view key) {
  const std::string start = " " + std::string(key) + "=\"";
  const size_t at = head.find(start);
  if (at == std::string_view::npos) return "";
  head.remove_prefix(at + start.size());
  return head.substr(0, head.find('"'));
}

// <Item name="DESCRIPTION" sample="0" role="description">B02</Item>, one after the other: no nesting.
void read_items(std::string_view xml, TiffTags& tags) {
  std::optional<double> offset;
  for (size_t at = xml.find("<Item"); at != std::string_view::npos; at = xml.find("<Item", at + 1)) {
    const size_t open = xml.find('>', at), close = xml.find("</Item>", at);
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return;
    const std::string_view head = xml.substr(at, open - at), value = xml.substr(open + 1, close - open - 1);
    const std::string_view role = attribute(head, "role");
    const auto sample = number(attribute(head, "sample"));
    if (!sample || !(*sample >= 0 && *sample < static_cast<double>(most_samples))) continue;
    const auto band = static_cast<size_t>(*sample);
    if (role == "description") {
      if (tags.bands.size() <= band) tags.bands.resize(band + 1);
      tags.bands[band] = band_name(value);
    }
    if (role == "scale" && band == 0) tags.scale = number(value);
    if (role == "offset" && band == 0) offset = number(value);
  }
  if (tags.scale && !(std::isfinite(*tags.scale) && *tags.scale != 0)) {
    tags.scale.reset();
    return;
  }
  if (offset && std::isfinite(*offset)) tags.offset = *offset / tags.scale.value_or(1);
}

}  // namespace

TiffTags read_tags(TIFF* tiff) {
  TiffTags tags;
  read_items(ascii(tiff, tag_metadata), tags);
  if (const auto text = ascii(tiff, tag_nodata); !text.empty()) tags.nodata = number(text);
  return tags;
}

void apply_tags(const TiffTags& tags, Decoded& decoded) {
  Image& image = decoded.image;
  const std::set<std::string> distinct(tags.bands.begin(), tags.bands.end());
  if (tags.bands.size() == static_cast<size_t>(image.bands()) && distinct.size() == tags.bands.size() &&
      !distinct.contains(""))
    decoded.bands = tags.bands;
  decoded.offset = tags.offset;
  decoded.scale = tags.scale;
  if (!tags.nodata) return;
  decoded.nodata = {*tags.nodata};
  if (image.sample() == Sample::u8) mark_no_data(image, *tags.nodata);  // rasters: see as_raster()
}

}  // namespace simclr
