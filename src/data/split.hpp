#pragma once
// Which part of the data a record belongs to: as its source says, or by a stable hash of its id.

#include <optional>
#include <string_view>

#include "data/source.hpp"

namespace simclr {

// "train", "val" or "test" and nothing else: what may follow the colon of PATH:split.
std::optional<Split> parse_split(std::string_view word);

// Also what folders and tables call them, in any case: training, valid, validation, dev, testing.
std::optional<Split> split_called(std::string_view word);

// The same id lands in the same split on any machine, whatever other records there are, and a record never
// leaves test when test_fraction grows. Error(Exit::setting) when the fractions aren't in [0, 1] together.
Split assign_split(std::string_view id, double val_fraction, double test_fraction);

// Whether the record is in a part of this size, independent of its split; a larger part holds the smaller.
bool in_fraction(std::string_view id, double fraction);

}  // namespace simclr
