#pragma once
// How far a run has come: everything a resume must bring back beside weights and optimizer.

#include <cstdint>
#include <nlohmann/json.hpp>

#include "train/checkpoint.hpp"
#include "train/monitor.hpp"

namespace simclr {

// What is shown and judged: a moving average in which the first values count at once.
struct Smooth {
  double value = 0;
  int64_t seen = 0;
  void add(double x);
};

struct Progress {
  int64_t step = 0;
  double train_seconds = 0;    // of the loop, without monitors and checkpoints
  double counted_seconds = 0;  // the same without the first steps of each start
  int64_t counted_images = 0;
  Smooth loss, top1;
  Health health;           // of the last look, not kept
  bool monitored = false;  // there was one
};

nlohmann::json to_json(const Progress& progress);
Progress restore_progress(const Checkpoint& checkpoint);

}  // namespace simclr
