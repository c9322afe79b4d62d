#include "data/path_index.hpp"

#include <algorithm>
#include <cstdint>

namespace simclr {
namespace {

std::string_view base_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view without_extension(std::string_view path) {
  const size_t dot = base_of(path).rfind('.');
  if (dot == std::string_view::npos || dot == 0) return path;
  return path.substr(0, path.size() - base_of(path).size() + dot);
}

bool same_end(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  return a.ends_with(b) && (a.size() == b.size() || a[a.size() - b.size() - 1] == '/');
}

}  // namespace

PathIndex::PathIndex(const std::vector<Record>& records, Key key) : records_(records), key_(key) {
  by_base_.reserve(records.size());
  for (uint32_t i = 0; i < records.size(); ++i) by_base_.emplace_back(base_of(key_of(i)), i);
  std::sort(by_base_.begin(), by_base_.end());
}

std::string_view PathIndex::key_of(size_t record) const {
  const std::string_view id = records_[record].id;
  return key_ == Key::path ? id : without_extension(id);
}

size_t PathIndex::find(std::string_view path) const {
  const std::string_view base = base_of(path);
  size_t found = SIZE_MAX, matches = 0;
  for (auto at = std::lower_bound(by_base_.begin(), by_base_.end(), std::pair(base, 0U));
       at != by_base_.end() && at->first == base; ++at) {
    const std::string_view key = key_of(at->second);
    if (key == path) return at->second;
    if (!same_end(key, path)) continue;
    found = at->second;
    ++matches;
  }
  return matches == 1 ? found : SIZE_MAX;
}

}  // namespace simclr
