#pragma once
// How far scores that were measured more than once agree, and what that leaves of a ranking by them.

#include <cstddef>
#include <vector>

namespace simclr {

// Two-way analysis of variance without interaction: rows are what is compared, columns are raters (seeds,
// sets of labels) that see every row.
struct Reliability {
  size_t rows = 0, columns = 0;
  double icc = 0;        // of the mean over the columns, ICC(C,k) = 1 - 1 / F, at least 0; NaN for one column
  double f = 0, p = 1;   // do the rows differ at all?
  double noise_std = 0;  // standard deviation of one value about its row and column
};
Reliability reliability(const std::vector<double>& values, size_t rows, size_t columns);  // row after row

double f_tail(double f, size_t over, size_t under);  // P(F > f) for these degrees of freedom, both at least 1

struct Correlation {
  double r = 0, p = 1;  // two-sided, by Student's t; p 1 for fewer than three pairs or a constant list
};
Correlation pearson(const std::vector<double>& a, const std::vector<double>& b);
Correlation spearman(const std::vector<double>& a,
                     const std::vector<double>& b);  // equal values share a rank

// Of what is observed in the lowest `share` of many, how much truly is there, when scores have this
// reliability (both normal): `share` for reliability 0, 1 for reliability 1.
double expected_overlap(double icc, double share);

}  // namespace simclr
