#pragma once
// Where the time of a training step goes.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "train/prepare.hpp"

namespace simclr {

struct ProfileLine {
  std::string what;
  double seconds = 0;
  double flops = 0;  // of convolutions, as the direct form counts them; 0: not counted
};

struct Profile {
  int64_t images = 0;
  int size = 0;
  std::string precision;
  int threads = 0;
  double seconds = 0;  // of the whole step; the lines add up to it
  double peak = 0;     // FLOP/s of a large matrix product in the same precision, measured beside it
  std::vector<ProfileLine> lines;
};

// Trains a few steps from the initial weights, the last of which is measured, and keeps nothing of it.
Profile profile(const PretrainSettings& settings, Prepared& prepared);

std::string describe(const Profile& profile);  // a table for people
nlohmann::ordered_json to_json(const Profile& profile);

}  // namespace simclr
