#pragma once
// The tree that a policy's text becomes.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "augment/pipeline.hpp"
#include "augment/registry.hpp"

namespace simclr {

struct Pipeline::Node {
  enum class Kind { operation, chain, shuffle, one_of, batch };
  Kind kind = Kind::chain;
  const Operation* row = nullptr;      // null for a chain
  std::unique_ptr<Augment> operation;  // null but for an operation
  uint8_t slot = 0;                    // of its random stream; the first draw of the stream decides @p
  double probability = 1;
  std::vector<std::unique_ptr<Node>>
      parts;  // of one_of: chains; of the others: what comes one after the other
};

// The chains of both views: one, or two where the text has ||. Throws Error(Exit::setting).
std::vector<std::unique_ptr<Pipeline::Node>> parse_policy(std::string_view text);

std::string policy_text(const Pipeline::Node& node);  // canonical

}  // namespace simclr
