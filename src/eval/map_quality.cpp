#include "eval/map_quality.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>
#include <string>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr size_t kQualityQueries = 8;  // at a time

struct QueryCost {
  size_t excess = 0;  // sum of rank - k over false neighbours
  size_t kept = 0;    // neighbours of the table that are neighbours in the map
};

// 1 for the nearest. Equal distances rank by row number, as `smallest` orders them.
size_t rank_of(std::span<const double> distances, uint32_t row) {
  const double own = distances[row];
  size_t before = 0;
  for (size_t j = 0; j < row; ++j) before += distances[j] <= own ? 1U : 0U;
  for (size_t j = row + 1; j < distances.size(); ++j) before += distances[j] < own ? 1U : 0U;
  return before + 1;
}

// The query itself has an infinite distance in both.
QueryCost cost_of(std::span<const double> in_table, std::span<const double> in_map, size_t k) {
  auto wanted = smallest(in_table, k);
  std::sort(wanted.begin(), wanted.end());
  QueryCost cost;
  for (const uint32_t row : smallest(in_map, k))
    if (std::binary_search(wanted.begin(), wanted.end(), row))
      ++cost.kept;
    else
      cost.excess += rank_of(in_table, row) - k;
  return cost;
}

// Distances of a few rows of the table to all, each row's own replaced by infinity.
void distances_to_others(const Table& table, std::span<const size_t> queries, std::vector<float>& rows,
                         std::vector<double>& out) {
  rows.clear();
  for (const size_t query : queries) {
    const auto row = table.row(query);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  squared_distances(table, {rows, queries.size(), table.width}, out.data());
  for (size_t i = 0; i < queries.size(); ++i)
    out[i * table.rows + queries[i]] = std::numeric_limits<double>::infinity();
}

std::vector<QueryCost> query_costs(const Table& table, const Table& map, size_t k, size_t queries) {
  std::vector<QueryCost> costs(queries);
  const size_t blocks = (queries + kQualityQueries - 1) / kQualityQueries, n = table.rows;
  at::parallel_for(0, static_cast<int64_t>(blocks), 1, [&](int64_t begin, int64_t end) {
    std::vector<double> in_table(kQualityQueries * n), in_map(kQualityQueries * n);
    std::vector<float> rows;
    std::vector<size_t> chosen;
    for (auto block = static_cast<size_t>(begin); block < static_cast<size_t>(end); ++block) {
      const size_t first = block * kQualityQueries;
      chosen.clear();
      for (size_t i = first; i < std::min(first + kQualityQueries, queries); ++i)
        chosen.push_back(i * n / queries);
      distances_to_others(table, chosen, rows, in_table);
      distances_to_others(map, chosen, rows, in_map);
      for (size_t i = 0; i < chosen.size(); ++i)
        costs[first + i] = cost_of({in_table.data() + i * n, n}, {in_map.data() + i * n, n}, k);
    }
  });
  return costs;
}

}  // namespace

MapQuality map_quality(const Table& table, const Table& map, Metric metric, size_t k, size_t most_queries) {
  check_table(table, "table");
  check_table(map, "map");
  if (map.rows != table.rows)
    throw Error(Exit::data, "the table has " + std::to_string(table.rows) + " rows, its map " +
                                std::to_string(map.rows) + ".");
  MapQuality quality{std::min(k, (table.rows - 1) / 2), std::min(most_queries, table.rows),
                     std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  if (quality.k == 0 || quality.queries == 0) return quality;
  const std::vector<float> rows = rows_for(metric, table);
  QueryCost sum;
  for (const auto& cost : query_costs({rows, table.rows, table.width}, map, quality.k, quality.queries)) {
    sum.excess += cost.excess;
    sum.kept += cost.kept;
  }
  const auto pairs = static_cast<double>(quality.queries * quality.k);
  const auto worst = static_cast<double>(2 * table.rows - 3 * quality.k - 1);
  quality.trustworthiness = 1 - 2 * static_cast<double>(sum.excess) / (pairs * worst);
  quality.neighbours_kept = static_cast<double>(sum.kept) / pairs;
  return quality;
}

}  // namespace simclr
