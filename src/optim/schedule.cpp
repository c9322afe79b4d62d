#include "optim/schedule.hpp"

#include <cmath>
#include <numbers>

namespace simclr {

double Schedule::operator()(int64_t step) const {
  if (step >= total_steps) return 0;
  if (step < warmup_steps) return peak * static_cast<double>(step) / static_cast<double>(warmup_steps);
  if (constant) return peak;
  const double done =
      static_cast<double>(step - warmup_steps) / static_cast<double>(total_steps - warmup_steps);
  return peak * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

int64_t warmup_steps(double warmup_epochs, int64_t images, int64_t batch) {
  return static_cast<int64_t>(
      std::floor(warmup_epochs * static_cast<double>(images) / static_cast<double>(batch)));
}

int64_t total_steps(int64_t epochs, int64_t images, int64_t batch) {
  return images * epochs / batch + 1;
}

double scale_rate(double base, int64_t images, Scaling scaling) {
  const double ratio = static_cast<double>(images) / 256;
  if (scaling == Scaling::linear) return base * ratio;
  if (scaling == Scaling::square_root) return base * std::sqrt(ratio);
  return base;
}

}  // namespace simclr
