#pragma once
// Randomness as a pure function of (seed, epoch, image index, view, slot): Philox4x32-10 counters
// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11). The same draws for any number of
// threads or processes and after a resume, since nothing is carried from one image to the next.
// counter = (block, slot | view << 8 | (index >> 32) << 16, epoch, index mod 2^32), key = seed.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace simclr {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

struct Draw {  // which stream: everything a random decision may depend on
  uint64_t seed = 0;
  uint32_t epoch = 0;
  uint64_t index = 0;  // of the image, below 2^48
  uint8_t view = 0;
};

class Random {
 public:
  Random(const Draw& draw, uint8_t slot);
  uint32_t next();                          // 32 random bits
  double uniform();                         // [0, 1), 24 bits
  double uniform(double lo, double hi);     // lo + (hi - lo) * uniform()
  uint32_t below(uint32_t n);               // 0 .. n-1
  double normal();                          // standard normal, Box-Muller cosine; takes two words
  void shuffle(std::span<uint32_t> items);  // Fisher-Yates from the top

 private:
  std::array<uint32_t, 4> counter_, words_{};
  std::array<uint32_t, 2> key_;
  unsigned used_ = 4;
};

// A seed for another purpose (initial weights, label draws, ...), so that streams never overlap.
uint64_t derive_seed(uint64_t seed, std::string_view purpose);

// A permutation of 0 .. n-1 keyed by (seed, epoch), any position in O(1) time and memory: a Feistel
// network over the next power of four, walked until it lands below n.
class Permutation {
 public:
  Permutation(uint64_t n, uint64_t seed, uint32_t epoch);
  uint64_t operator[](uint64_t position) const;  // position below n

 private:
  uint64_t once(uint64_t value) const;
  uint64_t n_;
  unsigned half_bits_ = 3;  // a smaller network does not mix
  std::array<uint32_t, 2> key_;
  uint32_t epoch_;
};

}  // namespace simclr
