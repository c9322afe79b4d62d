#include "eval/knn.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/expect_error.hpp"
#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

double cosine_by_hand(std::span<const float> a, std::span<const float> b) {
  double product = 0, aa = 0, bb = 0;
  for (size_t j = 0; j < a.size(); ++j) {
    product += double{a[j]} * double{b[j]};
    aa += double{a[j]} * double{a[j]};
    bb += double{b[j]} * double{b[j]};
  }
  return aa == 0 || bb == 0 ? 0 : product / std::sqrt(aa * bb);
}

Neighbours neighbours_by_hand(const Table& bank, const Table& queries, size_t k) {
  Neighbours result{std::min(k, bank.rows), {}, {}};
  for (size_t i = 0; i < queries.rows; ++i) {
    std::vector<double> similarity;
    for (size_t j = 0; j < bank.rows; ++j) similarity.push_back(cosine_by_hand(queries.row(i), bank.row(j)));
    std::vector<int32_t> order(bank.rows);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      return similarity[static_cast<size_t>(a)] > similarity[static_cast<size_t>(b)];
    });
    for (size_t j = 0; j < result.k; ++j) {
      result.index.push_back(order[j]);
      result.similarity.push_back(static_cast<float>(similarity[static_cast<size_t>(order[j])]));
    }
  }
  return result;
}

TEST(Knn, NeighboursScoresAndPredictionsOfTheGoldenFile) {
  const auto golden = golden_file("knn_angles.json");
  const SampleTable bank = table_from(golden.at("features")), queries = table_from(golden.at("queries"));
  const auto labels = golden.at("labels").get<std::vector<int32_t>>();
  ASSERT_EQ(golden.at("knn").size(), 3U);
  for (const auto& one : golden.at("knn")) {
    const auto k = one.at("k").get<size_t>();
    const Neighbours found = nearest_neighbours(bank.table(), queries.table(), k);
    ASSERT_EQ(found.k, k);
    std::vector<double> scores;
    const auto predicted = knn_predict(found, labels, 3, one.at("T").get<double>(), &scores);
    EXPECT_EQ(predicted, one.at("pred").get<std::vector<int32_t>>());
    for (size_t i = 0; i < queries.rows; ++i) {
      EXPECT_EQ(std::vector<int32_t>(&found.index[i * k], &found.index[i * k] + k),
                one.at("neighbours").at(i).get<std::vector<int32_t>>());
      for (size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(scores[i * 3 + c], one.at("scores_softmax_normalised").at(i).at(c).get<double>(), 1e-5);
    }
  }
}

// Sizes on both sides of the tiles (2048 bank rows, 256 queries) and of the vector lanes.
TEST(Knn, EqualsTheDoubleLoopOverAGridOfSizes) {
  const struct {
    size_t bank, queries, width, k;
  } grid[] = {{1, 1, 1, 1},       {3, 2, 7, 5},       {40, 300, 3, 20}, {257, 5, 33, 20},
              {2048, 3, 16, 200}, {2100, 260, 8, 40}, {5000, 4, 24, 1}, {700, 9, 12, 700}};
  for (const auto& size : grid) {
    SCOPED_TRACE(testing::Message() << size.bank << " rows, " << size.queries << " queries, width "
                                    << size.width);
    const SampleTable bank = random_table(size.bank, size.width, 1),
                      queries = random_table(size.queries, size.width, 2);
    const Neighbours found = nearest_neighbours(bank.table(), queries.table(), size.k);
    const Neighbours wanted = neighbours_by_hand(bank.table(), queries.table(), size.k);
    ASSERT_EQ(found.k, wanted.k);
    ASSERT_EQ(found.index.size(), wanted.index.size());
    for (size_t i = 0; i < found.index.size(); ++i) {
      ASSERT_NEAR(found.similarity[i], wanted.similarity[i], 2e-7) << i;
      // Width 1 has only the similarities 1 and -1: all ties, which both must settle alike.
      ASSERT_EQ(found.index[i], wanted.index[i]) << i;
    }
  }
}

TEST(Knn, EqualRowsComeByLowerIndex) {
  SampleTable bank = random_table(3000, 19, 5);
  for (const size_t copy :
       {17U, 400U, 2047U, 2048U, 2999U})  // the same row, some of them scaled, in both tiles
    for (size_t j = 0; j < bank.width; ++j)
      bank.values[copy * bank.width + j] = bank.values[j] * (copy == 400 ? 4 : 1);
  const SampleTable queries{{bank.values.begin(), bank.values.begin() + 19}, 1, 19};
  const Neighbours found = nearest_neighbours(bank.table(), queries.table(), 6);
  EXPECT_EQ(found.index, (std::vector<int32_t>{0, 17, 400, 2047, 2048, 2999}));
  for (const float similarity : found.similarity) EXPECT_EQ(similarity, found.similarity[0]);
  EXPECT_EQ(nearest_neighbours(bank.table(), queries.table(), 3).index, (std::vector<int32_t>{0, 17, 400}));
}

TEST(Knn, ZeroRowsAreSimilarToNothing) {
  const SampleTable bank{{0, 0, 1, 1, -1, 0, 0, 0}, 4, 2}, queries{{2, 0, 0, 0}, 2, 2};
  const Neighbours found = nearest_neighbours(bank.table(), queries.table(), 4);
  EXPECT_EQ(found.index, (std::vector<int32_t>{1, 0, 3, 2, 0, 1, 2, 3}));
  EXPECT_EQ(found.similarity[1], 0);
  EXPECT_EQ(found.similarity[3], -1);
  for (size_t i = 4; i < 8; ++i) EXPECT_EQ(found.similarity[i], 0);
}

TEST(Knn, ScalingRowsChangesNothing) {
  SampleTable bank = random_table(500, 12, 3);
  const SampleTable queries = random_table(40, 12, 4);
  const Neighbours before = nearest_neighbours(bank.table(), queries.table(), 10);
  for (size_t i = 0; i < bank.values.size(); ++i)
    bank.values[i] *= i / bank.width % 2 == 0 ? 0x1p-70F : 0x1p60F;
  const Neighbours after = nearest_neighbours(bank.table(), queries.table(), 10);
  EXPECT_EQ(before.index, after.index);
  EXPECT_EQ(before.similarity, after.similarity);
}

TEST(Knn, ThreadsAndOtherQueriesChangeNothing) {
  const SampleTable bank = random_table(4500, 65, 6), queries = random_table(700, 65, 7);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Neighbours one = nearest_neighbours(bank.table(), queries.table(), 25);
  at::set_num_threads(3);
  const Neighbours three = nearest_neighbours(bank.table(), queries.table(), 25);
  const SampleTable last{{queries.values.end() - 65, queries.values.end()}, 1, 65};
  const Neighbours alone = nearest_neighbours(bank.table(), last.table(), 25);
  at::set_num_threads(threads);
  EXPECT_EQ(one.index, three.index);
  EXPECT_EQ(one.similarity, three.similarity);
  EXPECT_EQ(alone.index, std::vector<int32_t>(one.index.end() - 25, one.index.end()));
  EXPECT_EQ(alone.similarity, std::vector<float>(one.similarity.end() - 25, one.similarity.end()));
}

TEST(Knn, ClosestIsTheSearchForASmallerK) {
  const SampleTable bank = random_table(300, 5, 8), queries = random_table(11, 5, 9);
  const Neighbours wide = nearest_neighbours(bank.table(), queries.table(), 200);
  const Neighbours narrow = nearest_neighbours(bank.table(), queries.table(), 20);
  EXPECT_EQ(closest(wide, 20).index, narrow.index);
  EXPECT_EQ(closest(wide, 20).similarity, narrow.similarity);
  EXPECT_EQ(closest(narrow, 200).k, 20U);
}

TEST(Knn, VotesByHand) {
  const Neighbours near{3, {0, 1, 2}, {0.9F, 0.8F, 0.75F}};
  const std::vector<int32_t> labels = {1, 0, 0};
  std::vector<double> scores;
  EXPECT_EQ(knn_predict(near, labels, 3, 0.5, &scores), (std::vector<int32_t>{0}));
  const double own = std::exp(0.9 / 0.5), others = std::exp(0.8 / 0.5) + std::exp(0.75 / 0.5);
  EXPECT_NEAR(scores[0], others / (own + others), 1e-7);
  EXPECT_NEAR(scores[1], own / (own + others), 1e-7);
  EXPECT_EQ(scores[2], 0);
  EXPECT_EQ(knn_predict(near, labels, 3, 0.01),
            (std::vector<int32_t>{1}));  // colder: the nearest alone decides
}

TEST(Knn, EqualScoresGoToTheLowerClassAndNoTemperatureOverflows) {
  const Neighbours near{2, {0, 1}, {1, 1}};
  const std::vector<int32_t> labels = {2, 1};
  std::vector<double> scores;
  EXPECT_EQ(knn_predict(near, labels, 3, 1e-3, &scores), (std::vector<int32_t>{1}));
  EXPECT_EQ(scores, (std::vector<double>{0, 0.5, 0.5}));
}

TEST(Knn, RefusesWhatItCannotJudge) {
  SampleTable bank = random_table(4, 3, 1);
  const SampleTable queries = random_table(2, 3, 2), wider = random_table(2, 5, 2), none{{}, 0, 3};
  expect_error([&] { nearest_neighbours(bank.table(), wider.table(), 1); }, Exit::data, {"3 values", "5"});
  expect_error([&] { nearest_neighbours(none.table(), queries.table(), 1); }, Exit::data,
               {"labelled rows", "empty"});
  bank.values[7] = std::numeric_limits<float>::quiet_NaN();
  expect_error([&] { nearest_neighbours(bank.table(), queries.table(), 1); }, Exit::non_finite, {"row 2"});
}

}  // namespace
}  // namespace simclr
