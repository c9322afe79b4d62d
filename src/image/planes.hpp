#pragma once
// Inside the room: pixels as codecs give them (interleaved) to planes, and changes of colour model with
// Pillow's rounding.

#include <cstddef>
#include <cstdint>

#include "image/image.hpp"

namespace simclr {

// One row of `pixels` interleaved pixels of `bands` samples into row y of `out`. `bands` may be one more
// than the image has: the last sample is then alpha, and the rest is laid over white.
void put_row(const uint8_t* row, int bands, Image& out, int y);
void put_row(const uint16_t* row, int bands, Image& out, int y);

// The last band is alpha: the others laid over white. Premultiplied colours were scaled by alpha already.
Image without_alpha(const Image& image, bool premultiplied);

Image cmyk_to_rgb(const Image& inks);  // 4 bands, 0 no ink
Image to_gray(const Image& rgb);       // ITU-R 601 luma, as Pillow's convert("L") rounds it
Image repeat_band(const Image& gray);  // one band to three

// The eight orientations of EXIF: 1 as it is, 2 mirrored, 3 turned by 180 degrees, ... 8.
Image oriented(const Image& image, int orientation);

}  // namespace simclr
