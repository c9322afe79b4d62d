#pragma once
// Which labelled pictures a fine-tuning may learn from: a share of each class, the same pictures for the same
// seed, those of a smaller share among those of a larger one.

#include <cstdint>
#include <vector>

#include "data/source.hpp"

namespace simclr {

struct LabelChoice {
  double fraction = 1;    // of each class, rounded, at least one picture
  bool balanced = false;  // of each class first only as many as the rarest has
  uint64_t seed = 0;
};

// Of `records` those that are labelled and chosen, in their order. Pictures with several classes count with
// the rarest of theirs, which leaves no rare class out (the first step of Sechidis et al. 2011); those of no
// class are a class of their own. Error(Exit::data) to balance pictures that may have several.
std::vector<uint32_t> choose_labelled(const Source& source, const std::vector<uint32_t>& records,
                                      const LabelChoice& choice);

}  // namespace simclr
