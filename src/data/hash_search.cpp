#include "data/hash_search.hpp"

#include <algorithm>

#include "base/threads.hpp"
#include "base/vectors.hpp"

namespace simclr {
namespace {

constexpr size_t tile = 512;          // hashes compared with one before a look at the distances
constexpr size_t rows_at_once = 256;  // pictures that ask between two times of taking: bounds the memory

struct Columns {
  const uint64_t* words[4];
};

// Bits set in each nibble: fields of up to 4.
SIMCLR_INLINE uint64_t nibbles(uint64_t x) {
  x -= (x >> 1U) & 0x5555555555555555U;
  return (x & 0x3333333333333333U) + ((x >> 2U) & 0x3333333333333333U);
}

// Two of those added still fit a nibble; the result has fields of a byte of up to 16.
SIMCLR_INLINE uint64_t bytes_of_two(uint64_t x, uint64_t y) {
  const uint64_t sum = nibbles(x) + nibbles(y);
  return (sum & 0x0f0f0f0f0f0f0f0fU) + ((sum >> 4U) & 0x0f0f0f0f0f0f0f0fU);
}

// The distance of `one` to each of n hashes, and how many are at most `most`. Without a popcount instruction,
// which the plainest processors lack and the compiler would not use for several at a time.
SIMCLR_WIDEST
uint64_t measure(const HashBits& one, const Columns& all, size_t n, uint64_t most, uint64_t* distances) {
  const uint64_t a = one[0], b = one[1], c = one[2], d = one[3];
  const uint64_t *p = all.words[0], *q = all.words[1], *r = all.words[2], *s = all.words[3];
  uint64_t close = 0;
  for (size_t i = 0; i < n; ++i) {
    uint64_t sum = bytes_of_two(a ^ p[i], b ^ q[i]) + bytes_of_two(c ^ r[i], d ^ s[i]);
    sum = (sum & 0x00ff00ff00ff00ffU) + ((sum >> 8U) & 0x00ff00ff00ff00ffU);
    sum += sum >> 32U;
    sum = (sum + (sum >> 16U)) & 0xffffU;
    distances[i] = sum;
    close += (sum - most - 1) >> 63U;  // 1 where sum <= most
  }
  return close;
}

// Of one picture that asks: those close to it that count, each once, by b.
std::vector<HashPair> pairs_of(const HashTable& table, const HashSearch& search, size_t asking) {
  std::vector<HashPair> found;
  uint64_t distances[tile];
  for (size_t turn = 0; turn < table.turns(); ++turn)
    for (size_t first = asking + 1; first < table.size(); first += tile) {
      const size_t n = std::min(tile, table.size() - first);
      const Columns columns{
          {table.words(0) + first, table.words(1) + first, table.words(2) + first, table.words(3) + first}};
      const auto most = static_cast<uint64_t>(search.most);
      if (measure(table.bits(asking, turn), columns, n, most, distances) == 0) continue;
      for (size_t i = 0; i < n; ++i) {
        if (distances[i] > most) continue;
        const HashPair pair{static_cast<uint32_t>(asking), static_cast<uint32_t>(first + i),
                            static_cast<int>(distances[i]), static_cast<int>(turn)};
        if (search.accept(pair)) found.push_back(pair);
      }
    }
  if (table.turns() == 1) return found;
  std::stable_sort(found.begin(), found.end(), [](const HashPair& x, const HashPair& y) {
    return x.b < y.b || (x.b == y.b && x.distance < y.distance);
  });
  const auto same = [](const HashPair& x, const HashPair& y) { return x.b == y.b; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

}  // namespace

void HashTable::add(std::span<const HashBits> turns) {
  turns_ = turns.size();
  bits_.insert(bits_.end(), turns.begin(), turns.end());
  for (size_t w = 0; w < words_.size(); ++w) words_[w].push_back(turns[0][w]);
}

void find_pairs(const HashTable& table, const HashSearch& search) {
  std::vector<std::vector<HashPair>> found(rows_at_once);
  for (size_t first = 0; first < search.asked; first += rows_at_once) {
    const size_t rows = std::min(rows_at_once, search.asked - first);
    parallel_for(rows, search.threads, [&](size_t i) { found[i] = pairs_of(table, search, first + i); });
    for (size_t i = 0; i < rows; ++i) {
      for (const HashPair& pair : found[i]) search.take(pair);
      found[i] = {};
    }
  }
}

}  // namespace simclr
