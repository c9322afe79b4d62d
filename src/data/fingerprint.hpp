#pragma once
// Are these still the same pictures? For a run that is gone on with days later.

#include <cstdint>
#include <span>
#include <string>

#include "data/source.hpp"

namespace simclr {

// SHA-256 over the ids of the records `among` and the pixels of eight of them, spread over all: another set
// of pictures under the same names is told apart, a single altered file most likely not. Cost: eight decodes.
std::string fingerprint(const Source& source, std::span<const uint32_t> among);

}  // namespace simclr
