#pragma once
// A score as `evaluate --json` and evaluation.json give it.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "eval/protocol.hpp"

namespace simclr {

// accuracy, std, low, high, balanced_accuracy, draws, labels_per_class; kNN also k and temperature, linear
// also c.
nlohmann::ordered_json to_json(const Score& score);

// {"knn": {...}, "linear": {...}}, in the order given.
nlohmann::ordered_json to_json(const std::vector<Score>& scores);

}  // namespace simclr
