#pragma once
// Principal components: the linear second opinion beside a UMAP. It bends nothing, and says which share of
// the variance it shows.

#include <vector>

#include "eval/table.hpp"

namespace simclr {

struct PrincipalComponents {
  size_t rows = 0, width = 0, count = 0;
  std::vector<double> mean;  // [width]
  std::vector<double> axes;  // [count, width], unit length, by falling variance. The entry largest in size is
                             // positive (of equal ones the first), as in scikit-learn since 1.5
  std::vector<double> share;  // [count], of the total variance, 0..1
  std::vector<float> values;  // [rows, count], (row - mean) . axis

  Table table() const { return {values, rows, count}; }
  // Other rows in the same coordinates, [new_rows.rows, count]. Error(Exit::data) for another width.
  std::vector<float> project(const Table& new_rows) const;
};

// Of the covariance, in double precision; equal for any number of threads to rounding. Components beyond the
// rank (a constant table, one row, `count` above the width) have a zero axis, zero values and no share. Cost
// 2 * rows * width^2 flop and an eigendecomposition of [width, width]. Error(Exit::data) for an empty table,
// Error(Exit::non_finite) for a NaN.
PrincipalComponents principal_components(const Table& table, size_t count = 2);

}  // namespace simclr
