#pragma once
// Mean angles between embeddings within classes and between them: how far apart an embedding keeps what
// differs. The plankton study prints one minus the cosine instead, with every row's pair with itself counted.

#include <vector>

#include "eval/table.hpp"

namespace simclr {

struct ClassAngles {
  size_t classes = 0;
  std::vector<size_t> rows;     // of each class, those looked at
  std::vector<double> degrees;  // [classes, classes], symmetric: mean angle over all pairs of two different
                                // rows, 0..180; NaN where there is no pair
  std::vector<double> cosine_distance;  // likewise, mean of 1 - cosine, 0..2, pairs of a row with itself
                                        // counted (as 0)
  double within = 0, between = 0;       // degrees: mean over classes, and over pairs of classes

  double degrees_of(size_t a, size_t b) const { return degrees[a * classes + b]; }
};

// At most `most_rows` of a class, spread evenly, since the cost is 2 * rows^2 * width flop and rows^2
// arccosines. A row of zeros is at 90 degrees to all. Error(Exit::data) for an empty table or bad labels,
// Error(Exit::non_finite) for a NaN.
ClassAngles class_angles(const Table& table, Labels labels, size_t classes, size_t most_rows = 1000);

struct ClassPair {
  size_t a, b;              // a < b
  double between;           // degrees
  double more_than_within;  // degrees, beyond the mean of the two classes' own angles
};

// The pairs of classes that an embedding keeps apart least: by more_than_within, smallest first.
std::vector<ClassPair> least_separable(const ClassAngles& angles, size_t most);

}  // namespace simclr
