#pragma once
// How long a run will take on this machine and how much memory, from a few steps of it.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "train/prepare.hpp"

namespace simclr {

struct Estimate {
  double step_seconds = 0;   // at the full size of the views
  int64_t steps = 0;         // that are left; under --max-minutes as many as fit
  double seconds = 0;        // for them, without looks and checkpoints
  double memory = 0;         // bytes, at the most: of this process so far, and pictures yet to be kept
  double memory_at_all = 0;  // bytes available before
};

// Trains steps at the full size, up to three seconds or, where one takes long, three steps or half a minute.
// `done`: steps of the run that were trained before.
Estimate estimate(const PretrainSettings& settings, Prepared& prepared, int64_t done);

std::string describe(const Estimate& estimate, const PretrainSettings& settings);  // one line for people
nlohmann::ordered_json to_json(const Estimate& estimate);

std::string duration_text(double seconds);  // "a second", "40 seconds", "5.5 hours", "41 days"

}  // namespace simclr
