#pragma once
// Pictures that occur twice: exact ones by the hash of their decoded pixels, near ones (saved again, resized,
// a little brighter) by data/perceptual_hash. In contrastive training each is a negative of its twin; across
// splits they leak from training to test.
//
// Near: hashes at most `distance` bits apart, a correlation of at least 0.97, and sides whose ratio differs
// by at most 12 %. Chosen by looking: at 24 bits, of 14,500 photos of 32 px 4 pairs, all true; of 2,600 of
// 224 px and 596 clothes none; of 10,527 plankton 3; of Fashion-MNIST 299, nearly all the same article (at 32
// bits 2,046, most of them trousers and shoes that look alike). Found again of the same picture, 224 px and
// more / plankton / 32 px: as JPEG of quality 50, 100 / 98 / 98 %, of quality 20, 100 / 93 / 35 %, at half
// the size 100 / 99 / 74 %, brighter by 15 % 99 / 74 / 99 %; cut by 3 % on each side, hardly any. Groups are
// the connected ones: A near B and B near C make one group. Blank pictures are compared by exact pixels
// alone.
//
// Cost: each picture is decoded once (a hash is 0.1 ms), then n^2 / 2 comparisons of 32 bytes, not of
// pictures; memory about 700 bytes a picture.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/threads.hpp"
#include "data/source.hpp"
#include "data/statistics.hpp"

namespace simclr {

struct DuplicateOptions {
  int64_t distance = 24;  // bits of 255; 0 to 96
  bool rotated = false;   // also mirrored and turned by quarters: eight times the comparisons
  unsigned threads = cores();
  std::function<void(size_t done, size_t all)> progress;  // called now and then, from the calling thread
};

struct Duplicate {
  uint32_t source = 0, index = 0;  // 0: the source itself, 1: the one it is compared against
  int distance = 0;                // to the nearest other one of its group
  bool exact = false;              // another one of the group has the same pixels
};

using DuplicateGroup = std::vector<Duplicate>;  // by source and index

struct Duplicates {
  std::vector<DuplicateGroup> groups;  // the largest first, then by first picture
  size_t pictures = 0;                 // of the source (of both), those that can't be read among them
  size_t blank = 0;
  std::vector<BadFile> bad;
  // Pairs of pictures that are exact or near; chains of a group don't count.
  size_t exact_pairs = 0, near_pairs = 0;
  size_t across_splits = 0;  // of these: in two different ones of train, val and test
  size_t other_labels = 0;   // of these: both labelled, differently
  size_t in_groups() const;
  size_t in_groups(uint32_t source) const;
};

// With `against`, only pairs of one picture of `source` and one of `against` count; labels are compared by
// name. Error(Exit::data) when not one picture can be read. The same for any number of threads.
Duplicates find_duplicates(const Source& source, const Source* against, const DuplicateOptions& options);

}  // namespace simclr
