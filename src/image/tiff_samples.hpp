#pragma once
// Inside the room: samples as a TIFF packs them to samples as an Image holds them.

#include <cstddef>
#include <cstdint>

#include "image/image.hpp"

namespace simclr {

enum class TiffNumber { unsigned_whole, signed_whole, real };

struct TiffSamples {
  int bits = 8;
  TiffNumber number = TiffNumber::unsigned_whole;
  bool index = false;  // palette indices: not scaled to the full range
};

// Whether unpack() knows them, and the sample type they become: 1 to 8 bits u8, 9 to 16 bits u16 as they are,
// the rest (signed, 32 bits, real) float32.
bool known(const TiffSamples& samples);
Sample sample_of(const TiffSamples& samples);

// Every `step`th sample of a packed row from `first` on, `count` of them, to `to` (of sample_of's type).
void unpack(const std::byte* row, const TiffSamples& samples, size_t first, size_t step, size_t count,
            std::byte* to);

}  // namespace simclr
