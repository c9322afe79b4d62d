#pragma once
// Texts that stay where they are, packed into blocks: the ids of a source's records. A million paths as
// strings of their own cost a third more memory, and time to take and give back.

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace simclr {

class Names {
 public:
  // The two texts, one after the other; valid as long as this object or what it was moved to.
  std::string_view keep(std::string_view text, std::string_view more = {}) {
    const size_t size = text.size() + more.size();
    if (size > left_.size()) take_block(size);
    std::copy(more.begin(), more.end(), std::copy(text.begin(), text.end(), left_.begin()));
    const std::string_view kept(left_.data(), size);
    left_ = left_.subspan(size);
    return kept;
  }

 private:
  void take_block(size_t least) {
    constexpr size_t usual = size_t{1} << 18;
    const size_t size = std::max(usual, least);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    left_ = {blocks_.back().get(), size};
  }
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::span<char> left_;  // of the last block
};

}  // namespace simclr
