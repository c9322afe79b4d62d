#pragma once
// A learning-rate range test: some warm steps at the usual rate, since the loss of a new network stays at
// chance for a while, then a rate that rises exponentially until the loss is lost. It is a run like any
// other, with --schedule rising.

#include <nlohmann/json.hpp>
#include <optional>

#include "base/run.hpp"
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

// The settings of pretraining that make a run with these `settings` a range test. Error(Exit::setting) when
// the rates don't rise.
Assignments range_settings(const PretrainSettings& settings, const RangeTerms& terms);

// What such a run says once it has ended, at its last step or where the loss became infinite.
// Error(Exit::failed) for fewer than ten rates.
RangeTest read_range_test(const RunFolder& run);

nlohmann::ordered_json to_json(const RangeTest& test);
std::string to_text(const RangeTest& test);

}  // namespace simclr
