#pragma once
// The classes that a loss learns from (simclr supervised, finetune): those with training pictures, numbered
// 0 .. K - 1. Losses for sets of classes take any number of them a picture, the others one.

#include <cstdint>
#include <string>
#include <vector>

#include "data/source.hpp"

namespace simclr {

struct TrainedClasses {
  std::vector<std::string> names;
  std::vector<double> shares;  // of the labelled training pictures
  bool sets = false;
};

// Error(Exit::data) when fewer than two classes have pictures (of sets: when there is nothing to tell apart),
// or pictures may have several classes and `sets` is false.
TrainedClasses trained_classes(const Source& source, const std::vector<uint32_t>& records, bool sets);

// The number of each record's class, by name, so that the source may be another; of sets K numbers, 1 for
// each class it has and 0 for the others. Records without a class, or of another, are removed from `records`.
std::vector<int64_t> keep_of_classes(const Source& source, std::vector<uint32_t>& records,
                                     const TrainedClasses& classes);

// Of a student, who learns the teacher's classes from all `records`: the number of each record's class, -1
// where it has none of them or is not in `shown` (which is sorted); of sets K numbers, zeros where it is
// known to be of no class. Sets the classes' shares, of the records with a number. Error(Exit::data) for
// pictures that may have several classes unless classes.sets.
std::vector<int64_t> known_classes(const Source& source, const std::vector<uint32_t>& records,
                                   const std::vector<uint32_t>& shown, TrainedClasses& classes);

// Of two classes the one that F1 is of: `name`, or the second where it is empty. Error(Exit::setting) for a
// name that is none of theirs, or given where there are not two.
size_t positive_class(const std::string& name, const std::vector<std::string>& classes);

// fingerprint() of the pictures, and where `numbers` are given of their classes: on resume other labels are
// other data.
std::string fingerprint(const Source& source, const std::vector<uint32_t>& records,
                        const TrainedClasses& classes, const std::vector<int64_t>& numbers);

}  // namespace simclr
