#include "eval/class_prediction.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"

namespace simclr {
namespace {

// Classes around points of their own, `apart` standard deviations from each other.
struct Clouds {
  std::vector<float> values;
  std::vector<int32_t> labels;
  size_t width = 4;
  Clouds(size_t rows, int32_t classes, double apart, uint64_t seed) {
    Random random({.seed = seed}, 0);
    for (size_t i = 0; i < rows; ++i) {
      labels.push_back(static_cast<int32_t>(i) % classes);
      for (size_t k = 0; k < width; ++k)
        values.push_back(
            static_cast<float>(random.normal() + (k == static_cast<size_t>(labels[i]) ? apart : 0)));
    }
  }
  Labelled view() const { return {{values, labels.size(), width}, labels}; }
};

TEST(ClassPrediction, ProbabilitiesSumToOneAndFavourTheClassPredicted) {
  const Clouds known(60, 3, 6, 1), asked(30, 3, 6, 2);
  for (const char* classifier : {"linear", "linear(c=1)", "svc", "knn", "knn(k=5)"}) {
    const ClassPrediction out = predict_classes(known.view(), asked.view().table, 3, classifier, 0);
    for (size_t i = 0; i < 30; ++i) {
      const double* row = out.probabilities.data() + 3 * i;
      EXPECT_NEAR(std::accumulate(row, row + 3, 0.0), 1, 1e-9) << classifier;
      EXPECT_EQ(out.predicted[i], asked.labels[i]) << classifier;
      EXPECT_EQ(std::max_element(row, row + 3) - row, asked.labels[i]) << classifier;
    }
  }
}

TEST(ClassPrediction, TheSameEachTime) {
  const Clouds known(60, 3, 2, 1), asked(30, 3, 2, 2);
  const auto once = predict_classes(known.view(), asked.view().table, 3, "svc", 0).probabilities;
  EXPECT_EQ(predict_classes(known.view(), asked.view().table, 3, "svc", 0).probabilities, once);
}

TEST(CrossValidation, IsTheShareOfRowsToldFromTheOthers) {
  EXPECT_EQ(cross_validate(Clouds(60, 3, 12, 1).view(), 3, "knn(k=3)", 0).accuracy, 1);
  const CrossValidation chance = cross_validate(Clouds(300, 3, 0, 1).view(), 3, "linear(c=1)", 0);
  EXPECT_NEAR(chance.accuracy, 1.0 / 3, 0.09);
  EXPECT_LT(chance.low, 1.0 / 3);
  EXPECT_GT(chance.high, 1.0 / 3);
  EXPECT_EQ(chance.rows, 300U);
  EXPECT_EQ(chance.folds, 5U);
}

TEST(CrossValidation, CountsAClassOfOneRowAsWrongAndSaysWhenThereIsNothingToLeaveOut) {
  const Clouds clouds(20, 2, 12, 1);
  std::vector<int32_t> labels = clouds.labels;
  labels[0] = 2;
  const CrossValidation one = cross_validate({{clouds.values, 20, 4}, labels}, 3, "knn(k=1)", 0);
  EXPECT_LE(one.accuracy, 0.95);
  EXPECT_EQ(cross_validate({{clouds.values, 1, 4}, Labels(labels).first(1)}, 3, "knn", 0).folds, 0U);
}

TEST(ClassPrediction, RefusesWhatGivesNoProbabilities) {
  EXPECT_THROW(check_classifier("linear_svc"), Error);
  EXPECT_THROW(check_classifier("forest"), Error);
  EXPECT_NO_THROW(check_classifier("svc(c=2)"));
}

}  // namespace
}  // namespace simclr
