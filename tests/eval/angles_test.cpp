#include "eval/angles.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/expect_error.hpp"
#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

TEST(Angles, OfTheGoldenFile) {
  const auto golden = golden_file("knn_angles.json");
  const SampleTable sample = table_from(golden.at("features"));
  const auto labels = golden.at("labels").get<std::vector<int32_t>>();
  const ClassAngles angles = class_angles(sample.table(), labels, 3);
  for (size_t a = 0; a < 3; ++a)
    for (size_t b = 0; b < 3; ++b) {
      const double radians = golden.at("mean_angle_rad_excluding_self").at(a).at(b).get<double>();
      EXPECT_NEAR(angles.degrees_of(a, b), radians * 180 / std::numbers::pi, 1e-4);
      EXPECT_NEAR(angles.cosine_distance[a * 3 + b],
                  golden.at("seed_repo_cosine_distance_1_minus_cos").at(a).at(b).get<double>(), 1e-6);
    }
  EXPECT_NEAR(angles.within, (angles.degrees[0] + angles.degrees[4] + angles.degrees[8]) / 3, 1e-12);
  EXPECT_NEAR(angles.between, (angles.degrees[1] + angles.degrees[2] + angles.degrees[5]) / 3, 1e-12);
}

// More rows than a tile; by the definition, pair by pair.
TEST(Angles, EqualTheDoubleLoop) {
  const SampleTable sample = class_clouds(530, 9, 4, 0.5, 3);
  const ClassAngles angles = class_angles(sample.table(), sample.labels, 4);
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b) {
      double sum = 0, pairs = 0;
      for (size_t i = 0; i < sample.rows; ++i)
        for (size_t j = 0; j < sample.rows; ++j) {
          if (i == j || sample.labels[i] != a || sample.labels[j] != b) continue;
          double product = 0, one = 0, other = 0;
          for (size_t k = 0; k < sample.width; ++k) {
            const double x = sample.values[i * sample.width + k], y = sample.values[j * sample.width + k];
            product += x * y;
            one += x * x;
            other += y * y;
          }
          sum += std::acos(product / std::sqrt(one * other)) * 180 / std::numbers::pi;
          ++pairs;
        }
      EXPECT_NEAR(angles.degrees_of(static_cast<size_t>(a), static_cast<size_t>(b)), sum / pairs, 1e-6);
    }
}

TEST(Angles, AClassOfOneHasNoneWithinAndAnEmptyOneNoneAtAll) {
  const SampleTable sample{{1, 0, 0, 1, -1, 0}, 3, 2, {0, 0, 2}};
  const ClassAngles angles = class_angles(sample.table(), sample.labels, 3);
  EXPECT_NEAR(angles.degrees_of(0, 0), 90, 1e-9);
  EXPECT_NEAR(angles.degrees_of(0, 2), (180 + 90) / 2.0, 1e-9);
  EXPECT_TRUE(std::isnan(angles.degrees_of(2, 2)));
  EXPECT_TRUE(std::isnan(angles.degrees_of(1, 0)));
  EXPECT_NEAR(angles.within, 90, 1e-9);
  EXPECT_NEAR(angles.between, 135, 1e-9);
  const auto pairs = least_separable(angles, 9);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_NEAR(pairs[0].more_than_within, 45, 1e-9);
}

TEST(Angles, TheLeastSeparablePairComesFirst) {
  SampleTable sample = class_clouds(90, 16, 3, 0.1, 5);
  for (size_t i = 0; i < sample.rows; ++i)  // class 2 becomes a copy of class 0, a little turned
    if (sample.labels[i] == 2)
      for (size_t j = 0; j < 16; ++j)
        sample.values[i * 16 + j] = sample.values[(i - 2) * 16 + j] + (j == 0 ? 0.05F : 0.0F);
  const auto pairs = least_separable(class_angles(sample.table(), sample.labels, 3), 2);
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].a, 0U);
  EXPECT_EQ(pairs[0].b, 2U);
  EXPECT_LT(pairs[0].more_than_within, 10);
  EXPECT_GT(pairs[1].more_than_within, 30);
}

TEST(Angles, OfManyRowsSomeAreTaken) {
  const SampleTable sample = class_clouds(1000, 8, 2, 0.4, 8);
  const ClassAngles all = class_angles(sample.table(), sample.labels, 2),
                    some = class_angles(sample.table(), sample.labels, 2, 150);
  EXPECT_EQ(some.rows, (std::vector<size_t>{150, 150}));
  EXPECT_NEAR(some.within, all.within, 2);
  EXPECT_NEAR(some.between, all.between, 2);
}

TEST(Angles, RefuseWhatHasNoAngle) {
  const SampleTable sample{{1, 0, std::nanf(""), 1}, 2, 2, {0, 1}};
  expect_error([&] { class_angles(sample.table(), sample.labels, 2); }, Exit::non_finite, {"row 1"});
}

}  // namespace
}  // namespace simclr
