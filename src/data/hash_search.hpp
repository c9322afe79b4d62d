#pragma once
// All pairs of hashes that lie close. Every pair is compared, eight at a time where the processor can:
// 100,000 hashes are 5e9 comparisons, some seconds on two cores.

#include <cstdint>
#include <functional>
#include <span>

#include "data/perceptual_hash.hpp"

namespace simclr {

class HashTable {
 public:
  void add(std::span<const HashBits> turns);  // of one picture: 1 or 8, the same number for all
  size_t size() const { return words_[0].size(); }
  size_t turns() const { return turns_; }
  const HashBits& bits(size_t i, size_t turn) const { return bits_[i * turns_ + turn]; }
  const uint64_t* words(size_t w) const { return words_[w].data(); }  // of each picture as it is

 private:
  size_t turns_ = 1;
  std::vector<HashBits> bits_;
  std::array<std::vector<uint64_t>, 4> words_;
};

struct HashPair {
  uint32_t a = 0, b = 0;  // a < b
  int distance = 0;       // of a, turned, and b
  int turn = 0;           // of those accepted the one of least distance
};

struct HashSearch {
  size_t asked = 0;  // a is below it
  int most = 0;      // distance
  unsigned threads = 1;
  std::function<bool(const HashPair&)> accept;  // whether a close pair counts; on any thread
  std::function<void(const HashPair&)> take;    // each pair that does, by a and b, on the calling thread
};

void find_pairs(const HashTable& table, const HashSearch& search);

}  // namespace simclr
