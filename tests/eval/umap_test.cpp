#include "eval/umap.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/expect_error.hpp"
#include "eval/knn.hpp"
#include "eval/map_quality.hpp"
#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

constexpr Metric kMetrics[] = {Metric::cosine, Metric::euclidean};

void expect_places(const UmapResult& map, size_t rows) {
  EXPECT_EQ(map.rows, rows);
  ASSERT_EQ(map.values.size(), 2 * rows);
  for (const float value : map.values) ASSERT_LT(std::abs(value), 1000) << "or not a number";
}

// Share of the rows whose nearest row in the map has their class.
double purity(const UmapResult& map, const std::vector<int32_t>& labels) {
  const NearestRows nearest = nearest_rows(map.table(), map.table(), 2, Metric::euclidean);
  size_t same = 0;
  for (size_t i = 0; i < map.rows; ++i) {
    const auto own = static_cast<int32_t>(i);
    const auto other = nearest.index[2 * i] == own ? nearest.index[2 * i + 1] : nearest.index[2 * i];
    same += labels[i] == labels[static_cast<size_t>(other)] ? 1U : 0U;
  }
  return static_cast<double>(same) / static_cast<double>(map.rows);
}

TEST(Umap, KeepsClassesTogetherAndNeighboursNear) {
  for (const double noise : {0.05, 0.15}) {  // classes apart, and in touch
    const SampleTable table = class_clouds(800, 16, 5, noise, 1);
    for (const Metric metric : kMetrics) {
      const UmapResult map = umap(table.table(), {.metric = metric});
      expect_places(map, 800);
      EXPECT_EQ(map.epochs, 500);
      EXPECT_GT(purity(map, table.labels), 0.98);
      EXPECT_GT(map_quality(table.table(), map.table(), metric).trustworthiness, 0.93);
    }
  }
}

// A ring has no classes to find: what must come out is a ring.
TEST(Umap, ARingStaysOneRing) {
  SampleTable table{{}, 300, 5};
  for (size_t i = 0; i < 300; ++i) {
    const double angle = 2 * M_PI * static_cast<double>(i) / 300;
    for (const double value : {std::cos(angle), 0.5, std::sin(angle), 0.1 * std::cos(2 * angle), 0.0})
      table.values.push_back(static_cast<float>(value));
  }
  const UmapResult map = umap(table.table(), {.metric = Metric::euclidean});
  EXPECT_EQ(map.parts, 1U);
  EXPECT_GT(map_quality(table.table(), map.table(), Metric::euclidean).trustworthiness, 0.95);
  double x = 0, y = 0;
  for (size_t i = 0; i < 300; ++i) x += map.table().row(i)[0] / 300.0, y += map.table().row(i)[1] / 300.0;
  double turned = 0;
  for (size_t i = 0; i < 300; ++i) {
    const auto a = map.table().row(i), b = map.table().row((i + 1) % 300);
    const double ax = a[0] - x, ay = a[1] - y, bx = b[0] - x, by = b[1] - y;
    turned += std::atan2(ax * by - ay * bx, ax * bx + ay * by);
  }
  EXPECT_NEAR(std::abs(turned), 2 * M_PI, 1e-3);  // once around its middle
}

// Six groups that share no neighbour, their centres on a line. The parts only repel each other, so the
// descent moves them about; after one epoch the order of the start is still to be seen.
TEST(Umap, PartsOfTheGraphStartWhereTheirMeansLie) {
  SampleTable table = random_table(240, 4, 2);
  for (size_t i = 0; i < 240; ++i) {
    table.values[4 * i] = static_cast<float>(20 * (i % 6)) + 0.1F * table.values[4 * i];
    table.labels.push_back(static_cast<int32_t>(i % 6));
  }
  const UmapResult done = umap(table.table(), {.metric = Metric::euclidean});
  EXPECT_EQ(done.parts, 6U);
  EXPECT_EQ(purity(done, table.labels), 1);
  const UmapResult begun = umap(table.table(), {.epochs = 1, .metric = Metric::euclidean});
  double covariance[2] = {}, sum[2] = {}, square = 0;
  for (size_t i = 0; i < 240; ++i)
    for (size_t axis = 0; axis < 2; ++axis) {
      const double place = begun.values[2 * i + axis];
      covariance[axis] += (static_cast<double>(i % 6) - 2.5) * place / 240;
      sum[axis] += place / 240;
      square += place * place / 240;
    }
  const double variance = square - sum[0] * sum[0] - sum[1] * sum[1], steps = 35.0 / 12;
  EXPECT_GT((covariance[0] * covariance[0] + covariance[1] * covariance[1]) / (variance * steps), 0.7);
}

TEST(Umap, TheSeedDecidesAndTheThreadsDoNot) {
  const SampleTable table = class_clouds(500, 24, 7, 0.08, 3);
  const int threads = at::get_num_threads();
  for (const Metric metric : kMetrics) {
    at::set_num_threads(1);
    const UmapResult one = umap(table.table(), {.epochs = 50, .seed = 5, .metric = metric});
    at::set_num_threads(3);
    const UmapResult three = umap(table.table(), {.epochs = 50, .seed = 5, .metric = metric}),
                     other = umap(table.table(), {.epochs = 50, .seed = 6, .metric = metric});
    at::set_num_threads(threads);
    EXPECT_EQ(one.epochs, 50);
    EXPECT_EQ(one.values, three.values);
    EXPECT_NE(one.values, other.values);
  }
}

TEST(Umap, CosineSeesDirectionsAlone) {
  SampleTable table = class_clouds(200, 8, 3, 0.1, 4);
  const UmapResult before = umap(table.table(), {.epochs = 20});
  for (size_t i = 0; i < table.values.size(); ++i) table.values[i] *= i / 8 % 3 == 0 ? 4 : 1;
  EXPECT_EQ(umap(table.table(), {.epochs = 20}).values, before.values);
  EXPECT_NE(umap(table.table(), {.epochs = 20, .metric = Metric::euclidean}).values, before.values);
}

TEST(Umap, EuclideanSeesRatiosOfDistancesAlone) {
  SampleTable table = random_table(100, 5, 5);
  const UmapResult before = umap(table.table(), {.epochs = 20, .metric = Metric::euclidean});
  for (const float scale : {0x1p-100F, 0x1p120F, 0x1p100F}) {  // in all: 2^-100, 2^20, 2^120
    for (float& value : table.values) value *= scale;
    EXPECT_EQ(umap(table.table(), {.epochs = 20, .metric = Metric::euclidean}).values, before.values);
  }
}

TEST(Umap, AnyNumberOfRowsHasAMap) {
  for (const Metric metric : kMetrics)
    for (const size_t rows : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 14U, 15U, 16U, 17U, 40U}) {
      SCOPED_TRACE(rows);
      const SampleTable table = random_table(rows, 6, rows);
      const UmapResult map = umap(table.table(), {.metric = metric});
      expect_places(map, rows);
      for (size_t i = 0; i + 1 < rows; ++i)
        EXPECT_TRUE(map.values[2 * i] != map.values[2 * i + 2] ||
                    map.values[2 * i + 1] != map.values[2 * i + 3]);
    }
  EXPECT_EQ(umap(random_table(1, 6, 1).table()).values, (std::vector<float>{0, 0}));
}

TEST(Umap, NeighboursTwoAndMoreThanThereAreRows) {
  const SampleTable table = class_clouds(60, 8, 3, 0.1, 6);
  for (const Metric metric : kMetrics) {
    const UmapResult pairs = umap(table.table(), {.neighbours = 2, .metric = metric});
    expect_places(pairs, 60);
    EXPECT_GT(pairs.parts, 1U);
    expect_places(umap(table.table(), {.neighbours = 1000, .metric = metric}), 60);
    EXPECT_EQ(umap(table.table(), {.neighbours = 1000, .epochs = 30, .metric = metric}).values,
              umap(table.table(), {.neighbours = 60, .epochs = 30, .metric = metric}).values);
  }
}

TEST(Umap, EqualRowsConstantTablesAndZerosHaveAMap) {
  for (const Metric metric : kMetrics) {
    for (const float value : {0.0F, 0.1F, 3e38F}) {
      const SampleTable constant{std::vector<float>(80 * 3, value), 80, 3};
      expect_places(umap(constant.table(), {.metric = metric}), 80);
    }
    SampleTable copies = class_clouds(200, 8, 200, 0.1, 7);
    for (size_t i = 0; i < copies.values.size(); ++i) copies.values[i] = copies.values[i % (5 * 8)];
    const UmapResult map = umap(copies.table(), {.metric = metric});  // five places, forty rows each
    expect_places(map, 200);
    std::vector<int32_t> origin;
    for (int32_t i = 0; i < 200; ++i) origin.push_back(i % 5);
    EXPECT_EQ(purity(map, origin), 1);
    SampleTable some_zero = random_table(50, 4, 8);
    std::fill(some_zero.values.begin() + 40, some_zero.values.begin() + 80, 0.0F);
    expect_places(umap(some_zero.table(), {.metric = metric}), 50);
  }
}

TEST(Umap, ExtremeValuesHaveAMap) {
  SampleTable table = random_table(60, 4, 9);
  for (size_t i = 0; i < 4; ++i) table.values[i] = 3e38F;
  for (const Metric metric : kMetrics) expect_places(umap(table.table(), {.metric = metric}), 60);
}

TEST(Umap, NewRowsLandWithTheirClassAndOldOnesOnThemselves) {
  const SampleTable all = class_clouds(700, 16, 5, 0.12, 10);
  const Table table{all.table().values.first(600 * 16), 600, 16},
      fresh{all.table().values.subspan(600 * 16), 100, 16};
  for (const Metric metric : kMetrics) {
    const UmapSettings settings{.metric = metric};
    const UmapResult map = umap(table, settings);
    const std::vector<float> old = place_by_neighbours(map, table, table, settings);
    EXPECT_EQ(old, map.values);
    const std::vector<float> places = place_by_neighbours(map, table, fresh, settings);
    const NearestRows nearest = nearest_rows(map.table(), {places, 100, 2}, 1, Metric::euclidean);
    size_t right = 0;
    for (size_t i = 0; i < 100; ++i)
      right += all.labels[static_cast<size_t>(nearest.index[i])] == all.labels[600 + i] ? 1U : 0U;
    EXPECT_GE(right, 97U);
    // One at a time gives the same places.
    const std::vector<float> alone = place_by_neighbours(map, table, {fresh.row(42), 1, 16}, settings);
    EXPECT_EQ(alone, (std::vector<float>{places[84], places[85]}));
  }
}

// Four rows at distances 1, 2, 2, 3 of the new one. Membership is exp(-(d - 1) / sigma), 1 for the nearest,
// with sigma such that they add up to log2(4 + 1).
TEST(Umap, ANewRowIsPlacedByMembershipsByHand) {
  const SampleTable table{{1, 0, 0, 2, -2, 0, 0, -3}, 4, 2}, fresh{{0, 0}, 1, 2};
  const UmapResult map{{0, 0, 10, 0, 0, 10, 10, 10}, 4, 1, 0};
  double low = 1e-3, high = 1e3;
  for (int step = 0; step < 200; ++step) {
    const double sigma = (low + high) / 2;
    (1 + 2 * std::exp(-1 / sigma) + std::exp(-2 / sigma) > std::log2(5.0) ? high : low) = sigma;
  }
  const double near = std::exp(-1 / low), far = std::exp(-2 / low), sum = 1 + 2 * near + far;
  const auto place =
      place_by_neighbours(map, table.table(), fresh.table(), {.neighbours = 5, .metric = Metric::euclidean});
  EXPECT_NEAR(place[0], 10 * (near + far) / sum, 1e-3);
  EXPECT_NEAR(place[1], 10 * (near + far) / sum, 1e-3);
}

TEST(Umap, PlacesInSmallMaps) {
  const SampleTable one = random_table(1, 3, 1), fresh = random_table(2, 3, 2);
  for (const Metric metric : kMetrics)
    EXPECT_EQ(place_by_neighbours({{7, 8}, 1, 1, 0}, one.table(), fresh.table(), {.metric = metric}),
              (std::vector<float>{7, 8, 7, 8}));
}

TEST(Umap, RefusesWhatItCannotMap) {
  SampleTable table = random_table(20, 3, 1);
  const UmapResult map = umap(table.table(), {.epochs = 1});
  expect_error([&] { umap(table.table(), {.neighbours = 1}); }, Exit::setting, {"neighbours", "1"});
  for (const double bad : {-0.1, 1.1, std::nan("")})
    expect_error([&] { umap(table.table(), {.min_dist = bad}); }, Exit::setting, {"min_dist"});
  expect_error([&] { umap(table.table(), {.epochs = -1}); }, Exit::setting, {"epochs", "-1"});
  expect_error([] { umap({{}, 0, 3}); }, Exit::data, {"empty"});
  const SampleTable wider = random_table(2, 5, 2), fewer = random_table(19, 3, 2);
  for (const Metric metric : kMetrics)
    expect_error([&] { place_by_neighbours(map, table.table(), wider.table(), {.metric = metric}); },
                 Exit::data, {"3 values", "5"});
  expect_error([&] { place_by_neighbours(map, fewer.table(), fewer.table()); }, Exit::data, {"20", "19"});
  table.values[7] = std::numeric_limits<float>::quiet_NaN();
  for (const Metric metric : kMetrics)
    expect_error([&] { umap(table.table(), {.metric = metric}); }, Exit::non_finite, {"row 2"});
}

}  // namespace
}  // namespace simclr
