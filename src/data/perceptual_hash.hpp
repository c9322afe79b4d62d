#pragma once
// What a picture looks like in 255 bits: whether each of the 16 x 16 lowest coefficients of the cosine
// transform of a 32 x 32 gray copy (but the mean) lies above their median. Size, compression, brightness and
// contrast hardly change it. After pHash: Zauner, "Implementation and benchmarking of perceptual image hash
// functions", 2010, section 3.2, with more coefficients. Gray is luma of three bands, else the mean over
// bands, each scaled to its own range; what is not finite counts as the band's mean. Cost: one antialiased
// resize.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/image.hpp"

namespace simclr {

constexpr int hash_bits = 255;
constexpr int all_turns =
    8;  // 0: as it is; 1 mirrored left-right, 2 upside down, 3 both; 4..7: these, transposed

using HashBits = std::array<uint64_t, 4>;
int distance(const HashBits& a, const HashBits& b);  // bits that differ

struct Sketch {
  // Nothing to hash, all else 0: less than one step of its type between darkest and lightest of the gray
  // copy, or finer detail alone.
  bool blank = true;
  float aspect = 0;                        // natural logarithm of height / width
  std::vector<HashBits> bits;              // of the picture and, where asked for, of its other seven turns
  std::array<int8_t, 256> coefficients{};  // [down][across], the largest 127 or -127, the mean 0
};

Sketch sketch(const Image& image, bool turned = false);

// Cosine of the coefficients of `a`, turned, and of `b`: the correlation of the two pictures, blurred. -1
// to 1.
double correlation(const Sketch& a, int turn, const Sketch& b);

}  // namespace simclr
