#include "eval/pca.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/expect_error.hpp"
#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

// Points at mean + s * (3, 4) / 5 + t * (-4, 3) / 5, with s = +-2 and t = +-1: variances 4 and 1.
TEST(Pca, ByHand) {
  SampleTable table{{}, 4, 2};
  for (const double s : {-2.0, 2.0})
    for (const double t : {-1.0, 1.0}) {
      table.values.push_back(static_cast<float>(10 + (3 * s - 4 * t) / 5));
      table.values.push_back(static_cast<float>(-7 + (4 * s + 3 * t) / 5));
    }
  const PrincipalComponents found = principal_components(table.table());
  const double axes[] = {0.6, 0.8, 0.8, -0.6}, shares[] = {0.8, 0.2};
  const double values[] = {-2, 1, -2, -1, 2, 1, 2, -1};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(found.axes[i], axes[i], 1e-6);
  for (size_t i = 0; i < 2; ++i) EXPECT_NEAR(found.share[i], shares[i], 1e-6);
  for (size_t i = 0; i < 8; ++i) EXPECT_NEAR(found.values[i], values[i], 1e-5);
  EXPECT_NEAR(found.mean[0], 10, 1e-6);
  EXPECT_NEAR(found.mean[1], -7, 1e-6);
}

// More rows than are brought to double precision at a time.
TEST(Pca, AllComponentsKeepDistancesAndVariance) {
  const SampleTable table = random_table(2100, 5, 1);
  const PrincipalComponents found = principal_components(table.table(), 5);
  EXPECT_NEAR(std::accumulate(found.share.begin(), found.share.end(), 0.0), 1, 1e-12);
  EXPECT_TRUE(std::is_sorted(found.share.rbegin(), found.share.rend()));
  const auto distance = [](const Table& rows, size_t a, size_t b) {
    double sum = 0;
    for (size_t j = 0; j < rows.width; ++j)
      sum += std::pow(double{rows.row(a)[j]} - double{rows.row(b)[j]}, 2);
    return std::sqrt(sum);
  };
  for (size_t i = 0; i + 1 < 2100; i += 100)
    EXPECT_NEAR(distance(found.table(), i, i + 1), distance(table.table(), i, i + 1), 1e-5);
  for (size_t c = 0; c < 5; ++c) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < 2100; ++i) {
      mean += double{found.table().row(i)[c]} / 2100;
      square += std::pow(double{found.table().row(i)[c]}, 2) / 2100;
    }
    EXPECT_NEAR(mean, 0, 1e-6);
    EXPECT_NEAR(square / 5, found.share[c], 0.05);  // of five columns with variance about 1
  }
}

TEST(Pca, TheLargestEntryOfAnAxisIsPositiveAndOfEqualOnesTheFirst) {
  const SampleTable table = class_clouds(400, 7, 4, 0.3, 2);
  SampleTable mirrored = table;
  for (float& value : mirrored.values) value = -value;
  const PrincipalComponents found = principal_components(table.table()),
                            other = principal_components(mirrored.table());
  for (size_t c = 0; c < 2; ++c) {
    const std::span<const double> axis{found.axes.data() + c * 7, 7};
    EXPECT_GT(*std::max_element(axis.begin(), axis.end()), -*std::min_element(axis.begin(), axis.end()));
    for (size_t j = 0; j < 7; ++j) EXPECT_NEAR(axis[j], other.axes[c * 7 + j], 1e-9);
  }
  const SampleTable diagonal{{1, -1, -1, 1, 3, -3, -3, 3}, 4, 2};
  EXPECT_NEAR(principal_components(diagonal.table()).axes[0], std::sqrt(0.5), 1e-12);
}

TEST(Pca, ProjectsNewRowsAsItsOwn) {
  const SampleTable table = random_table(50, 6, 4);
  const PrincipalComponents found = principal_components(table.table(), 3);
  const std::vector<float> again = found.project({table.table().values.subspan(60, 12), 2, 6});
  EXPECT_EQ(again, std::vector<float>(found.values.begin() + 30, found.values.begin() + 36));
}

TEST(Pca, WhatHasNoVarianceHasNoAxis) {
  const SampleTable constant{std::vector<float>(30, 0.1F), 10, 3}, one = random_table(1, 4, 1),
                                                                   line{{1, 2, 4, 8}, 4, 1};
  for (const auto* table : {&constant, &one}) {
    const PrincipalComponents found = principal_components(table->table());
    EXPECT_EQ(found.share, std::vector<double>(2));
    EXPECT_EQ(found.values, std::vector<float>(2 * table->rows));
  }
  const PrincipalComponents found = principal_components(line.table());
  EXPECT_EQ(found.share, (std::vector<double>{1, 0}));
  EXPECT_EQ(found.values, (std::vector<float>{-2.75F, 0, -1.75F, 0, 0.25F, 0, 4.25F, 0}));
}

TEST(Pca, RefusesWhatItCannotTurn) {
  SampleTable table = random_table(4, 3, 1);
  const PrincipalComponents found = principal_components(table.table());
  expect_error([&] { found.project(random_table(2, 5, 1).table()); }, Exit::data, {"3 values", "5"});
  expect_error([] { principal_components({{}, 0, 3}); }, Exit::data, {"empty"});
  table.values[10] = std::numeric_limits<float>::quiet_NaN();
  expect_error([&] { principal_components(table.table()); }, Exit::non_finite, {"row 3"});
}

}  // namespace
}  // namespace simclr
