#pragma once
// Gaussian blur as in SimCLR: the kernel covers a share of the side, its width is drawn for every picture.

#include <vector>

namespace simclr {

// Taps to either side of the middle one: share of the side, halved, both rounded down, and at least 1
// (224 px at 0.1 gives 11, a kernel of 23 taps; 32 px gives 1).
int blur_radius(int side, double share);

// 2 radius + 1 weights exp(-x^2 / 2 sigma^2), normalised to sum 1.
void gaussian_kernel(double sigma, int radius, std::vector<float>& kernel);

// The radius beyond which the weights vanish next to float32's precision: what lies outside isn't computed.
int needed_radius(double sigma, int radius);

}  // namespace simclr
