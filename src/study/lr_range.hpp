#pragma once
// A learning-rate range test: some warm steps at the usual rate, since the loss of a new network stays at
// chance for a while, then a rate that rises exponentially until the loss is lost.

#include <nlohmann/json.hpp>
#include <optional>

#include "eval/rate_range.hpp"
#include "train/settings.hpp"

namespace simclr {

struct RangeTerms {
  std::optional<double> from, to;  // by default a thousandth and a thousand times the usual rate
  int64_t warm_steps = 100, range_steps = 300;
};

struct RangeTest {
  std::vector<double> rates, losses;
  RateRange range;
  double warm_rate = 0, chance = 0, floor = 0;
  std::string optimizer, loss, encoder;
  int64_t batch_size = 0;
};

// In this process, and without a run folder. Error(Exit::setting) when the rates don't rise;
// Error(Exit::stopped / interrupted) after a signal.
RangeTest test_rates(const PretrainSettings& settings, const RangeTerms& terms);

nlohmann::ordered_json to_json(const RangeTest& test);
std::string to_text(const RangeTest& test);

}  // namespace simclr
