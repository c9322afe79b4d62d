#pragma once
// Figures of a classifier and how far to trust them.

#include <vector>

#include "eval/table.hpp"

namespace simclr {

double accuracy(Labels predicted, Labels truth);  // share of rows that agree; 0 for no rows

// counts[truth * classes + predicted]
std::vector<int64_t> confusion(Labels predicted, Labels truth, size_t classes);

// Mean over the classes that occur of their share found: a rare class counts as much as a common one.
double balanced_accuracy(const std::vector<int64_t>& confusion_counts, size_t classes);

struct Interval {
  double low = 0, high = 0;
};

// Wilson's 95 % score interval of a share: right for small samples and shares near 0 or 1, unlike p +- 2 s.
Interval wilson_interval(double share, size_t trials);

struct Spread {
  double mean = 0, std = 0;  // n - 1; 0 for a single value
  Interval mean_interval;    // 95 %, Student's t; the mean itself for a single value
};
Spread spread(const std::vector<double>& values);

double normal_below(double z);  // P(Z <= z) of the standard normal distribution

// P(|T| <= t), t >= 0, for `freedom` >= 1 degrees of freedom; closed form.
double student_t_inside(double t, int freedom);
// The t with P(|T| <= t) = `inside` for `freedom` >= 1 degrees of freedom.
double student_t(double inside, int freedom);

}  // namespace simclr
