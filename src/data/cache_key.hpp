#pragma once
// What decoded pictures on disk are known by: has any of the files changed since they were decoded?

#include <cstdint>
#include <span>
#include <string>

#include "data/source.hpp"

namespace simclr {

struct CacheKey {
  std::string pictures;  // SHA-256 over which pictures, in order, by absolute path, and how they are decoded
  std::string state;     // SHA-256 over that and each file's size and time of change
  bool operator==(const CacheKey&) const = default;
};

// Of the records `among`, decoded with `options` and kept when they have `bands` bands. Cost: one stat a
// file, on several threads. A file that can't be looked at counts as one of no size.
CacheKey cache_key(const Source& source, std::span<const uint32_t> among, const DecodeOptions& options,
                   int bands);

}  // namespace simclr
