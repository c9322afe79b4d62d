#pragma once
// UMAP: a map of embeddings in the plane that keeps neighbours near (McInnes, Healy & Melville 2018, arXiv
// 1802.03426), by the header library umappp. It starts from the graph's eigenvectors, as umap-learn does.
// Neighbours are exact, random draws are a function of the seed, and the descent is on one thread (on
// several, umappp is ten times slower): the same map for any number of threads. Distances between far points,
// sizes and densities of groups mean little: see map_quality.hpp.

#include <vector>

#include "eval/distances.hpp"
#include "eval/table.hpp"

namespace simclr {

struct UmapSettings {
  size_t neighbours = 15;  // from 2, the row itself counted as in umap-learn; at most the rows there are
  double min_dist = 0.1;   // 0..1, how tightly points may be packed
  int epochs = 0;          // 0: 500 up to 10,000 rows, towards 200 above
  uint64_t seed = 0;
  Metric metric = Metric::cosine;
};

struct UmapResult {
  std::vector<float> values;  // [rows, 2], about -20..20
  size_t rows = 0;
  size_t parts = 0;  // of the graph of neighbours; parts don't attract each other, and where one lies means
                     // little. More than one is usual for well separated classes
  int epochs = 0;    // done
  Table table() const { return {values, rows, 2}; }
};

// One row, equal rows and rows of zeros have a place too. Cost: of nearest_rows, then
// rows * neighbours * epochs steps on one thread. Error(Exit::data) for an empty table,
// Error(Exit::non_finite) for a NaN, Error(Exit::setting) for a setting out of range.
UmapResult umap(const Table& table, const UmapSettings& settings = {});

// Places of new rows in the map of `table`, [new_rows.rows, 2]: the mean of the places of their nearest rows
// there (neighbours - 1 of them), weighted by UMAP's membership, which is where umap-learn's transform
// starts. A row of the table again lies on that row. A new row far from all still lands among them. A row's
// place depends on no other new row. Errors as of umap, and Error(Exit::data) for widths or row counts that
// differ.
std::vector<float> place_by_neighbours(const UmapResult& map, const Table& table, const Table& new_rows,
                                       const UmapSettings& settings = {});

}  // namespace simclr
