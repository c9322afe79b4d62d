#pragma once
// An axis: from values to pixels, with round numbers as ticks.

#include <string>
#include <vector>

namespace simclr {

// The least of 1, 2, 5 times a power of ten that cuts lo..hi into about `most` - 1 intervals (at most 1.4
// times as many).
double tick_step(double lo, double hi, int most);

struct Tick {
  double value = 0;
  std::string label;  // 0.25, 60,000, 5e-5: all of one axis with the same decimals
};

enum class Scaling { linear, logarithmic };

class Axis {
 public:
  // Covers lo..hi (finite; equal or swapped ones are widened). `whole`: grows to whole ticks at both ends.
  // A logarithmic axis needs lo > 0, else it is linear. Pixels run from `from` to `to`.
  Axis(double lo, double hi, double from, double to, int most_ticks, bool whole,
       Scaling scaling = Scaling::linear);
  double pixel(double value) const;
  const std::vector<Tick>& ticks() const { return ticks_; }
  double lo() const { return lo_; }
  double hi() const { return hi_; }

 private:
  void linear_ticks(int most, bool whole);
  void decade_ticks(int most);
  double lo_, hi_, from_, to_;
  bool logarithmic_;
  std::vector<Tick> ticks_;
};

}  // namespace simclr
