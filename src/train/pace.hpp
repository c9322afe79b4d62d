#pragma once
// How long a training step takes at each size the views grow through, and so how long the rest of a run.

#include <cstdint>
#include <vector>

#include "train/growth.hpp"

namespace simclr {

class Pace {
 public:
  explicit Pace(const Growth& growth);
  void add(size_t stage, double seconds);

  // What was timed so far only tells what the stages cost beside each other: the first steps of a run are
  // slow.
  void probed();

  // Mean of what was timed; of a stage not timed yet, that of the nearest one, by what the two cost beside
  // each other: as probed, else by the area of their views. 0 before any.
  double step_seconds(size_t stage) const;
  double seconds_left(int64_t step, int64_t total_steps) const;

  // The longest run, in steps, whose rest from `step` takes at most `seconds`, every step `more` seconds
  // longer; at least step + 1.
  int64_t steps_within(int64_t step, double seconds, double more) const;

 private:
  struct Timed {
    double seconds = 0;
    int64_t steps = 0;
    double mean() const { return seconds / static_cast<double>(steps); }
  };
  const Growth& growth_;
  std::vector<Timed> timed_;
  std::vector<double> cost_;  // of each stage, in any unit; once probed, seconds
  bool probed_ = false;
};

}  // namespace simclr
