#include "data/path_index.hpp"

#include <algorithm>
#include <numeric>

namespace simclr {
namespace {

std::string_view without_extension(std::string_view path) {
  const size_t base = path.rfind('/') + 1;  // npos + 1 is 0
  const size_t dot = path.rfind('.');
  return dot == std::string_view::npos || dot <= base ? path : path.substr(0, dot);
}

// Paths in the order of their ends: those that end alike stand together.
bool ends_before(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

}  // namespace

PathIndex::PathIndex(const std::vector<Record>& records, Key key)
    : records_(records), key_(key), by_end_(records.size()) {
  std::iota(by_end_.begin(), by_end_.end(), 0U);
  std::sort(by_end_.begin(), by_end_.end(),
            [&](uint32_t a, uint32_t b) { return ends_before(key_of(a), key_of(b)); });
}

std::string_view PathIndex::key_of(size_t record) const {
  const std::string_view id = records_[record].id;
  return key_ == Key::path ? id : without_extension(id);
}

// Where paths that end with `end` begin.
std::vector<uint32_t>::const_iterator PathIndex::first(std::string_view end) const {
  return std::lower_bound(by_end_.begin(), by_end_.end(), end,
                          [&](uint32_t i, std::string_view text) { return ends_before(key_of(i), text); });
}

size_t PathIndex::find(std::string_view path) const {
  size_t found = SIZE_MAX, matches = 0;
  // The whole path first, then its ends: those are records of which this path is a longer spelling.
  for (std::string_view end = path;;) {
    for (auto at = first(end); at != by_end_.end() && key_of(*at) == end && matches < 2; ++at) {
      found = *at;
      ++matches;
    }
    if (end == path && matches == 1) return found;
    const size_t slash = end.find('/');
    if (slash == std::string_view::npos) break;
    end.remove_prefix(slash + 1);
  }
  const std::string inner = "/" + std::string(path);
  for (auto at = first(inner); at != by_end_.end() && key_of(*at).ends_with(inner) && matches < 2; ++at) {
    found = *at;
    ++matches;
  }
  return matches == 1 ? found : SIZE_MAX;
}

}  // namespace simclr
