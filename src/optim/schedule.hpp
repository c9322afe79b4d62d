#pragma once
// Linear warm-up, then half a cosine to zero, no restart (SimCLR section 2.1), or the peak to the end.

#include <cstdint>

namespace simclr {

struct Schedule {
  double peak = 0;
  int64_t warmup_steps = 0, total_steps = 1;
  bool constant = false;  // after the warm-up
  // At step 0 the rate is 0 when there is a warm-up (Google's convention); 0 at and beyond total_steps.
  double operator()(int64_t step) const;
};

// Steps as Google's code counts them; `batch` counts images, not views.
int64_t warmup_steps(double warmup_epochs, int64_t images, int64_t batch);  // floor(epochs * images / batch)
int64_t total_steps(int64_t epochs, int64_t images, int64_t batch);         // the same, plus 1

enum class Scaling { none, linear, square_root };
double scale_rate(double base, int64_t images, Scaling scaling);  // base * B/256, base * sqrt(B/256) ...

}  // namespace simclr
