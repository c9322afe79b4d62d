#pragma once
// The classes that a loss learns from (simclr supervised): those with training pictures, numbered 0 .. K - 1.

#include <cstdint>
#include <string>
#include <vector>

#include "data/source.hpp"

namespace simclr {

struct TrainedClasses {
  std::vector<std::string> names;
  std::vector<double> shares;  // of the labelled training pictures
};

// Error(Exit::data) when fewer than two classes have pictures.
TrainedClasses trained_classes(const Source& source, const std::vector<uint32_t>& records);

// The number of each record's class, by name, so that the source may be another. Records without a class, or
// of another, are removed from `records`.
std::vector<int64_t> keep_of_classes(const Source& source, std::vector<uint32_t>& records,
                                     const TrainedClasses& classes);

// fingerprint() of the pictures, and where `numbers` are given of their classes: on resume other labels are
// other data.
std::string fingerprint(const Source& source, const std::vector<uint32_t>& records,
                        const TrainedClasses& classes, const std::vector<int64_t>& numbers);

}  // namespace simclr
