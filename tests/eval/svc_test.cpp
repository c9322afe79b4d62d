#include "eval/svc.hpp"

#include <gtest/gtest.h>

#include "base/expect_error.hpp"
#include "eval/metrics.hpp"
#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

using Classify = std::vector<int32_t> (*)(const Table&, Labels, const Table&);

std::vector<int32_t> by_kernel(const Table& train, Labels labels, const Table& queries) {
  return svc_predict(train, labels, queries);
}
std::vector<int32_t> by_line(const Table& train, Labels labels, const Table& queries) {
  return linear_svc_predict(train, labels, queries);
}

class Svc : public testing::TestWithParam<Classify> {};

TEST_P(Svc, SeparatesCloudsAndIsTheSameTwice) {
  const SampleTable train = class_clouds(150, 12, 5, 0.15, 1), test = class_clouds(90, 12, 5, 0.15, 1);
  const auto predicted = GetParam()(train.table(), train.labels, test.table());
  EXPECT_GT(accuracy(predicted, test.labels), 0.97);
  EXPECT_EQ(predicted, GetParam()(train.table(), train.labels, test.table()));
}

TEST_P(Svc, ClassesNeedNotBeAllThere) {
  SampleTable train = class_clouds(60, 6, 2, 0.2, 2);
  for (auto& label : train.labels) label = label == 0 ? 3 : 7;
  for (const int32_t label : GetParam()(train.table(), train.labels, train.table()))
    EXPECT_TRUE(label == 3 || label == 7);
  std::fill(train.labels.begin(), train.labels.end(), 4);
  EXPECT_EQ(GetParam()(train.table(), train.labels, train.table()), std::vector<int32_t>(60, 4));
}

TEST_P(Svc, AColumnThatIsConstantChangesNothing) {
  const SampleTable train = class_clouds(80, 5, 3, 0.3, 4);
  SampleTable wider{{}, 80, 6, train.labels};
  for (size_t i = 0; i < 80; ++i) {
    for (size_t j = 0; j < 5; ++j) wider.values.push_back(train.values[i * 5 + j]);
    wider.values.push_back(1000);
  }
  EXPECT_EQ(GetParam()(train.table(), train.labels, train.table()),
            GetParam()(wider.table(), wider.labels, wider.table()));
}

TEST_P(Svc, RefusesTablesThatDontFit) {
  const SampleTable train = class_clouds(20, 5, 2, 0.3, 4), other = class_clouds(20, 4, 2, 0.3, 4);
  expect_error([&] { GetParam()(train.table(), train.labels, other.table()); }, Exit::data, {"width"});
}

INSTANTIATE_TEST_SUITE_P(Kinds, Svc, testing::Values(by_kernel, by_line));

// What a line can't separate, a kernel can: the inside of a circle.
TEST(SvcKernel, FollowsACircle) {
  SampleTable sample = random_table(400, 2, 9);
  for (size_t i = 0; i < 400; ++i) {
    const float x = sample.values[2 * i], y = sample.values[2 * i + 1];
    sample.labels.push_back(x * x + y * y < 1.2F ? 1 : 0);
  }
  EXPECT_GT(accuracy(by_kernel(sample.table(), sample.labels, sample.table()), sample.labels), 0.95);
  EXPECT_LT(accuracy(by_line(sample.table(), sample.labels, sample.table()), sample.labels), 0.75);
}

}  // namespace
}  // namespace simclr
