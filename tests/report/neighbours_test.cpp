#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/random.hpp"
#include "report/gallery.hpp"

namespace simclr {
namespace {

std::vector<float> random_rows(size_t rows, size_t width) {
  Random random({.seed = 3, .index = width}, 0);
  std::vector<float> out(rows * width);
  for (float& value : out) value = static_cast<float>(random.normal());
  return out;
}

double cosine(const std::vector<float>& rows, size_t width, size_t a, size_t b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < width; ++i) {
    const double x = static_cast<double>(rows[a * width + i]), y = static_cast<double>(rows[b * width + i]);
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

TEST(Neighbours, AreTheGreatestCosinesByTheFormula) {
  for (const size_t width : {1, 2, 15, 16, 17, 64, 100}) {
    const std::vector<float> rows = random_rows(200, width);
    const std::vector<size_t> queries{0, 99, 199};
    const auto found = nearest_rows(rows, width, queries, 8);
    for (size_t q = 0; q < queries.size(); ++q) {
      ASSERT_EQ(found[q].size(), 8U);
      std::set<size_t> chosen;
      double least = 2;
      for (const Neighbour& n : found[q]) {
        EXPECT_NE(n.row, queries[q]);
        EXPECT_NEAR(static_cast<double>(n.cosine), cosine(rows, width, queries[q], n.row), 2e-6);
        EXPECT_LE(static_cast<double>(n.cosine), least + 1e-9);
        least = static_cast<double>(n.cosine);
        chosen.insert(n.row);
      }
      EXPECT_EQ(chosen.size(), 8U);
      for (size_t r = 0; r < 200; ++r)
        if (r != queries[q] && !chosen.contains(r)) {
          EXPECT_LE(cosine(rows, width, queries[q], r), least + 2e-6);
        }
    }
  }
}

TEST(Neighbours, ScaleOfARowChangesNothingAndTiesGoByRow) {
  const std::vector<float> rows{1, 0, 3, 0, 0.5F, 0, 0, 1};
  const auto found = nearest_rows(rows, 2, std::vector<size_t>{0}, 3);
  ASSERT_EQ(found[0].size(), 3U);
  EXPECT_EQ(found[0][0].row, 1U);
  EXPECT_EQ(found[0][1].row, 2U);
  EXPECT_EQ(found[0][2].row, 3U);
}

TEST(Neighbours, RowsThatAreNotFiniteAreNeverNear) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const std::vector<float> rows{1, 1, nan, 1, inf, 1, 0, 0, 1, 0};
  const auto found = nearest_rows(rows, 2, std::vector<size_t>{0, 1}, 8);
  ASSERT_EQ(found[0].size(), 2U);
  EXPECT_EQ(found[0][0].row, 4U);
  EXPECT_EQ(found[0][1].row, 3U);
  EXPECT_EQ(found[0][1].cosine, 0.0F);
  EXPECT_TRUE(found[1].empty());  // a query without a direction has no neighbour
}

TEST(Neighbours, QueriesAreSpreadOverRowsAndClasses) {
  std::vector<std::string> labels(1000);
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = std::string(1, static_cast<char>('a' + i * 7 % 10));
  const std::vector<size_t> queries = spread_queries(labels, 8);
  ASSERT_EQ(queries.size(), 8U);
  std::set<std::string> classes;
  for (size_t q = 0; q < 8; ++q) {
    EXPECT_GE(queries[q], q * 125);
    EXPECT_LT(queries[q], (q + 1) * 125);
    classes.insert(labels[queries[q]]);
  }
  EXPECT_EQ(classes.size(), 8U);
  EXPECT_EQ(spread_queries(labels, 8), queries);
  EXPECT_EQ(spread_queries(std::vector<std::string>(3), 8), (std::vector<size_t>{0, 1, 2}));
  EXPECT_EQ(spread_queries(std::vector<std::string>(80), 8),
            (std::vector<size_t>{5, 15, 25, 35, 45, 55, 65, 75}));
}

}  // namespace
}  // namespace simclr
