#include "eval/map_quality.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/expect_error.hpp"
#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

TEST(MapQuality, FiguresOfScikitLearn) {
  const auto golden = golden_file("map_quality.json");
  const SampleTable table = table_from(golden.at("table")), map = table_from(golden.at("map"));
  ASSERT_EQ(golden.at("cases").size(), 8U);
  for (const auto& one : golden.at("cases")) {
    SCOPED_TRACE(one.dump());
    const Metric metric = one.at("metric") == "cosine" ? Metric::cosine : Metric::euclidean;
    const auto k = one.at("k").get<size_t>();
    const MapQuality found = map_quality(table.table(), map.table(), metric, k);
    EXPECT_EQ(found.k, k);
    EXPECT_EQ(found.queries, 60U);
    EXPECT_NEAR(found.trustworthiness, one.at("trustworthiness").get<double>(), 1e-12);
    EXPECT_NEAR(found.neighbours_kept, one.at("neighbours_kept").get<double>(), 1e-12);
  }
}

// Rows 0, 1, 3, 7, 15 on a line, of which the map puts the last beside the first. With k = 1 the map's
// neighbours are 4 of 0 (rank 4), 2 of 1 (rank 2: 0 is nearer), 1 of 2, 2 of 3 and 0 of 4 (rank 4).
TEST(MapQuality, ByHand) {
  const SampleTable table{{0, 1, 3, 7, 15}, 5, 1}, map{{0, 0, 10, 0, 12, 0, 16, 0, 1, 0}, 5, 2};
  const MapQuality found = map_quality(table.table(), map.table(), Metric::euclidean, 1);
  EXPECT_DOUBLE_EQ(found.trustworthiness, 1 - 2.0 / (5 * 1 * (10 - 3 - 1)) * (3 + 1 + 0 + 0 + 3));
  EXPECT_DOUBLE_EQ(found.neighbours_kept, 2.0 / 5);
}

TEST(MapQuality, APerfectMapIsPerfectUnderBothMetrics) {
  SampleTable table = random_table(300, 2, 1);
  const MapQuality same = map_quality(table.table(), table.table(), Metric::euclidean);
  EXPECT_EQ(same.trustworthiness, 1);
  EXPECT_EQ(same.neighbours_kept, 1);
  const std::vector<float> directions = rows_for(Metric::cosine, table.table());
  for (size_t i = 0; i < table.values.size(); ++i) table.values[i] *= static_cast<float>(1 + i / 2 % 5);
  const MapQuality turned = map_quality(table.table(), {directions, 300, 2}, Metric::cosine);
  EXPECT_NEAR(turned.trustworthiness, 1, 1e-3);  // neighbours closer than a float resolves may swap
  EXPECT_GT(turned.neighbours_kept, 0.99);
}

TEST(MapQuality, ARandomMapKeepsNothing) {
  const SampleTable table = random_table(1500, 10, 1), map = random_table(1500, 2, 2);
  const MapQuality found = map_quality(table.table(), map.table(), Metric::euclidean);
  EXPECT_NEAR(found.trustworthiness, 0.5, 0.03);
  EXPECT_NEAR(found.neighbours_kept, 0.01, 0.005);
}

TEST(MapQuality, ASampleOfQueriesStandsForAllAndThreadsChangeNothing) {
  const SampleTable table = class_clouds(1200, 12, 6, 0.1, 3);
  SampleTable map{{}, 1200, 2};
  for (size_t i = 0; i < 1200; ++i)
    for (size_t j = 0; j < 2; ++j) map.values.push_back(table.values[i * 12 + j]);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const MapQuality every = map_quality(table.table(), map.table());
  const MapQuality one = map_quality(table.table(), map.table(), Metric::cosine, 15, 401);
  at::set_num_threads(3);
  const MapQuality three = map_quality(table.table(), map.table(), Metric::cosine, 15, 401);
  at::set_num_threads(threads);
  EXPECT_EQ(every.queries, 1200U);
  EXPECT_EQ(one.queries, 401U);
  EXPECT_NEAR(one.trustworthiness, every.trustworthiness, 0.02);
  EXPECT_EQ(one.trustworthiness, three.trustworthiness);
  EXPECT_EQ(one.neighbours_kept, three.neighbours_kept);
}

TEST(MapQuality, FewRowsTakeFewerNeighbours) {
  const SampleTable table = random_table(8, 3, 1);
  const auto places = [&](size_t rows) { return Table{table.table().values.first(2 * rows), rows, 2}; };
  const auto first = [&](size_t rows) { return Table{table.table().values.first(3 * rows), rows, 3}; };
  EXPECT_EQ(map_quality(first(8), places(8)).k, 3U);
  EXPECT_EQ(map_quality(first(3), places(3)).k, 1U);
  for (const size_t rows : {1U, 2U}) {
    const MapQuality none = map_quality(first(rows), places(rows));
    EXPECT_EQ(none.k, 0U);
    EXPECT_TRUE(std::isnan(none.trustworthiness));
    EXPECT_TRUE(std::isnan(none.neighbours_kept));
  }
}

TEST(MapQuality, RefusesAMapOfAnotherTable) {
  const SampleTable table = random_table(5, 3, 1), map = random_table(4, 2, 1);
  expect_error([&] { map_quality(table.table(), map.table()); }, Exit::data, {"5 rows", "4"});
  SampleTable broken = random_table(5, 2, 1);
  broken.values[3] = std::numeric_limits<float>::quiet_NaN();
  expect_error([&] { map_quality(table.table(), broken.table()); }, Exit::non_finite, {"map", "row 1"});
}

}  // namespace
}  // namespace simclr
