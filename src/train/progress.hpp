#pragma once
// How far a run has come: everything a resume must bring back beside weights and optimizer.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "train/checkpoint.hpp"
#include "train/monitor.hpp"

namespace simclr {

// What is shown and judged: a moving average in which the first values count at once.
struct Smooth {
  double value = 0;
  int64_t seen = 0;
  void add(double x);
};

// The look with the lowest loss on validation pictures, for early stopping.
struct Best {
  double loss = 0;
  int64_t step = -1;  // -1: none yet
  int64_t looks_since = 0;
  int64_t counted = -1;                           // step of the last look that was counted
  bool add(double loss_then, int64_t step_then);  // whether it is the lowest so far
};

struct Progress {
  int64_t step = 0;
  double train_seconds = 0;    // of the loop, without monitors and checkpoints
  double counted_seconds = 0;  // the same without the first steps of each start
  int64_t counted_images = 0;
  Smooth loss, top1;
  Best best;
  std::string alarmed;     // the verdict last warned of; "" after a healthy one
  Health health;           // of the last look, not kept
  int64_t looked_at = -1;  // the step of that look

  // Images per second so far; before any was counted, that of one batch.
  double rate(int64_t batch, double seconds) const {
    return counted_seconds > 0 ? static_cast<double>(counted_images) / counted_seconds
                               : static_cast<double>(batch) / seconds;
  }
};

nlohmann::json to_json(const Progress& progress);
Progress restore_progress(const Checkpoint& checkpoint);

}  // namespace simclr
