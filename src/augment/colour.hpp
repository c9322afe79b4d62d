#pragma once
// Colour arithmetic in place on planes of float32, one run of n pixels. Gray is .2989 R + .587 G + .114 B.
// "Clamped" is to [0, 1]. The loops have no branches, so that they become vector code.

#include <cstddef>

namespace simclr {

struct Rgb {  // n pixels of three planes
  float *r, *g, *b;
  size_t n;
};

void affine(float* x, size_t n, float scale, float shift);          // scale x + shift
void affine_clamped(float* x, size_t n, float scale, float shift);  // the same, clamped
double sum(const float* x, size_t n);                               // of pixels, in a fixed order
double sum_of_squares(const float* x, size_t n, float centre);      // of x - centre
double gray_sum(const Rgb& x);

void blend_with_gray(const Rgb& x, float factor);   // saturation as torchvision: factor x + (1 - factor) gray
void scale_saturation(const Rgb& x, float factor);  // saturation as TensorFlow: S of HSV times factor
void shift_hue(const Rgb& x, float turns);          // H of HSV plus turns, modulo 1
void turn_gray(const Rgb& x);                       // all three bands become gray
void solarize(float* x, size_t n, float threshold);  // x >= threshold ? 1 - x : x

}  // namespace simclr
