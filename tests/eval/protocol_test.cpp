#include "eval/protocol.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/expect_error.hpp"
#include "eval/knn.hpp"
#include "eval/metrics.hpp"
#include "eval/sample_tables.hpp"
#include "eval/score_json.hpp"

namespace simclr {
namespace {

Labelled labelled(const SampleTable& sample) {
  return {sample.table(), sample.labels};
}

std::vector<std::string> names_of(const std::vector<Score>& scores) {
  std::vector<std::string> all;
  for (const auto& score : scores) all.push_back(score.name);
  return all;
}

const SampleTable protocol_train = class_clouds(600, 16, 3, 0.5, 1),
                  protocol_test = class_clouds(200, 16, 3, 0.5, 1);

TEST(LabelDraw, TakesSoManyOfEveryClassAndEachDrawOthers) {
  const std::vector<int32_t> labels = {0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1};
  std::set<std::vector<uint32_t>> seen;
  for (uint32_t draw = 0; draw < 20; ++draw) {
    const auto rows = draw_labelled_rows(labels, 2, 3, 7, draw);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    EXPECT_EQ(std::set<uint32_t>(rows.begin(), rows.end()).size(), 6U);
    EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [&](uint32_t i) { return labels[i] == 1; }), 3);
    EXPECT_EQ(rows, draw_labelled_rows(labels, 2, 3, 7, draw));
    seen.insert(rows);
  }
  EXPECT_GT(seen.size(), 15U);
  EXPECT_NE(draw_labelled_rows(labels, 2, 3, 7, 0), draw_labelled_rows(labels, 2, 3, 8, 0));
}

TEST(LabelDraw, EveryRowHasItsChance) {
  std::vector<int32_t> labels(40);
  for (size_t i = 20; i < 40; ++i) labels[i] = 1;
  std::vector<int> taken(40);
  for (uint32_t draw = 0; draw < 1000; ++draw)
    for (const uint32_t row : draw_labelled_rows(labels, 2, 5, 3, draw)) ++taken[row];
  for (const int count : taken) EXPECT_NEAR(count, 250, 5 * std::sqrt(1000 * 0.25 * 0.75));
}

TEST(LabelDraw, ZeroTakesAllRows) {
  const std::vector<int32_t> labels = {1, 0, 1};
  EXPECT_EQ(draw_labelled_rows(labels, 2, 0, 1, 0), (std::vector<uint32_t>{0, 1, 2}));
}

TEST(Protocol, AllLabelsAreOneDrawWithWilsonsInterval) {
  const auto scores =
      evaluate_table(labelled(protocol_train), labelled(protocol_test), 3, {"knn", "linear"}, 0, 10, 0);
  EXPECT_EQ(names_of(scores), (std::vector<std::string>{"knn", "knn200", "linear"}));
  for (const auto& score : scores) {
    EXPECT_EQ(score.draws, 1);
    EXPECT_EQ(score.std, 0);
    EXPECT_EQ(score.labels_per_class, 0);
    EXPECT_GT(score.accuracy, 0.6);
    const Interval wilson = wilson_interval(score.accuracy, 200);
    EXPECT_EQ(score.low, wilson.low);
    EXPECT_EQ(score.high, wilson.high);
  }
  EXPECT_EQ(scores[0].k, 20);
  EXPECT_EQ(scores[1].k, 200);
  EXPECT_EQ(scores[0].temperature, 0.1);
  EXPECT_GT(scores[2].c, 0);
}

TEST(Protocol, KnnIsTheSearchAndVoteOfTheLabelledRows) {
  const auto scores = evaluate_table(labelled(protocol_train), labelled(protocol_test), 3,
                                     {"knn(k=7,temperature=0.2)"}, 10, 4, 5);
  ASSERT_EQ(names_of(scores), (std::vector<std::string>{"knn"}));
  std::vector<double> accuracies;
  for (uint32_t draw = 0; draw < 4; ++draw) {
    const auto rows = draw_labelled_rows(protocol_train.labels, 3, 10, 5, draw);
    const auto values = gather_rows(protocol_train.table(), rows);
    const auto labels = gather_labels(protocol_train.labels, rows);
    const auto near = nearest_neighbours({values, rows.size(), 16}, protocol_test.table(), 7);
    accuracies.push_back(accuracy(knn_predict(near, labels, 3, 0.2), protocol_test.labels));
  }
  const Spread wanted = spread(accuracies);
  EXPECT_EQ(scores[0].accuracy, wanted.mean);
  EXPECT_EQ(scores[0].std, wanted.std);
  EXPECT_EQ(scores[0].low, wanted.mean_interval.low);
  EXPECT_EQ(scores[0].high, std::min(1.0, wanted.mean_interval.high));
  EXPECT_EQ(scores[0].draws, 4);
  EXPECT_EQ(scores[0].k, 7);
  EXPECT_GT(scores[0].std, 0);
}

TEST(Protocol, FewLabelsMeanFewNeighbours) {
  const auto scores = evaluate_table(labelled(protocol_train), labelled(protocol_test), 3, {"knn"}, 4, 2, 0);
  EXPECT_EQ(names_of(scores), (std::vector<std::string>{"knn"}));  // 12 rows: no knn200
  EXPECT_EQ(scores[0].k, 12);
}

TEST(Protocol, AnEvaluatorAskedForTwiceIsNamedByItsText) {
  const auto scores = evaluate_table(labelled(protocol_train), labelled(protocol_test), 3,
                                     {"knn(k=5)", "knn( k = 9 )", "linear(c=1)", "knn(k=5)"}, 0, 1, 0);
  EXPECT_EQ(names_of(scores), (std::vector<std::string>{"knn(k=5)", "knn(k=9)", "linear"}));
  EXPECT_EQ(scores[2].c, 1);
}

TEST(Protocol, TheSameSeedGivesTheSameFigures) {
  const auto run = [](uint64_t seed) {
    return to_json(
        evaluate_table(labelled(protocol_train), labelled(protocol_test), 3, {"knn", "linear"}, 5, 3, seed));
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Protocol, BalancedAccuracyCountsRareClassesInFull) {
  SampleTable train{{}, 0, 2, {}}, test{{}, 0, 2, {}};
  const auto add = [](SampleTable& to, float x, float y, int32_t label) {
    to.values.insert(to.values.end(), {x, y});
    to.labels.push_back(label);
    ++to.rows;
  };
  for (int i = 0; i < 9; ++i) add(train, 1, 0, 0);
  add(train, 0, 1, 1);
  for (int i = 0; i < 9; ++i) add(test, 1, 0.1F, 0);
  add(test, 1, 0.2F, 1);  // lies with the others
  const auto scores = evaluate_table(labelled(train), labelled(test), 2, {"knn(k=1)"}, 0, 1, 0);
  EXPECT_DOUBLE_EQ(scores[0].accuracy, 0.9);
  EXPECT_DOUBLE_EQ(scores[0].balanced, 0.5);
}

TEST(Protocol, SaysWhatIsWrong) {
  const auto run = [](const std::vector<std::string>& evaluators, int per_class, int draws) {
    return [=] {
      evaluate_table(labelled(protocol_train), labelled(protocol_test), 3, evaluators, per_class, draws, 0);
    };
  };
  expect_error(run({"liner"}, 0, 1), Exit::setting, {"'liner'", "Did you mean 'linear'"});
  expect_error(run({"knn(n=3)"}, 0, 1), Exit::setting, {"knn", "'n'"});
  expect_error(run({"knn(k=0)"}, 0, 1), Exit::setting, {"'0'", "1 to 65536"});
  expect_error(run({"linear(c=-1)"}, 0, 1), Exit::setting, {"linear(c)", "-1"});
  expect_error(run({"knn"}, -1, 1), Exit::setting, {"-1"});
  expect_error(run({"knn"}, 5, 0), Exit::setting, {"draws"});
  expect_error(run({"knn"}, 201, 1), Exit::data, {"class 0 has 200", "201", "--labels-per-class"});
  expect_error([] { check_evaluators({"knn", "svm"}); }, Exit::setting, {"'svm'"});
}

TEST(Protocol, RefusesTablesThatDoNotFit) {
  SampleTable test = protocol_test;
  test.labels[3] = -1;
  expect_error([&] { evaluate_table(labelled(protocol_train), labelled(test), 3, {"knn"}, 0, 1, 0); },
               Exit::data, {"test table", "row 3", "-1"});
  const SampleTable narrow = class_clouds(20, 4, 3, 0.5, 1);
  expect_error([&] { evaluate_table(labelled(protocol_train), labelled(narrow), 3, {"knn"}, 0, 1, 0); },
               Exit::data, {"16 values", "4", "same encoder"});
}

TEST(ScoreJson, HoldsWhatTheCommandPromises) {
  const Score knn{.name = "knn",
                  .accuracy = 0.5,
                  .std = 0.1,
                  .low = 0.4,
                  .high = 0.6,
                  .balanced = 0.45,
                  .draws = 3,
                  .labels_per_class = 10,
                  .k = 20,
                  .temperature = 0.1};
  const Score linear{.name = "linear", .accuracy = 0.7, .low = 0.6, .high = 0.8, .balanced = 0.7, .c = 0.01};
  EXPECT_EQ(to_json(std::vector<Score>{knn, linear}).dump(),
            R"({"knn":{"accuracy":0.5,"std":0.1,"low":0.4,"high":0.6,"balanced_accuracy":0.45,"draws":3,)"
            R"("labels_per_class":10,"k":20,"temperature":0.1},"linear":{"accuracy":0.7,"std":0.0,"low":0.6,)"
            R"("high":0.8,"balanced_accuracy":0.7,"draws":1,"labels_per_class":0,"c":0.01}})");
}

TEST(StratifiedDraw, GivesEachClassItsShareAtLeastOneAndIsNested) {
  std::vector<int32_t> labels;
  for (int32_t i = 0; i < 6; ++i) labels.insert(labels.end(), {0, 1});
  labels.insert(labels.end(), {2, 2});
  std::vector<uint32_t> before;
  for (size_t count = 3; count <= labels.size(); ++count) {
    const auto rows = draw_stratified_rows(labels, 3, count, 5, 1);
    EXPECT_EQ(rows.size(), count);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    EXPECT_TRUE(std::includes(rows.begin(), rows.end(), before.begin(), before.end())) << count;
    for (int32_t c = 0; c < 3; ++c) {
      const auto of_class = static_cast<double>(
          std::count_if(rows.begin(), rows.end(), [&](uint32_t row) { return labels[row] == c; }));
      const double share = static_cast<double>(count) * (c == 2 ? 2 : 6) / 14;
      EXPECT_GE(of_class, 1);
      EXPECT_LT(std::abs(of_class - share), 1.01) << count << " labels, class " << c;
    }
    before = rows;
  }
  EXPECT_NE(draw_stratified_rows(labels, 3, 6, 5, 1), draw_stratified_rows(labels, 3, 6, 5, 2));
  EXPECT_THROW(draw_stratified_rows(labels, 3, 2, 5, 1), Error);
  EXPECT_THROW(draw_stratified_rows(labels, 3, 15, 5, 1), Error);
}

}  // namespace
}  // namespace simclr
