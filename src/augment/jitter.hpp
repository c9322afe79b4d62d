#pragma once
// Colour jitter: brightness, contrast, saturation and hue by random amounts, in random order, clamped to
// [0, 1] after each. Laws: torchvision (contrast about the mean gray, saturation a blend with gray) and
// TensorFlow (contrast about each band's mean, saturation in HSV).
// Pictures of one band: brightness and contrast alone. Rasters: the same, contrast
// about each band's mean, added brightness in standard deviations of the band, nothing clamped.

#include <array>
#include <cstdint>

#include "image/image.hpp"

namespace simclr {

enum class Tone : uint32_t { brightness, contrast, saturation, hue };

struct Tones {  // what one picture's jitter does
  std::array<uint32_t, 4> order{0, 1, 2, 3};
  double brightness = 1;  // factor, or the amount added
  bool added = false;
  double contrast = 1, saturation = 1;  // factors
  double hue = 0;                       // turns
  bool tf = false;
};

void jitter(Image& image, const Tones& tones, bool raster);

}  // namespace simclr
