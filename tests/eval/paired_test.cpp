#include "eval/paired.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace simclr {
namespace {

TEST(PairedTest, EqualsScipyAndTheCorrectionByHand) {
  std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/stats.json");
  const auto golden = nlohmann::json::parse(file);
  const auto number = [&](const char* key) { return golden.at(key).get<double>(); };
  const std::vector<double> a = golden.at("a"), b = golden.at("b");
  const PairedTest plain = paired_test(a, b);
  EXPECT_NEAR(plain.t, number("paired_t"), 1e-9);
  EXPECT_NEAR(plain.p, number("p"), 1e-9);
  EXPECT_NEAR(plain.mean_interval.low, golden.at("ci95").at(0).get<double>(), 1e-9);
  EXPECT_NEAR(plain.mean_interval.high, golden.at("ci95").at(1).get<double>(), 1e-9);
  EXPECT_NEAR(plain.sign_flip_p, number("sign_flip_permutation_p"), 1e-12);
  const PairedTest corrected = paired_test(a, b, number("nadeau_bengio_test_over_train"));
  EXPECT_NEAR(corrected.t, number("t_corrected"), 1e-9);
  EXPECT_NEAR(corrected.p, number("p_corrected"), 1e-9);
  const std::vector<double> adjusted = golden.at("holm").at("adjusted");
  const auto ours = holm(golden.at("holm").at("p"));
  for (size_t i = 0; i < adjusted.size(); ++i) EXPECT_NEAR(ours[i], adjusted[i], 1e-12);
}

TEST(PairedTest, ChangesSignWithItsSides) {
  const PairedTest one = paired_test({1, 2, 4}, {0, 2, 3}), other = paired_test({0, 2, 3}, {1, 2, 4});
  EXPECT_EQ(one.t, -other.t);
  EXPECT_EQ(one.p, other.p);
  EXPECT_EQ(one.sign_flip_p, other.sign_flip_p);
}

TEST(PairedTest, SaysNothingWhereThereIsNothingToSay) {
  EXPECT_EQ(paired_test({}, {}).p, 1);
  EXPECT_EQ(paired_test({0.5}, {0.4}).p, 1);
  EXPECT_EQ(paired_test({0.5, 0.6}, {0.5, 0.6}).p, 1);
  EXPECT_EQ(paired_test({0.75, 0.5}, {0.5, 0.25}).p, 0.5);  // always the same difference: the signs alone
  EXPECT_EQ(paired_test({0.7, 0.5, 0.3}, {0.6, 0.4, 0.2}).p, 0.25);  // the same but for rounding
  EXPECT_TRUE(std::isnan(paired_test(std::vector<double>(17, 1), std::vector<double>(17, 0)).sign_flip_p));
  EXPECT_THROW(paired_test({1}, {}), Error);
}

TEST(Holm, KeepsTheOrderOfItsInput) {
  const auto adjusted = holm({0.04, 0.01, 0.9});
  EXPECT_NEAR(adjusted[0], 0.08, 1e-12);
  EXPECT_NEAR(adjusted[1], 0.03, 1e-12);
  EXPECT_NEAR(adjusted[2], 0.9, 1e-12);
  EXPECT_TRUE(holm({}).empty());
}

}  // namespace
}  // namespace simclr
