#include "report/thumbnail.hpp"

#include <algorithm>
#include <cmath>

#include "image/encode.hpp"
#include "image/resample.hpp"
#include "image/visible.hpp"

namespace simclr {
Image small_picture(const Image& image, int side) {
  const double shrink = std::min(1.0, static_cast<double>(side) / std::max(image.height(), image.width()));
  const int height = std::max(1, static_cast<int>(std::lround(image.height() * shrink)));
  const int width = std::max(1, static_cast<int>(std::lround(image.width() * shrink)));
  const bool bytes = image.sample() == Sample::u8;
  Image small = crop_resize(visible_bands(image), {0, 0, image.height(), image.width()}, height, width,
                            Filter::bilinear, false, bytes ? unit_scale(Sample::u8) : 1.0F);
  if (!bytes) apply(stretch_of(small, 0.01), small);
  return small;
}

std::string thumbnail(const Image& image, int side) {
  return "data:image/png;base64," + base64(encode_png(small_picture(image, side)));
}

}  // namespace simclr
