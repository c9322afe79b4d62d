#pragma once
// How far a map in the plane can be trusted: pictures of many dimensions in two always mislead somewhere.
//   trustworthiness = 1 - 2 / (m k (2n - 3k - 1)) * sum over queries i, and over rows j among the k nearest
//   of i in the map but not in the table, of rank(i, j) - k        (Venna & Kaski 2001,
//   doi 10.1007/3-540-44668-0_68)
// where rank(i, j) = 1 for the row nearest to i in the table: false neighbours cost, by how false they are.
//   neighbours kept = mean share of a row's k nearest in the table that are among its k nearest in the map.

#include "eval/distances.hpp"
#include "eval/table.hpp"

namespace simclr {

struct MapQuality {
  size_t k = 0;                // as asked, less where there are fewer than 2k + 1 rows
  size_t queries = 0;          // rows whose neighbours were looked at
  double trustworthiness = 0;  // 0..1; about 0.5 for a random map. NaN for fewer than three rows
  double neighbours_kept = 0;  // 0..1; about k / rows for a random map. NaN for fewer than three rows
};

// `map` has one row for each of the table's; its distances are Euclidean, the table's by `metric` (cosine: of
// rows brought to unit length). With all rows as queries it is sklearn.manifold.trustworthiness of those
// rows; with more rows than `most_queries`, that many spread evenly stand for all, and every row is still a
// possible neighbour. Cost queries * rows * width. Error(Exit::data) for an empty table or row counts that
// differ, Error(Exit::non_finite) for a NaN.
MapQuality map_quality(const Table& table, const Table& map, Metric metric = Metric::cosine, size_t k = 15,
                       size_t most_queries = 2000);

}  // namespace simclr
