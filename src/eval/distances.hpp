#pragma once
// Distances between rows and the rows nearest by them, for maps of embeddings. Exact, and the same bits for
// any number of threads: what is computed from them (a map, a rank) must not depend on the machine's load.

#include <vector>

#include "eval/table.hpp"

namespace simclr {

enum class Metric {
  cosine,    // 1 - cosine, 0..2: what contrastive training shapes; a row of zeros is at 1 from all
  euclidean  // for columns that have a unit, or were standardised
};

struct NearestRows {
  size_t k = 0;                  // min(asked, bank rows)
  std::vector<int32_t> index;    // [queries, k], nearest first; equal ones by lower index
  std::vector<double> distance;  // [queries, k]
};

// Cosine: nearest_neighbours (knn.hpp), one matrix product. Euclidean: a loop in double precision over all
// pairs, several times slower. Errors as nearest_neighbours.
NearestRows nearest_rows(const Table& bank, const Table& queries, size_t k, Metric metric);

// Squared Euclidean distances, out [queries.rows, bank.rows]; on the calling thread. Equal rows get equal
// distances.
void squared_distances(const Table& bank, const Table& queries, double* out);

// The k row numbers of the smallest distances, nearest first, equal ones by lower index.
std::vector<uint32_t> smallest(std::span<const double> distances, size_t k);

// Rows whose Euclidean distances have the order of the metric: of unit length for cosine, else as they are.
std::vector<float> rows_for(Metric metric, const Table& table);

}  // namespace simclr
