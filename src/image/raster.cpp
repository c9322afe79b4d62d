#include "image/raster.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "image/codec.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& one : names) text += (text.empty() ? "" : ", ") + one;
  return text;
}

// The position of a band, by name or by number from 1; -1 for none.
int find_band(const std::string& wanted, const std::vector<std::string>& names, int bands) {
  const auto at = std::find(names.begin(), names.end(), wanted);
  if (at != names.end()) return static_cast<int>(at - names.begin());
  int position = 0;
  if (!digits(wanted) || wanted.size() > 2) return -1;
  std::from_chars(wanted.data(), wanted.data() + wanted.size(), position);
  return position >= 1 && position <= bands ? position - 1 : -1;
}

void choose_bands(Decoded& decoded, const DecodeOptions& options) {
  const Image& all = decoded.image;
  if (decoded.bands.empty() && options.names.size() == static_cast<size_t>(all.bands()))
    decoded.bands = options.names;
  if (options.only.empty() || decoded.bands == options.only) return;
  std::vector<int> places;
  for (const auto& wanted : options.only) {
    const int place = find_band(wanted, decoded.bands, all.bands());
    if (place < 0) {
      decoded = refuse(
          decoded.format,
          "no band " + wanted + ": it has " +
              (decoded.bands.empty() ? std::to_string(all.bands()) + " bands without names (see --band-names)"
                                     : joined(decoded.bands)));
      return;
    }
    places.push_back(place);
  }
  Image chosen = Image::unfilled(static_cast<int>(places.size()), all.height(), all.width(), all.sample());
  const size_t bytes = all.plane() * bytes_per(all.sample());
  for (size_t c = 0; c < places.size(); ++c)
    std::ranges::copy(all.bytes().subspan(static_cast<size_t>(places[c]) * bytes, bytes),
                      chosen.bytes().begin() + static_cast<std::ptrdiff_t>(c * bytes));
  decoded.image = std::move(chosen);
  for (size_t c = 0; c < places.size() && !decoded.bands.empty(); ++c)
    decoded.names.push_back(decoded.bands[static_cast<size_t>(places[c])]);
  decoded.bands = options.only;
}

void add_offset(Image& image, double offset) {
  for (int c = 0; c < image.bands(); ++c) {
    if (image.sample() == Sample::f32) {
      for (float& value : image.band<float>(c))
        if (value != 0) value += static_cast<float>(offset);
    } else if (image.sample() == Sample::u16) {
      for (uint16_t& value : image.band<uint16_t>(c))
        if (value != 0) value = static_cast<uint16_t>(std::clamp(std::round(value + offset), 1.0, 65535.0));
    }
  }
}

void replace(std::span<float> band, float marked, float becomes) {
  for (float& value : band)
    if (value == marked) value = becomes;
}

// Zero in all bands, where any of them (or all of them) is `marked`.
template <class T>
void blank_pixels(Image& image, T marked, bool any) {
  std::vector<bool> out(image.plane(), !any);
  bool found = !any;
  for (int c = 0; c < image.bands(); ++c) {
    const auto band = image.band<T>(c);
    if (any && std::find(band.begin(), band.end(), marked) == band.end()) continue;
    found = true;
    for (size_t i = 0; i < band.size(); ++i) {
      const bool here = band[i] == marked;
      out[i] = any ? out[i] || here : out[i] && here;
    }
  }
  for (int c = 0; c < image.bands() && found; ++c) {
    const auto band = image.band<T>(c);
    for (size_t i = 0; i < band.size(); ++i)
      if (out[i]) band[i] = 0;
  }
}

// What is to be added to the values: as asked, else by the name of the product, else as the file says.
double offset_of(const Decoded& decoded, const DecodeOptions& options) {
  if (options.offset) return *options.offset;
  if (options.product_offset && !decoded.floating) return *options.product_offset;
  return decoded.offset.value_or(0);
}

template <class T>
void mark_data(const Image& image, std::vector<bool>& mask) {
  for (int c = 0; c < image.bands(); ++c) {
    const auto band = image.band<T>(c);
    for (size_t i = 0; i < band.size(); ++i)
      if (band[i] != T{0}) mask[i] = true;
  }
  if constexpr (std::is_same_v<T, float>)
    for (int c = 0; c < image.bands(); ++c) {
      const auto band = image.band<float>(c);
      for (size_t i = 0; i < band.size(); ++i)
        if (!std::isfinite(band[i])) mask[i] = false;
    }
}

template <class T>
void fill_band(std::span<T> band, const std::vector<bool>& mask, float value) {
  const T filled = std::is_same_v<T, float> ? static_cast<T>(value) : static_cast<T>(std::lround(value));
  for (size_t i = 0; i < band.size(); ++i)
    if (!mask[i]) band[i] = filled;
}

void fill_in(Image& image, const std::vector<bool>& mask, const std::vector<float>& fill) {
  for (int c = 0; c < image.bands(); ++c) {
    const float value = fill[static_cast<size_t>(c)];
    if (image.sample() == Sample::u8) fill_band(image.band<uint8_t>(c), mask, value);
    if (image.sample() == Sample::u16) fill_band(image.band<uint16_t>(c), mask, value);
    if (image.sample() == Sample::f32) fill_band(image.band<float>(c), mask, value);
  }
}

// What the nearest pixel of the coarse grid has no data for has none here, too.
template <class T>
void keep_blanks(const Image& coarse, Image& out, int c) {
  const auto from = coarse.band<T>(0);
  const auto to = out.band<T>(c);
  if (std::find(from.begin(), from.end(), T{0}) == from.end()) return;
  const int step = out.height() / coarse.height();
  size_t i = 0;
  for (int y = 0; y < out.height(); ++y)
    for (int x = 0; x < out.width(); ++x, ++i)
      if (from[static_cast<size_t>(y / step * coarse.width() + x / step)] == 0) to[i] = 0;
}

template <class T>
void put_rounded(const Image& fine, const Image& coarse, Image& out, int c) {
  const auto from = fine.band<float>(0);
  const auto to = out.band<T>(c);
  for (size_t i = 0; i < to.size(); ++i)
    to[i] = static_cast<T>(std::clamp<long>(std::lround(from[i]), 0, std::numeric_limits<T>::max()));
  keep_blanks<T>(coarse, out, c);
}

void put_band(const Image& band, bool bicubic, Image& out, int c) {
  const size_t bytes = out.plane() * bytes_per(out.sample());
  const auto to = out.bytes().subspan(static_cast<size_t>(c) * bytes, bytes);
  if (band.height() == out.height()) {
    std::ranges::copy(band.bytes(), to.begin());
    return;
  }
  const Image fine = crop_resize(band, {0, 0, band.height(), band.width()}, out.height(), out.width(),
                                 bicubic ? Filter::bicubic : Filter::bilinear);
  if (out.sample() == Sample::u8) return put_rounded<uint8_t>(fine, band, out, c);
  if (out.sample() == Sample::u16) return put_rounded<uint16_t>(fine, band, out, c);
  std::ranges::copy(fine.bytes(), to.begin());
}

std::string size_of(const Decoded& part) {
  return std::to_string(part.image.height()) + " x " + std::to_string(part.image.width());
}

// Why these can't be stacked onto the finest, or "".
std::string stack_trouble(const std::vector<Decoded>& parts, const Decoded& finest) {
  const Image& grid = finest.image;
  for (const Decoded& part : parts) {
    const Image& one = part.image;
    const std::string& band = part.bands[0];
    if (one.bands() != 1)
      return "the file of band " + band + " holds " + std::to_string(one.bands()) + " bands";
    if (one.sample() != grid.sample())
      return band + " and " + finest.bands[0] + " hold numbers of other types";
    if (grid.height() % one.height() != 0 || grid.width() % one.width() != 0 ||
        grid.height() / one.height() != grid.width() / one.width())
      return band + " is " + size_of(part) + " px, which does not go evenly into the " + size_of(finest) +
             " of " + finest.bands[0];
  }
  return "";
}

}  // namespace

std::string band_name(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.size() < 2 || text.size() > 3 || (text[0] != 'B' && text[0] != 'b')) return std::string(text);
  const std::string_view rest = text.substr(1);
  if (rest == "8A" || rest == "8a") return "B8A";
  if (!digits(rest)) return std::string(text);
  return rest.size() == 1 ? "B0" + std::string(rest) : "B" + std::string(rest);
}

std::vector<std::string> band_list(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    names.push_back(band_name(one));
  }
  return names;
}

bool band_before(std::string_view a, std::string_view b) {
  const auto key = [](std::string_view name) {
    return name == "B8A" ? std::string("B08A") : std::string(name);
  };
  return key(a) < key(b);
}

std::optional<double> sentinel2_offset(std::string_view name) {
  for (size_t at = name.find('N'); at != std::string_view::npos; at = name.find('N', at + 1)) {
    if ((at > 0 && name[at - 1] != '_') || at + 3 > name.size()) continue;
    std::string number(name.substr(at + 1, 2));
    size_t end = at + 3;
    if (name.substr(end, 1) == ".") ++end;  // N04.00, as in the names of data strips
    number += name.substr(std::min(end, name.size()), 2);
    if (number.size() != 4 || !digits(number)) continue;
    return number >= "0400" && number != "9999" ? -1000 : 0;
  }
  return std::nullopt;
}

bool is_raster(const Image& image, bool named) {
  return image.sample() != Sample::u8 && (named || (image.bands() != 1 && image.bands() != 3));
}

std::vector<bool> data_mask(const Image& raster) {
  std::vector<bool> mask(raster.plane());
  if (raster.sample() == Sample::u8) mark_data<uint8_t>(raster, mask);
  if (raster.sample() == Sample::u16) mark_data<uint16_t>(raster, mask);
  if (raster.sample() == Sample::f32) mark_data<float>(raster, mask);
  return mask;
}

void mark_no_data(Image& image, double marked) {
  if (std::isnan(marked)) return;
  if (image.sample() == Sample::f32) {
    for (int c = 0; c < image.bands(); ++c)
      replace(image.band<float>(c), static_cast<float>(marked), std::numeric_limits<float>::quiet_NaN());
    return;
  }
  const double most = image.sample() == Sample::u8 ? 255 : 65535;
  if (!(marked > 0 && marked <= most)) return;
  if (image.sample() == Sample::u8) return blank_pixels(image, static_cast<uint8_t>(marked), false);
  blank_pixels(image, static_cast<uint16_t>(marked), true);
}

void spread_no_data(Image& raster) {
  if (raster.sample() == Sample::u16) blank_pixels<uint16_t>(raster, 0, true);
}

void as_raster(Decoded& decoded, const DecodeOptions& options) {
  choose_bands(decoded, options);
  if (!decoded.ok()) return;
  if (options.nodata && decoded.image.sample() != Sample::u8) decoded.nodata.push_back(*options.nodata);
  if (decoded.image.sample() != Sample::u8)  // of the chosen bands: another may be empty
    for (const double value : decoded.nodata) mark_no_data(decoded.image, value);
  const double offset = offset_of(decoded, options);
  decoded.offset = offset;
  if (offset != 0) add_offset(decoded.image, offset);
  if (!is_raster(decoded.image, !decoded.bands.empty())) return;
  const auto mask = data_mask(decoded.image);
  if (std::find(mask.begin(), mask.end(), true) == mask.end()) {
    decoded = refuse(decoded.format, "no pixel has data");
    return;
  }
  if (options.fill.size() == static_cast<size_t>(decoded.image.bands()))
    fill_in(decoded.image, mask, options.fill);
}

Decoded stack_bands(std::vector<Decoded> parts, bool bicubic) {
  const Decoded& finest = *std::max_element(
      parts.begin(), parts.end(),
      [](const Decoded& a, const Decoded& b) { return a.image.height() < b.image.height(); });
  const std::string why = stack_trouble(parts, finest);
  if (!why.empty()) return refuse(finest.format, why);
  Decoded all;
  all.format = finest.format;
  all.image = Image::unfilled(static_cast<int>(parts.size()), finest.image.height(), finest.image.width(),
                              finest.image.sample());
  for (size_t c = 0; c < parts.size(); ++c) {
    put_band(parts[c].image, bicubic, all.image, static_cast<int>(c));
    all.bands.push_back(parts[c].bands[0]);
  }
  return all;
}

}  // namespace simclr
