#pragma once
// What so many pairs can show: the power of the two-sided paired t test, from the noncentral t distribution.

#include <cstddef>

namespace simclr {

// Probability that the test rejects when the mean of the paired differences is `effect` times their standard
// deviation. 0 for fewer than two pairs.
double paired_power(double effect, size_t pairs, double alpha = 0.05);

// The smallest effect, in standard deviations of the paired differences, found with probability `power`;
// infinite for fewer than two pairs.
double detectable_effect(size_t pairs, double alpha = 0.05, double power = 0.8);

// The least number of pairs that finds `effect` > 0 with probability `power`.
size_t pairs_needed(double effect, double alpha = 0.05, double power = 0.8);

}  // namespace simclr
