#include "eval/monitors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

void expect_relative(double ours, double wanted) {
  EXPECT_NEAR(ours, wanted, 1e-5 * std::abs(wanted));
}

SampleTable identity_rows(size_t width) {
  SampleTable sample{std::vector<float>(width * width), width, width};
  for (size_t i = 0; i < width; ++i) sample.values[i * width + i] = 1;
  return sample;
}

double uniformity_by_hand(const SampleTable& z) {
  double sum = 0;
  size_t pairs = 0;
  for (size_t i = 0; i < z.rows; ++i)
    for (size_t j = i + 1; j < z.rows; ++j, ++pairs) {
      const auto a = z.table().row(i), b = z.table().row(j);
      double aa = 0, bb = 0, square = 0;
      for (size_t d = 0; d < z.width; ++d)
        aa += double{a[d]} * double{a[d]}, bb += double{b[d]} * double{b[d]};
      for (size_t d = 0; d < z.width; ++d) square += std::pow(a[d] / std::sqrt(aa) - b[d] / std::sqrt(bb), 2);
      sum += std::exp(-2 * square);
    }
  return std::log(sum / static_cast<double>(pairs));
}

TEST(Monitors, GoldenFile) {
  const auto golden = golden_file("monitors.json");
  const SampleTable x = table_from(golden.at("X")), second = table_from(golden.at("alignment").at("zB"));
  const SampleTable first{{x.values.begin(), x.values.begin() + 32 * 8}, 32, 8};
  expect_relative(effective_rank(x.table()), golden.at("rankme_eps1e7").get<double>());
  expect_relative(uniformity(x.table()), golden.at("uniformity_t2").get<double>());
  expect_relative(std_of_unit_rows(x.table()),
                  golden.at("std_normalised_mean").get<double>() * std::sqrt(8.0));
  expect_relative(alignment(first.table(), second.table()), golden.at("alignment").at("value").get<double>());
}

TEST(Monitors, CollapsedRowsShowIt) {
  SampleTable same = random_table(1, 16, 1);
  for (int i = 1; i < 300; ++i)
    for (size_t j = 0; j < 16; ++j) same.values.push_back(same.values[j]);
  same.rows = 300;
  EXPECT_NEAR(std_of_unit_rows(same.table()), 0, 1e-12);
  EXPECT_NEAR(effective_rank(same.table()), 1, 1e-5);
  EXPECT_NEAR(uniformity(same.table()), 0, 1e-12);
  const SampleTable zeros{std::vector<float>(300 * 16), 300, 16};
  EXPECT_EQ(std_of_unit_rows(zeros.table()), 0);
  EXPECT_EQ(effective_rank(zeros.table()), 1);
  EXPECT_EQ(uniformity(zeros.table()), 0);
}

TEST(Monitors, RandomDirectionsAreHealthy) {
  const SampleTable z = random_table(1000, 64, 2);
  EXPECT_NEAR(std_of_unit_rows(z.table()), 1, 0.02);
  EXPECT_NEAR(uniformity(z.table()), -4, 0.15);
  EXPECT_GT(effective_rank(z.table()), 60);
}

TEST(Monitors, OrthonormalRowsHaveFullRankWhateverTheScale) {
  for (const size_t width : {1U, 2U, 17U}) {
    SampleTable rows = identity_rows(width);
    EXPECT_NEAR(effective_rank(rows.table()), static_cast<double>(width), 1e-9);
    for (float& value : rows.values) value *= 1e-12F;
    EXPECT_NEAR(effective_rank(rows.table()), static_cast<double>(width), 1e-9);
  }
}

TEST(Monitors, RankIsTheSameForTheTransposedTable) {
  const SampleTable wide = random_table(5, 40, 3);
  SampleTable tall{std::vector<float>(200), 40, 5};
  for (size_t i = 0; i < 5; ++i)
    for (size_t j = 0; j < 40; ++j) tall.values[j * 5 + i] = wide.values[i * 40 + j];
  EXPECT_NEAR(effective_rank(wide.table()), effective_rank(tall.table()), 1e-9);
  EXPECT_LE(effective_rank(wide.table()), 5);
}

TEST(Monitors, UniformityEqualsTheDoubleLoopAcrossTiles) {
  for (const size_t rows : {2U, 127U, 128U, 129U, 400U}) {
    const SampleTable z = random_table(rows, 6, rows);
    EXPECT_NEAR(uniformity(z.table()), uniformity_by_hand(z), 1e-10) << rows;
  }
}

TEST(Monitors, AlignmentOfIdenticalOppositeAndOrthogonalViews) {
  SampleTable first = identity_rows(8), second = first;
  for (float& value : second.values) value *= 7;  // length doesn't count
  EXPECT_NEAR(alignment(first.table(), second.table()), 0, 1e-12);
  for (float& value : second.values) value *= -1;
  EXPECT_NEAR(alignment(first.table(), second.table()), 4, 1e-12);
  std::rotate(second.values.begin(), second.values.begin() + 8, second.values.end());
  EXPECT_NEAR(alignment(first.table(), second.table()), 2, 1e-12);
}

TEST(Monitors, BrokenEmbeddingsGiveNotANumberInsteadOfAnEnd) {
  SampleTable z = random_table(10, 4, 1);
  z.values[5] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan(effective_rank(z.table())));
  EXPECT_TRUE(std::isnan(std_of_unit_rows(z.table())));
  EXPECT_TRUE(std::isnan(uniformity(z.table())));
}

}  // namespace
}  // namespace simclr
