#include "report/thumbnail.hpp"

#include <algorithm>
#include <cmath>

#include "image/encode.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

void stretch(Image& image) {
  std::vector<float> values;
  for (int c = 0; c < image.bands(); ++c)
    for (const float value : image.band<float>(c))
      if (std::isfinite(value)) values.push_back(value);
  if (values.empty()) return;
  const auto at = [&](double part) {
    const auto place =
        values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  const float low = at(0.01), high = at(0.99);
  const float scale = high > low ? 1 / (high - low) : 0;
  for (int c = 0; c < image.bands(); ++c)
    for (float& value : image.band<float>(c)) value = std::isfinite(value) ? (value - low) * scale : 0;
}

// The bands that encode_png would show.
Image shown_bands(const Image& image) {
  const int bands = image.bands() >= 3 ? 3 : 1;
  Image out(bands, image.height(), image.width(), image.sample());
  const auto from = image.bytes().first(out.bytes().size());
  std::copy(from.begin(), from.end(), out.bytes().begin());
  return out;
}

}  // namespace

Image small_picture(const Image& image, int side) {
  const double shrink = std::min(1.0, static_cast<double>(side) / std::max(image.height(), image.width()));
  const int height = std::max(1, static_cast<int>(std::lround(image.height() * shrink)));
  const int width = std::max(1, static_cast<int>(std::lround(image.width() * shrink)));
  const bool bytes = image.sample() == Sample::u8;
  Image small = crop_resize(shown_bands(image), {0, 0, image.height(), image.width()}, height, width,
                            Filter::bilinear, false, bytes ? unit_scale(Sample::u8) : 1.0F);
  if (!bytes) stretch(small);
  return small;
}

std::string thumbnail(const Image& image, int side) {
  return "data:image/png;base64," + base64(encode_png(small_picture(image, side)));
}

}  // namespace simclr
