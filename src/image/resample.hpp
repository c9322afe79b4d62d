#pragma once
// Geometry: crop, resize, flip, rotate, separable filters. Coordinates are half-pixel centred
// (align_corners = false). Equal to ATen's antialiased resize within 1e-6 and, from uint8, to Pillow's within
// 1 of 255. Bicubic from whole numbers goes columns first and is cut to their range between the passes, as
// Pillow does up to version 12 (13 takes rows first at times) and ATen does not.

#include <span>

#include "image/image.hpp"

namespace simclr {

enum class Filter { nearest, bilinear, bicubic };  // bicubic a = -0.5; both antialiased when shrinking

struct Box {  // in pixels of the input; inside it, at least 1 x 1
  int top = 0, left = 0, height = 0, width = 0;
  bool operator==(const Box&) const = default;
};

// Crop, resize and (optionally) mirror left-right in one pass, straight from the input's sample type.
// Only pixels inside the box are read, as if the crop had been cut out first. NaN (no data) gives NaN
// wherever its pixel has weight. The result is float32, values multiplied by `scale` (1/255 gives unit range
// from uint8); bicubic may leave the input's range.
Image crop_resize(const Image& in, const Box& box, int out_height, int out_width, Filter filter,
                  bool mirror = false, float scale = 1.0F);

float unit_scale(Sample sample);  // 1/255, 1/65535, 1

// The evaluation transform: the shorter side to `size` (centre crop of 0.875 above 64 px), float32 in unit
// range; a picture that has the right size already passes unchanged (but for the scale).
Image resize_for_evaluation(const Image& in, int size);
int evaluation_shorter_side(int size);  // what the shorter side becomes before the centre crop

// Rotation by `degrees`, counter-clockwise about the centre, same size out. What lies outside the input
// becomes `fill` (one value a band, or one for all), blended only once at the border:
// out = bilinear(in padded with fill). A multiple of 90 on a square picture is exact.
Image rotate(const Image& in, double degrees, Filter filter, std::span<const float> fill);
Image rotate_mirrored(const Image& in, double degrees,
                      Filter filter);  // what lies outside is the mirror image

// Scaled about the centre, same size out: factors above 1 enlarge. What lies outside the input is its mirror
// image, the edge not repeated. Not antialiased.
Image zoom(const Image& in, double down, double across, Filter filter);

// Moved by whole pixels, float32 alone: out[y][x] = in[y - down][x - right]. What comes in from outside is
// the mirror image (the edge not repeated), what went out on the other side, or `fill`.
enum class Entering { reflect, roll, fill };
Image shift(const Image& in, int down, int right, Entering entering, float fill = 0);

enum class Border { reflect, zero };  // reflect: mirror without repeating the edge

// Separable convolution of each band with the same odd-length kernel in both directions. Works in place.
void convolve(Image& image, std::span<const float> kernel, Border border);

}  // namespace simclr
