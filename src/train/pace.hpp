#pragma once
// How long a training step takes at each size the views grow through, and so how long the rest of a run.

#include <cstdint>
#include <vector>

#include "train/growth.hpp"

namespace simclr {

class Pace {
 public:
  explicit Pace(const Growth& growth) : growth_(growth), timed_(growth.stages().size()) {}
  void add(size_t stage, double seconds);

  // Mean of what was timed; of a stage not timed yet, that of the nearest one by the area of its views. 0
  // before any.
  double step_seconds(size_t stage) const;
  double mean_step_seconds() const;  // over a whole run
  double seconds_left(int64_t step, int64_t total_steps) const;

 private:
  struct Timed {
    double seconds = 0;
    int64_t steps = 0;
  };
  const Growth& growth_;
  std::vector<Timed> timed_;
};

}  // namespace simclr
