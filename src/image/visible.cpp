#include "image/visible.hpp"

#include <algorithm>
#include <cmath>

#include "image/resample.hpp"

namespace simclr {

Image visible_bands(const Image& image, const std::vector<std::string>& names) {
  std::vector<int> places{0, 1, 2};
  if (image.bands() < 3) places.resize(1);
  std::vector<int> named;
  for (const char* band : {"B04", "B03", "B02"})
    if (const auto at = std::find(names.begin(), names.end(), band); at != names.end())
      named.push_back(static_cast<int>(at - names.begin()));
  if (named.size() == 3) places = named;
  Image shown =
      Image::unfilled(static_cast<int>(places.size()), image.height(), image.width(), image.sample());
  const size_t bytes = image.plane() * bytes_per(image.sample());
  for (size_t c = 0; c < places.size(); ++c)
    std::ranges::copy(image.bytes().subspan(static_cast<size_t>(places[c]) * bytes, bytes),
                      shown.bytes().begin() + static_cast<std::ptrdiff_t>(c * bytes));
  return shown;
}

Stretch stretch_of(const Image& image, double tail) {
  std::vector<float> values;
  for (size_t i = 0; i < image.plane(); ++i) {
    bool blank = image.bands() > 1;
    for (int c = 0; c < image.bands(); ++c) blank = blank && image.band<float>(c)[i] == 0;
    if (blank) continue;
    for (int c = 0; c < image.bands(); ++c)
      if (const float value = image.band<float>(c)[i]; std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) return {};
  const auto at = [&](double part) {
    const auto place =
        values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  const float low = at(tail);
  return {low, at(1 - tail)};
}

void apply(const Stretch& stretch, Image& image) {
  const float scale = stretch.high > stretch.low ? 1 / (stretch.high - stretch.low) : 0;
  for (int c = 0; c < image.bands(); ++c)
    for (float& value : image.band<float>(c))
      value = std::isfinite(value) ? (value - stretch.low) * scale : 0;
}

Image visible(const Image& image, const std::vector<std::string>& names) {
  const bool bytes = image.sample() == Sample::u8;
  Image shown =
      crop_resize(visible_bands(image, names), {0, 0, image.height(), image.width()}, image.height(),
                  image.width(), Filter::bilinear, false, bytes ? unit_scale(Sample::u8) : 1.0F);
  if (!bytes) apply(stretch_of(shown), shown);
  for (int c = 0; c < shown.bands(); ++c)
    for (float& value : shown.band<float>(c)) value = std::clamp(value, 0.0F, 1.0F);
  return shown;
}

}  // namespace simclr
