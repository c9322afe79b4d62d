#pragma once
// Is one method better than another? Scores taken in pairs (the same seed, the same draw of labels), so that
// what both share cancels.

#include <vector>

#include "eval/metrics.hpp"

namespace simclr {

struct PairedTest {
  double mean = 0;         // of a - b
  Interval mean_interval;  // 95 %, Student's t
  double t = 0, p = 1;     // paired t test, two-sided
  double sign_flip_p = 1;  // exact over all sign patterns up to 16 pairs; NaN beyond
  size_t pairs = 0;
};

// `test_over_train`: for draws that overlap, test rows over training rows: the variance then is that of
// Nadeau and Bengio (2003), (1 / n + test_over_train) times that of the differences; 0 for independent pairs.
// Fewer than two pairs, or differences all equal to zero: p 1. All equal to another: what signs alone say,
// 2^(1 - n), since scores are counts and ties say nothing of the spread. Error(Exit::failed) for lists of
// different length.
PairedTest paired_test(const std::vector<double>& a, const std::vector<double>& b,
                       double test_over_train = 0);

// Holm's step-down adjustment of several p-values (1979), in their order: each below alpha rejects with the
// chance of any false rejection at most alpha.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace simclr
