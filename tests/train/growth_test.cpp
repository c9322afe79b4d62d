#include "train/growth.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace simclr {
namespace {

std::vector<int> sizes(const Growth& growth, int64_t total) {
  std::vector<int> all;
  for (int64_t step = 0; step < total; ++step)
    all.push_back(growth.stages()[growth.stage_at(step, total)].size);
  return all;
}

TEST(Growth, NoneIsTheImageSizeThroughout) {
  const Growth growth("none", 32);
  EXPECT_EQ(growth.text(), "none");
  EXPECT_EQ(sizes(growth, 3), (std::vector<int>{32, 32, 32}));
}

TEST(Growth, LinearGoesUpInEqualStagesAndEndsAtTheImageSize) {
  const Growth growth("linear(from=0.5,until=0.6,stages=3)", 32);
  EXPECT_EQ(sizes(growth, 10), (std::vector<int>{16, 16, 16, 24, 24, 24, 32, 32, 32, 32}));
  EXPECT_EQ(Growth(growth.text(), 32).text(), growth.text());
}

TEST(Growth, LargePicturesGrowInMultiplesOf16) {
  const Growth growth("linear(from=0.57,until=0.5,stages=3)", 224);
  EXPECT_EQ(growth.stages()[0].size, 128);
  EXPECT_EQ(growth.stages()[1].size, 176);
  EXPECT_EQ(growth.stages()[2].size, 224);
}

TEST(Growth, SizesThatRoundToTheSameAreOneStage) {
  const Growth growth("linear(from=0.9,until=0.8,stages=5)", 12);
  double shares = 0;
  for (const auto& stage : growth.stages()) shares += stage.share;
  EXPECT_NEAR(shares, 1, 1e-12);
  EXPECT_EQ(growth.stages().size(), 1U);
  EXPECT_EQ(growth.stages().back().size, 12);
}

TEST(Growth, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"sudden", "linear(from=2)", "linear(form=0.5)", "none(from=1)", "linear(stages=1)"})
    EXPECT_THROW(Growth(text, 32), Error) << text;
}

TEST(Growth, ProbesGiveEachStageAsManySteps) {
  const Growth growth("linear(from=0.5,until=0.7,stages=3)", 32);
  std::vector<int> counts(3);
  for (int64_t step = 0; step < 21; ++step) ++counts[growth.stage_of_probe(step, 21)];
  EXPECT_EQ(counts, (std::vector<int>{7, 7, 7}));
}

}  // namespace
}  // namespace simclr
