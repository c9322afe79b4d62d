#include "eval/label_metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/random.hpp"

namespace simclr {
namespace {

using Bits = std::vector<uint8_t>;
using Numbers = std::vector<double>;

struct LabelledScores {
  Bits truth;
  Numbers scores;
  size_t rows, classes;
  ScoredLabels view() const { return {truth, scores, rows, classes}; }
  JudgedLabels judged(double threshold = 0.5) const {
    return judge_labels(view(), decide(view(), Numbers(classes, threshold)), 0);
  }
};

const nlohmann::json& label_golden() {
  static const auto golden = [] {
    std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/multilabel.json");
    return nlohmann::json::parse(file);
  }();
  return golden;
}

LabelledScores golden_scores() {
  LabelledScores all{{}, {}, 6, 4};
  for (const auto& row : label_golden().at("y_true"))
    for (const auto& value : row) all.truth.push_back(value.get<uint8_t>());
  for (const auto& row : label_golden().at("score"))
    for (const auto& value : row) all.scores.push_back(value.get<double>());
  return all;
}

LabelledScores random_scores(size_t rows, size_t classes, double positives, uint64_t seed) {
  LabelledScores all{{}, {}, rows, classes};
  Random random({.seed = seed}, 0);
  for (size_t i = 0; i < rows * classes; ++i) {
    all.truth.push_back(random.uniform() < positives ? 1 : 0);
    all.scores.push_back(std::round(20 * random.uniform(0, 0.6 + 0.4 * all.truth.back())) / 20);  // with ties
  }
  return all;
}

TEST(LabelMetrics, EqualsTheGoldenNumbers) {
  const auto& golden = label_golden();
  const LabelFigures f = golden_scores().judged().value;
  EXPECT_NEAR(f.f1_micro, golden.at("f1_micro"), 1e-12);
  EXPECT_NEAR(f.f1_macro, golden.at("f1_macro"), 1e-12);
  EXPECT_NEAR(f.f1_present, golden.at("f1_macro_over_classes_with_positives"), 1e-12);
  EXPECT_NEAR(f.f1_samples, golden.at("f1_samples"), 1e-12);
  EXPECT_NEAR(f.map, golden.at("mAP_macro_over_present"), 1e-12);
  EXPECT_NEAR(f.map_micro, golden.at("mAP_micro"), 1e-12);
  for (size_t c = 0; c < 4; ++c) {
    EXPECT_NEAR(f.f1[c], golden.at("f1_per_class")[c], 1e-12);
    const auto& ap = golden.at("ap_per_class")[c];
    ASSERT_EQ(std::isnan(f.average_precision[c]), ap.is_null());
    if (!ap.is_null()) {
      EXPECT_NEAR(f.average_precision[c], ap, 1e-12);
    }
  }
}

TEST(LabelMetrics, AreaUnderTheCurveIsTheShareOfPairsInOrder) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const LabelledScores all = random_scores(60, 1, 0.3, seed);
    double right = 0, pairs = 0;
    for (size_t i = 0; i < 60; ++i)
      for (size_t j = 0; j < 60; ++j) {
        if (all.truth[i] == 0 || all.truth[j] == 1) continue;
        right += all.scores[i] > all.scores[j] ? 1 : all.scores[i] == all.scores[j] ? 0.5 : 0;
        ++pairs;
      }
    EXPECT_NEAR(roc_auc(all.truth, all.scores), right / pairs, 1e-12);
  }
  EXPECT_TRUE(std::isnan(roc_auc(Bits{1, 1}, Numbers{0.1, 0.2})));
  EXPECT_TRUE(std::isnan(roc_auc(Bits{0, 0}, Numbers{0.1, 0.2})));
  EXPECT_TRUE(std::isnan(average_precision(Bits{0, 0}, Numbers{0.1, 0.2})));
}

TEST(LabelMetrics, CountsPrecisionAndRecallByHand) {
  //                                  a        b
  const LabelledScores all{{1, 0, 1, 1, 0, 1, 0, 0}, {0.9, 0.1, 0.2, 0.8, 0.7, 0.5, 0.1, 0.9}, 4, 2};
  const JudgedLabels judged = all.judged();
  EXPECT_EQ(judged.counts[0].right, 1);
  EXPECT_EQ(judged.counts[0].false_alarms, 1);
  EXPECT_EQ(judged.counts[0].missed, 1);
  EXPECT_EQ(judged.counts[1].right, 2);  // 0.5 counts as predicted
  EXPECT_EQ(judged.counts[1].false_alarms, 1);
  EXPECT_DOUBLE_EQ(judged.value.precision[1], 2.0 / 3);
  EXPECT_DOUBLE_EQ(judged.value.recall[0], 0.5);
  EXPECT_DOUBLE_EQ(judged.value.accuracy, 0.25);  // only the first row has all right
}

TEST(LabelMetrics, TheThresholdHasTheHighestF1OfAll) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const LabelledScores all = random_scores(50, 1, 0.2, seed);
    const auto f1_at = [&](double threshold) { return all.judged(threshold).value.f1[0]; };
    double best = 0;
    for (int i = 0; i <= 100; ++i) best = std::max(best, f1_at(i * 0.01 - 0.005));
    EXPECT_DOUBLE_EQ(f1_at(best_f1_threshold(all.truth, all.scores)), best) << seed;
  }
  EXPECT_EQ(best_f1_threshold(Bits{0, 0, 0}, Numbers{0.1, 0.2, 0.9}), 0.5);         // nothing to tune on
  EXPECT_EQ(best_f1_threshold(Bits{0, 1, 1}, Numbers{0.1, 0.6, 0.9}), 0.5);         // as good as any
  EXPECT_DOUBLE_EQ(best_f1_threshold(Bits{0, 1, 1}, Numbers{0.1, 0.3, 0.9}), 0.2);  // halfway
}

TEST(LabelMetrics, IntervalsCoverAsManyRowsWould) {
  // Of rows drawn with a true accuracy of 0.8, bootstrap and Wilson's interval must agree about the width.
  Random random({.seed = 3}, 0);
  LabelledScores all{{}, {}, 1000, 1};
  for (int i = 0; i < 1000; ++i) {
    all.truth.push_back(static_cast<uint8_t>(random.below(2)));
    all.scores.push_back((random.uniform() < 0.8) == (all.truth.back() == 1) ? 0.9 : 0.1);
  }
  const JudgedLabels judged = all.judged();
  const Interval wilson = wilson_interval(judged.value.accuracy, 1000);
  EXPECT_NEAR(judged.low.accuracy, wilson.low, 0.006);
  EXPECT_NEAR(judged.high.accuracy, wilson.high, 0.006);
  EXPECT_LT(judged.low.f1[0], judged.value.f1[0]);
  EXPECT_GT(judged.high.f1[0], judged.value.f1[0]);
  EXPECT_LT(judged.low.auc, judged.value.auc);
  const JudgedLabels again = all.judged();
  EXPECT_EQ(judged.low.f1, again.low.f1);  // a function of the seed, whatever the threads
}

TEST(LabelMetrics, TheRarestClassOfARowIsItsStratum) {
  const Bits truth{1, 1, 0,  //
                   1, 0, 0,  //
                   1, 1, 1,  //
                   0, 0, 0};
  EXPECT_EQ(rarest_classes(truth, 4, 3), (std::vector<int32_t>{1, 0, 2, -1}));
}

}  // namespace
}  // namespace simclr
