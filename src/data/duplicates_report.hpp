#pragma once
// What `simclr data duplicates` says of what it found.

#include <string>

#include "data/duplicates.hpp"

namespace simclr {

struct DuplicatesReport {            // what was asked, and the answer
  std::string named, named_against;  // as typed; "" for none
  const Source* source = nullptr;
  const Source* against = nullptr;
  DuplicateOptions options;
  Duplicates found;
  const Source& of(const Duplicate& one) const { return one.source == 0 ? *source : *against; }
};

std::string to_text(const DuplicatesReport& report, size_t groups_shown);
std::string to_json(const DuplicatesReport& report);  // one JSON object

// A row a picture: group (from 1), distance, kind (exact or near), id, path, label, split, source.
std::string to_csv(const DuplicatesReport& report);

// A row a group, the first `groups` of them and of each the first eight pictures, uint8. Samples other than
// uint8 are shown from the picture's least to its largest value. At least one group must have been found.
Image montage(const DuplicatesReport& report, size_t groups, int side = 96);

}  // namespace simclr
