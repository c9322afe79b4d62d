#pragma once
// Linear warm-up, then half a cosine to zero, no restart (SimCLR section 2.1), or the peak to the end, or a
// rate that rises exponentially (the range test of Smith 2017, arXiv:1506.01186).

#include <cstdint>
#include <string>

namespace simclr {

struct ScheduleShape {
  enum class Kind { cosine, constant, rising } kind = Kind::cosine;
  double from = 0, to = 0;  // of a rising rate
  int64_t warm = 0;  // its steps at the peak before: the loss of a new network stays at chance for a while
};
// "cosine", "constant", "rising(from=1e-5,to=10,warm=100)"; Error(Exit::setting) for anything else, or a rate
// that does not rise.
ScheduleShape schedule_shape(const std::string& text);
std::string to_text(const ScheduleShape& shape);

double rising_rate(double from, double to, int64_t step,
                   int64_t steps);  // from (to / from)^(step / (steps - 1))

struct Schedule {
  double peak = 0;
  int64_t warmup_steps = 0, total_steps = 1;
  ScheduleShape shape = {};
  // At step 0 the rate is 0 when there is a warm-up (Google's convention); 0 at and beyond total_steps. That
  // of a rising rate is half as long as `warm`, and its first step has a rate.
  double operator()(int64_t step) const;
};

// Steps as Google's code counts them; `batch` counts images, not views.
int64_t warmup_steps(double warmup_epochs, int64_t images, int64_t batch);  // floor(epochs * images / batch)
int64_t total_steps(int64_t epochs, int64_t images, int64_t batch);         // the same, plus 1

enum class Scaling { none, linear, square_root };
double scale_rate(double base, int64_t images, Scaling scaling);  // base * B/256, base * sqrt(B/256) ...

}  // namespace simclr
