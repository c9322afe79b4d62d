#include "eval/one_vs_rest.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/expect_error.hpp"
#include "base/random.hpp"
#include "eval/label_metrics.hpp"

namespace simclr {
namespace {

struct SignedRows {
  std::vector<float> values;
  std::vector<uint8_t> truth;  // [rows, 3]: by the sign of each of two features; the third has nobody
  Table table() const { return {values, values.size() / 4, 4}; }
};

SignedRows signed_rows(size_t count, uint64_t seed) {
  SignedRows rows;
  Random random({.seed = seed}, 0);
  for (size_t i = 0; i < count; ++i) {
    for (int j = 0; j < 4; ++j) rows.values.push_back(static_cast<float>(random.normal()));
    const float* x = rows.values.data() + i * 4;
    rows.truth.push_back(x[0] > 0.2F ? 1 : 0);
    rows.truth.push_back(x[1] + x[2] > 1.0F ? 1 : 0);
    rows.truth.push_back(0);
  }
  return rows;
}

TEST(OneVsRest, TellsEachClassOnItsOwn) {
  const SignedRows train = signed_rows(600, 1), test = signed_rows(400, 2);
  const OneVsRest model = fit_one_vs_rest(train.table(), train.truth, 3, std::nullopt, 0);
  const auto scores = predict(model, test.table());
  const ScoredLabels scored{test.truth, scores, 400, 3};
  const LabelFigures f = judge_labels(scored, decide(scored, model.thresholds), 0).value;
  EXPECT_GT(f.f1[0], 0.95);
  EXPECT_GT(f.f1[1], 0.95);
  EXPECT_EQ(f.f1[2], 0);  // a class without a training row is predicted with its share, 0
  for (size_t i = 0; i < 400; ++i) EXPECT_EQ(scores[3 * i + 2], 0);
}

TEST(OneVsRest, ACIsTakenAsGiven) {
  const SignedRows train = signed_rows(80, 3);
  EXPECT_EQ(fit_one_vs_rest(train.table(), train.truth, 3, 0.5, 0).c, 0.5);
}

TEST(OneVsRest, RefusesLabelsThatDoNotFit) {
  const SignedRows train = signed_rows(80, 3);
  expect_error([&] { fit_one_vs_rest(train.table(), train.truth, 2, 1, 0); }, Exit::data, {"80 rows", "240"});
}

}  // namespace
}  // namespace simclr
