#include "eval/score_json.hpp"

#include <nlohmann/json.hpp>

namespace simclr {

nlohmann::ordered_json to_json(const Score& score) {
  nlohmann::ordered_json object = {{"accuracy", score.accuracy},
                                   {"std", score.std},
                                   {"low", score.low},
                                   {"high", score.high},
                                   {"balanced_accuracy", score.balanced},
                                   {"draws", score.draws},
                                   {"labels_per_class", score.labels_per_class}};
  if (score.k > 0) {
    object["k"] = score.k;
    object["temperature"] = score.temperature;
  } else {
    object["c"] = score.c;
  }
  return object;
}

nlohmann::ordered_json to_json(const std::vector<Score>& scores) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& score : scores) object[score.name] = to_json(score);
  return object;
}

}  // namespace simclr
