#include "eval/distances.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/error.hpp"
#include "base/vectors.hpp"
#include "eval/knn.hpp"

namespace simclr {
namespace {

constexpr size_t kDistanceQueries = 8;  // at a time: each row of the bank is then read once for all of them

// Sums in eight lanes in a fixed order, as inner_product of knn.cpp and for the same reason.
SIMCLR_WIDEST double squared_distance(const float* a, const float* b, size_t n) {
  double sums[8] = {};
  size_t j = 0;
  for (; j + 8 <= n; j += 8)
    for (size_t lane = 0; lane < 8; ++lane) {
      const double off = double{a[j + lane]} - double{b[j + lane]};
      sums[lane] += off * off;
    }
  for (; j < n; ++j) {
    const double off = double{a[j]} - double{b[j]};
    sums[j % 8] += off * off;
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

NearestRows nearest_by_cosine(const Table& bank, const Table& queries, size_t k) {
  Neighbours found = nearest_neighbours(bank, queries, k);
  NearestRows result{found.k, std::move(found.index), std::vector<double>(found.similarity.size())};
  for (size_t i = 0; i < result.distance.size(); ++i) result.distance[i] = 1 - double{found.similarity[i]};
  return result;
}

NearestRows nearest_by_euclidean(const Table& bank, const Table& queries, size_t k) {
  NearestRows result{k, std::vector<int32_t>(queries.rows * k), std::vector<double>(queries.rows * k)};
  const size_t blocks = (queries.rows + kDistanceQueries - 1) / kDistanceQueries;
  at::parallel_for(0, static_cast<int64_t>(blocks), 1, [&](int64_t begin, int64_t end) {
    std::vector<double> distances(kDistanceQueries * bank.rows);
    for (auto block = static_cast<size_t>(begin); block < static_cast<size_t>(end); ++block) {
      const size_t first = block * kDistanceQueries, count = std::min(kDistanceQueries, queries.rows - first);
      squared_distances(bank,
                        {queries.values.subspan(first * bank.width, count * bank.width), count, bank.width},
                        distances.data());
      for (size_t i = 0; i < count; ++i) {
        const std::span<const double> row{distances.data() + i * bank.rows, bank.rows};
        const auto nearest = smallest(row, k);
        for (size_t j = 0; j < k; ++j) {
          result.index[(first + i) * k + j] = static_cast<int32_t>(nearest[j]);
          result.distance[(first + i) * k + j] = std::sqrt(row[nearest[j]]);
        }
      }
    }
  });
  return result;
}

}  // namespace

NearestRows nearest_rows(const Table& bank, const Table& queries, size_t k, Metric metric) {
  if (metric == Metric::cosine) return nearest_by_cosine(bank, queries, k);
  check_table(bank, "table");
  check_table(queries, "table of new rows");
  if (bank.width != queries.width)
    throw Error(Exit::data,
                "the table has " + std::to_string(bank.width) + " values a row, the new rows " +
                    std::to_string(queries.width) + ".",
                "Embed both with the same encoder and layer.");
  return nearest_by_euclidean(bank, queries, std::min(k, bank.rows));
}

void squared_distances(const Table& bank, const Table& queries, double* out) {
  for (size_t j = 0; j < bank.rows; ++j) {
    const float* const row = bank.values.data() + j * bank.width;
    for (size_t i = 0; i < queries.rows; ++i)
      out[i * bank.rows + j] = squared_distance(queries.values.data() + i * bank.width, row, bank.width);
  }
}

std::vector<uint32_t> smallest(std::span<const double> distances, size_t k) {
  std::vector<uint32_t> index(distances.size());
  std::iota(index.begin(), index.end(), 0U);
  k = std::min(k, index.size());
  std::partial_sort(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(k), index.end(),
                    [&](uint32_t a, uint32_t b) {
                      return distances[a] < distances[b] || (distances[a] == distances[b] && a < b);
                    });
  index.resize(k);
  return index;
}

std::vector<float> rows_for(Metric metric, const Table& table) {
  std::vector<float> rows(table.values.begin(), table.values.end());
  if (metric == Metric::euclidean) return rows;
  for (size_t i = 0; i < table.rows; ++i) {
    const double inverse = inverse_norm(table.row(i));
    for (size_t j = 0; j < table.width; ++j) {
      float& value = rows[i * table.width + j];
      value = static_cast<float>(value * inverse);
    }
  }
  return rows;
}

}  // namespace simclr
