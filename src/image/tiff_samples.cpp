#include "image/tiff_samples.hpp"

#include <algorithm>
#include <cstring>

namespace simclr {
namespace {

template <class From, class To>
void spread(const std::byte* row, size_t first, size_t step, size_t count, std::byte* to) {
  const std::byte* from = row + first * sizeof(From);
  for (size_t i = 0; i < count; ++i, from += step * sizeof(From), to += sizeof(To)) {
    From value;
    std::memcpy(&value, from, sizeof value);
    const To converted = static_cast<To>(value);
    std::memcpy(to, &converted, sizeof converted);
  }
}

uint32_t bits_at(const std::byte* row, size_t bit, unsigned length) {
  uint32_t value = 0;
  for (unsigned i = 0; i < length; ++i, ++bit) {
    const auto byte = static_cast<uint32_t>(row[bit / 8]);
    value = value << 1U | (byte >> (7U - bit % 8U) & 1U);
  }
  return value;
}

// Odd widths, most significant bit first.
void spread_bits(const std::byte* row, const TiffSamples& samples, size_t first, size_t step, size_t count,
                 std::byte* to) {
  const auto bits = static_cast<unsigned>(samples.bits);
  const uint32_t full = std::max(1U, (1U << bits) - 1);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t value = bits_at(row, (first + i * step) * bits, bits);
    if (bits > 8) {
      const auto wide = static_cast<uint16_t>(value);
      std::memcpy(to + 2 * i, &wide, sizeof wide);
    } else {
      to[i] = static_cast<std::byte>(samples.index ? value : (value * 255 + full / 2) / full);
    }
  }
}

}  // namespace

bool known(const TiffSamples& samples) {
  switch (samples.number) {
    case TiffNumber::unsigned_whole:
      return (samples.bits >= 1 && samples.bits <= 16) || samples.bits == 32;
    case TiffNumber::signed_whole:
      return samples.bits == 8 || samples.bits == 16 || samples.bits == 32;
    case TiffNumber::real:
      return samples.bits == 32 || samples.bits == 64;
  }
  return false;
}

Sample sample_of(const TiffSamples& samples) {
  if (samples.number != TiffNumber::unsigned_whole || samples.bits > 16) return Sample::f32;
  return samples.bits <= 8 ? Sample::u8 : Sample::u16;
}

void unpack(const std::byte* row, const TiffSamples& samples, size_t first, size_t step, size_t count,
            std::byte* to) {
  const bool whole = samples.number == TiffNumber::signed_whole;
  if (samples.number == TiffNumber::real)
    return samples.bits == 64 ? spread<double, float>(row, first, step, count, to)
                              : spread<float, float>(row, first, step, count, to);
  switch (samples.bits) {
    case 8:
      return whole ? spread<int8_t, float>(row, first, step, count, to)
                   : spread<uint8_t, uint8_t>(row, first, step, count, to);
    case 16:
      return whole ? spread<int16_t, float>(row, first, step, count, to)
                   : spread<uint16_t, uint16_t>(row, first, step, count, to);
    case 32:
      return whole ? spread<int32_t, float>(row, first, step, count, to)
                   : spread<uint32_t, float>(row, first, step, count, to);
    default:
      return spread_bits(row, samples, first, step, count, to);
  }
}

}  // namespace simclr
