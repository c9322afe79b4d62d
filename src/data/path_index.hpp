#pragma once
// Which picture a path in a table can mean: it may be written relative to another folder than the source's.

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/source.hpp"

namespace simclr {

class PathIndex {
 public:
  enum class Key { path, without_extension };
  PathIndex(const std::vector<Record>& records, Key key);  // which must outlive it

  // The position of the record whose path is `path`; else of the only one where either path is the end of the
  // other, from a slash on ("train/cat/1.png" and "cat/1.png"). SIZE_MAX for none, or for several.
  // O(log records * folders in the path).
  size_t find(std::string_view path) const;

 private:
  std::string_view key_of(size_t record) const;
  std::vector<uint32_t>::const_iterator first(std::string_view end) const;
  const std::vector<Record>& records_;
  Key key_;
  std::vector<uint32_t> by_end_;  // records, sorted by their paths read backwards
};

}  // namespace simclr
