#pragma once
// Nearest neighbours as pictures: some queries, spread evenly over the rows of embeddings.npy (and over the
// classes, where there are any), each beside its nearest rows by cosine.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "report/run_data.hpp"

namespace simclr {

struct Neighbour {
  size_t row = 0;
  float cosine = 0;
};

// The `most` nearest rows of each query, itself left out; nearest first, ties by row. A row with a value that
// is not finite is never near; a row of zeros has cosine 0 to all. Cost: rows x width x queries.
std::vector<std::vector<Neighbour>> nearest_rows(std::span<const float> rows, size_t width,
                                                 std::span<const size_t> queries, size_t most);

// One query a segment of the rows: the first row from its middle on whose label was used least so far.
std::vector<size_t> spread_queries(std::span<const std::string> labels, size_t most);

std::string gallery_section(const RunData& data);

}  // namespace simclr
