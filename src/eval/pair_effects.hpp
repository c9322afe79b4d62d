#pragma once
// Scores of pairs (couplets of augmentations): what is due to each member, what to the pair, and which pairs
// are truly among the worst.

#include <array>
#include <cstdint>
#include <vector>

namespace simclr {

struct PairScores {
  size_t members = 0;
  std::vector<std::array<size_t, 2>> pairs;  // each two different members
  size_t columns = 1;                        // seeds or sets of labels, which every pair has
  std::vector<double> values;                // [pairs, columns]
};

// Least squares of score = m + a_i + a_j on the means over the columns.
struct AdditiveEffects {
  std::vector<double> level;  // of each member: m + 2 a_i, the score of the member paired with its like
  double error = 0;           // standard error of a level; NaN without degrees of freedom
  double f = 0, p = 1;        // do the members differ?
};
AdditiveEffects additive_effects(const PairScores& scores);  // needs three members, all pairs of them

// score = m + a_i + a_j + c_ij + column + noise, all normal about 0: the shrunken score of each pair. The
// standard deviations of a and c are averaged over their marginal likelihood (flat on a grid up to twice the
// standard deviation of the means), that of the noise is taken from what differs between columns; with one
// column c can't be told from noise and is left out.
struct PairPosterior {
  std::vector<double> mean, low, high;                 // of each pair, with its 95 % interval
  std::vector<double> worst;                           // probability to be among the `dropped` lowest
  size_t dropped = 0;                                  // a quarter of the pairs, rounded down
  double member_std = 0, pair_std = 0, noise_std = 0;  // of a, c (posterior means), and of a pair's mean
};
PairPosterior pair_posterior(const PairScores& scores, uint64_t seed);

std::vector<double> row_means(const PairScores& scores);
// The places of the lowest quarter (rounded down) of `values`, lowest first; ties by place.
std::vector<size_t> lowest_quarter(const std::vector<double>& values);

}  // namespace simclr
