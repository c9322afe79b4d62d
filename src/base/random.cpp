#include "base/random.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace simclr {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * c[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return c;
}

Random::Random(const Draw& draw, uint8_t slot)
    : counter_{0, slot | uint32_t{draw.view} << 8 | static_cast<uint32_t>(draw.index >> 32) << 16, draw.epoch,
               static_cast<uint32_t>(draw.index)},
      key_{static_cast<uint32_t>(draw.seed), static_cast<uint32_t>(draw.seed >> 32)} {}

uint32_t Random::next() {
  if (used_ == 4) {
    words_ = philox4x32(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return words_[used_++];
}

double Random::uniform() {
  return (next() >> 8) * 0x1p-24;
}

double Random::uniform(double lo, double hi) {
  return lo + (hi - lo) * uniform();
}

uint32_t Random::below(uint32_t n) {
  return static_cast<uint32_t>((uint64_t{next()} * n) >> 32);
}

double Random::normal() {
  const double u = ((next() >> 8) + 1) * 0x1p-24;
  const double v = (next() >> 8) * 0x1p-24;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

void Random::shuffle(std::span<uint32_t> items) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(static_cast<uint32_t>(i))]);
}

uint64_t derive_seed(uint64_t seed, std::string_view purpose) {
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a of the name, then one Philox block to mix in the seed
  for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  const auto words = philox4x32({static_cast<uint32_t>(hash), static_cast<uint32_t>(hash >> 32), 0, 0},
                                {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  return words[0] | uint64_t{words[1]} << 32;
}

Permutation::Permutation(uint64_t n, uint64_t seed, uint32_t epoch)
    : n_(n), key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}, epoch_(epoch) {
  while (half_bits_ < 32 && (uint64_t{1} << (2 * half_bits_)) < n) ++half_bits_;
}

uint64_t Permutation::once(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_, right = value & mask;
  for (uint32_t round = 0; round < 6; ++round) {
    const auto words =
        philox4x32({static_cast<uint32_t>(right), 0xFE157E1 + round, epoch_, 0xFFFFFFFF}, key_);
    left = std::exchange(right, left ^ (words[0] & mask));
  }
  return left << half_bits_ | right;
}

uint64_t Permutation::operator[](uint64_t position) const {
  do position = once(position);
  while (position >= n_);
  return position;
}

}  // namespace simclr
