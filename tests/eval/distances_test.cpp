#include "eval/distances.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/expect_error.hpp"
#include "eval/knn.hpp"
#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

double squared_by_hand(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) sum += (double{a[j]} - double{b[j]}) * (double{a[j]} - double{b[j]});
  return sum;
}

// Widths on both sides of the vector lanes, queries on both sides of a block.
TEST(Distances, EuclideanNeighboursEqualTheDoubleLoop) {
  for (const size_t width : {1U, 7U, 8U, 21U})
    for (const size_t queries : {1U, 8U, 13U}) {
      const SampleTable bank = random_table(60, width, 1), asked = random_table(queries, width, 2);
      const NearestRows found = nearest_rows(bank.table(), asked.table(), 60, Metric::euclidean);
      ASSERT_EQ(found.k, 60U);
      for (size_t i = 0; i < queries; ++i) {
        std::vector<bool> seen(60);
        for (size_t j = 0; j < 60; ++j) {
          const auto row = static_cast<size_t>(found.index[i * 60 + j]);
          seen[row] = true;
          const double distance = found.distance[i * 60 + j];
          EXPECT_NEAR(distance, std::sqrt(squared_by_hand(bank.table().row(row), asked.table().row(i))),
                      1e-12);
          EXPECT_GE(distance, found.distance[i * 60 + (j > 0 ? j - 1 : 0)]);
        }
        EXPECT_EQ(seen, std::vector<bool>(60, true));
      }
    }
}

TEST(Distances, CosineIsOneMinusTheSimilarityOfTheSearch) {
  const SampleTable bank = random_table(50, 9, 3), asked = random_table(4, 9, 4);
  const NearestRows found = nearest_rows(bank.table(), asked.table(), 7, Metric::cosine);
  const Neighbours wanted = nearest_neighbours(bank.table(), asked.table(), 7);
  EXPECT_EQ(found.index, wanted.index);
  for (size_t i = 0; i < found.distance.size(); ++i)
    EXPECT_EQ(found.distance[i], 1 - double{wanted.similarity[i]});
}

TEST(Distances, EqualRowsComeByLowerIndexInBothMetrics) {
  SampleTable bank = random_table(40, 11, 5);
  for (const size_t copy : {9U, 31U})
    for (size_t j = 0; j < 11; ++j) bank.values[copy * 11 + j] = bank.values[2 * 11 + j];
  const SampleTable asked{{bank.values.begin() + 22, bank.values.begin() + 33}, 1, 11};
  for (const Metric metric : {Metric::cosine, Metric::euclidean})
    EXPECT_EQ(nearest_rows(bank.table(), asked.table(), 3, metric).index, (std::vector<int32_t>{2, 9, 31}));
}

TEST(Distances, RowsForCosineHaveUnitLengthAndZerosStay) {
  const SampleTable rows{{3, 4, 0, 0, 1e-30F, 0}, 3, 2};
  EXPECT_EQ(rows_for(Metric::cosine, rows.table()), (std::vector<float>{0.6F, 0.8F, 0, 0, 1, 0}));
  EXPECT_EQ(rows_for(Metric::euclidean, rows.table()), rows.values);
}

TEST(Distances, SmallestSettlesTiesByIndex) {
  const double distances[] = {2, 1, 2, 0, 1};
  EXPECT_EQ(smallest(distances, 3), (std::vector<uint32_t>{3, 1, 4}));
  EXPECT_EQ(smallest(distances, 9), (std::vector<uint32_t>{3, 1, 4, 0, 2}));
}

TEST(Distances, RefusesWhatItCannotCompare) {
  SampleTable bank = random_table(4, 3, 1);
  const SampleTable wider = random_table(2, 5, 2);
  for (const Metric metric : {Metric::cosine, Metric::euclidean})
    expect_error([&] { nearest_rows(bank.table(), wider.table(), 1, metric); }, Exit::data,
                 {"3 values", "5"});
  bank.values[4] = std::numeric_limits<float>::infinity();
  expect_error([&] { nearest_rows(bank.table(), bank.table(), 1, Metric::euclidean); }, Exit::non_finite,
               {"row 1"});
}

}  // namespace
}  // namespace simclr
