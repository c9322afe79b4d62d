#include "eval/feature_covariance.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/lbfgs.hpp"
#include "eval/sample_tables.hpp"
#include "eval/softmax_objective.hpp"

namespace simclr {
namespace {

// Columns that are nearly sums of each other, as pixels or embeddings are.
SampleTable correlated_table(size_t rows, size_t width, uint64_t seed) {
  SampleTable sample = random_table(rows, width, seed);
  for (size_t i = 0; i < rows; ++i) {
    sample.labels.push_back(static_cast<int32_t>(i % 3));
    for (size_t j = 1; j < width; ++j) {
      float& value = sample.values[i * width + j];
      value = 0.95F * sample.values[i * width + j - 1] + 0.3F * value +
              0.1F * static_cast<float>(i % 3 * (j % 2));
    }
  }
  return sample;
}

TEST(FeatureCovariance, MultipliedBackGivesWhatWasGiven) {
  const SampleTable x = correlated_table(500, 9, 1);
  const size_t classes = 3;
  const double penalty = 0.01, guess = 2.0 / 9;
  const std::vector<double> given(classes * 10, 1.0);
  std::vector<double> solved = given;
  FeatureCovariance(x.table()).apply_inverse(solved, classes, penalty);
  for (size_t c = 0; c < classes; ++c)
    for (size_t j = 0; j < 9; ++j) {
      double back = penalty * solved[c * 9 + j];
      for (size_t l = 0; l < 9; ++l) {
        double covariance = 0;
        for (size_t i = 0; i < 500; ++i)
          covariance += double{x.values[i * 9 + j]} * double{x.values[i * 9 + l]} / 500;
        back += guess * covariance * solved[c * 9 + l];
      }
      EXPECT_NEAR(back, 1, 1e-4);
    }
  for (size_t c = 0; c < classes; ++c) EXPECT_DOUBLE_EQ(solved[classes * 9 + c], 1 / guess);
}

TEST(FeatureCovariance, LeadsToTheSameMinimumInFewerSteps) {
  const SampleTable x = correlated_table(2000, 40, 2);
  const FeatureCovariance covariance(x.table());
  SoftmaxObjective objective(x.table(), x.labels, 3, 0.02);
  const Objective call = [&](auto at, auto gradient) { return objective(at, gradient); };
  std::vector<double> plain(3 * 41), guided(3 * 41);
  const auto slow = minimise(call, plain, {.tolerance = 1e-4});
  const auto fast = minimise(call, guided, {.tolerance = 1e-4, .precondition = [&](std::span<double> v) {
                                              covariance.apply_inverse(v, 3, 1 / (0.02 * 2000));
                                            }});
  EXPECT_TRUE(slow.converged);
  EXPECT_TRUE(fast.converged);
  EXPECT_LT(2 * fast.evaluations, slow.evaluations);
  EXPECT_NEAR(fast.value, slow.value, 1e-4 * slow.value);
}

}  // namespace
}  // namespace simclr
