#include "data/statistics.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <cmath>

#include "data/fixture.hpp"
#include "data/inspect.hpp"

namespace simclr {
namespace {

using test::gray_png;
using test::npy;
using test::png;
using test::TempFolder;

std::string refused(const std::string& path) {
  try {
    measure(*open_source(path));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::data);
    return error.what();
  }
  ADD_FAILURE() << "measured";
  return "";
}

TEST(Statistics, MeanAndDeviationByHand) {
  const TempFolder folder;
  folder.write("a.png", png(2, 2, {0, 51, 255}));
  folder.write("b.png", png(8, 4, {102, 51, 255}));  // larger, but one picture like the other
  const auto result = measure(*open_source(folder.root()));
  EXPECT_EQ(result.bands, 3);
  EXPECT_EQ(result.sampled, 2U);
  EXPECT_EQ(result.least_height, 2);
  EXPECT_EQ(result.most_height, 8);
  EXPECT_EQ(result.least_width, 2);
  EXPECT_EQ(result.most_width, 4);
  EXPECT_EQ(result.median_side, 2);
  EXPECT_DOUBLE_EQ(result.bytes_per_image, (12 + 96) / 2.0);
  EXPECT_NEAR(result.mean[0], 0.2, 1e-12);
  EXPECT_NEAR(result.std[0], 0.2, 1e-12);
  EXPECT_NEAR(result.mean[1], 0.2, 1e-12);
  EXPECT_DOUBLE_EQ(result.std[1], 1e-6);  // never a division by zero
  EXPECT_NEAR(result.mean[2], 1, 1e-12);
}

TEST(Statistics, PixelsWithinAPictureCountToo) {
  const TempFolder folder;
  folder.write("a.npy", npy("|u1", "1, 2, 2", std::string("\x00\x00\x33\xff", 4)));
  const auto result = measure(*open_source(folder.at("a.npy")));
  const double mean = (0.2 + 1) / 4;
  EXPECT_EQ(result.bands, 1);
  EXPECT_NEAR(result.mean[0], mean, 1e-12);
  EXPECT_NEAR(result.std[0], std::sqrt((0.04 + 1) / 4 - mean * mean), 1e-12);
}

TEST(Statistics, GrayAmongColourCountsInEveryBand) {
  const TempFolder folder;
  folder.write("a.png", gray_png(51));
  folder.write("b.png", png(4, 4, {51, 102, 153}));
  const auto source = open_source(folder.root());
  const auto found = measure(*source), asked = measure(*source, {.bands = 3});
  EXPECT_EQ(found.bands, 3);
  EXPECT_EQ(found.mean, asked.mean);
  EXPECT_EQ(found.std, asked.std);
  EXPECT_EQ(found.bytes_per_image, 48);
  EXPECT_NEAR(found.mean[2], 0.4, 1e-12);
  EXPECT_EQ(measure(*source, {.bands = 1}).bands, 1);
}

TEST(Statistics, WidestSampleTypeAndUnitRange) {
  const TempFolder folder;
  folder.write("a.png", gray_png(255));
  folder.write("b.png", png(4, 4, {0xFF, 0xFF}));
  const auto result = measure(*open_source(folder.root()));
  EXPECT_EQ(result.sample, Sample::u16);
  EXPECT_NEAR(result.mean[0], 1, 1e-12);
}

TEST(Statistics, NotANumberIsLeftOut) {
  const TempFolder folder;
  const std::vector<float> values{1, std::nanf(""), 3, INFINITY};
  folder.write("a.npy", npy("<f4", "1, 2, 2", {reinterpret_cast<const char*>(values.data()), 16}));
  const auto result = measure(*open_source(folder.at("a.npy")));
  EXPECT_DOUBLE_EQ(result.mean[0], 2);
  EXPECT_DOUBLE_EQ(result.std[0], 1);
}

TEST(Statistics, APictureOfOtherBandsThanTheRestIsBad) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  for (int i = 0; i < 5; ++i) folder.write(std::to_string(i) + ".png", png(4, 4, {1, 2, 3}));
  EXPECT_TRUE(measure(*open_source(folder.root())).bad.empty());  // gray and RGB go together
  test::write_tiff(folder.at("raster.tif"), 5);
  const auto result = measure(*open_source(folder.root()));
  EXPECT_EQ(result.bands, 3);
  ASSERT_EQ(result.bad.size(), 1U);
  EXPECT_EQ(result.bad[0].path, folder.at("raster.tif"));
  EXPECT_EQ(result.bad[0].error, "5 bands where 3 are expected");
}

TEST(Statistics, TheRangeOfFloatPicturesIsKnown) {
  const TempFolder folder;
  const std::vector<float> values{-1, std::nanf(""), 3, INFINITY};
  folder.write("a.npy", npy("<f4", "1, 2, 2", {reinterpret_cast<const char*>(values.data()), 16}));
  EXPECT_EQ(measure(*open_source(folder.at("a.npy"))).range, (Range{-1, 3}));
  folder.write("b.png", gray_png());
  EXPECT_EQ(measure(*open_source(folder.root())).range, (Range{0, 1}));
}

TEST(Statistics, OnlyTheRecordsNamedAreLookedAt) {
  const TempFolder folder;
  folder.write("a.png", gray_png(0));
  folder.write("b.png", gray_png(255));
  const auto source = open_source(folder.root());
  EXPECT_EQ(measure(*source, std::vector<uint32_t>{1}).mean[0], 1);
}

TEST(Statistics, BadFilesAreListed) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("b.png", "");
  const auto result = measure(*open_source(folder.root()));
  EXPECT_EQ(result.sampled, 2U);
  ASSERT_EQ(result.bad.size(), 1U);
  EXPECT_EQ(result.bad[0].path, folder.at("b.png"));
  EXPECT_EQ(result.bad[0].error, "empty file");
}

TEST(Statistics, NothingThatDecodes) {
  const TempFolder folder;
  folder.write("a.png", gray_png().substr(0, 45));
  const auto said = refused(folder.root());
  EXPECT_NE(said.find("none of the 1 pictures looked at can be decoded"), std::string::npos) << said;
  EXPECT_NE(said.find("a.png"), std::string::npos);
}

TEST(Statistics, TheSampleIsFixedBySeedAndSpread) {
  const TempFolder folder;
  std::string values;
  for (int i = 0; i < 4000; ++i) values += static_cast<char>(i / 16);
  folder.write("a.npy", npy("|u1", "4000, 1, 1", values));
  const auto source = open_source(folder.at("a.npy"));
  const auto one = measure(*source, {}, 500, 7), same = measure(*source, {}, 500, 7),
             other = measure(*source, {}, 500, 8);
  EXPECT_EQ(one.sampled, 500U);
  EXPECT_EQ(one.mean, same.mean);
  EXPECT_EQ(one.std, same.std);
  EXPECT_NE(one.mean, other.mean);
  EXPECT_NEAR(one.mean[0], measure(*source, {}, 4000).mean[0], 0.06);  // four standard errors
}

TEST(Statistics, TheNumberOfThreadsChangesNoBit) {
  cpu_set_t usual, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof usual, &usual), 0);
  if (CPU_COUNT(&usual) < 2) GTEST_SKIP() << "there is one processor only";
  const TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 300 * 7; ++i) {
    const float value = 1.0F / static_cast<float>(i + 3);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  folder.write("a.npy", npy("<f4", "300, 1, 7", bytes));
  const auto source = open_source(folder.at("a.npy"));
  const auto many = measure(*source);
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &usual)) CPU_SET(cpu, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  const auto single = measure(*source);
  ::sched_setaffinity(0, sizeof usual, &usual);
  EXPECT_EQ(many.mean, single.mean);
  EXPECT_EQ(many.std, single.std);
}

TEST(Statistics, FashionMnistHasThePublishedFigures) {
  const std::string root = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const auto result = measure(*open_source(root + ":train"), {}, 60000);
  EXPECT_EQ(result.sampled, 60000U);
  EXPECT_NEAR(result.mean[0], 0.2860, 5e-5);
  EXPECT_NEAR(result.std[0], 0.3530, 5e-5);
  EXPECT_EQ(suggest_image_size(result), 28);
}

TEST(SuggestImageSize, EvenUpTo64ThenMultiplesOf32) {
  const auto suggested = [](int side) {
    Statistics statistics;
    statistics.median_side = side;
    return suggest_image_size(statistics);
  };
  EXPECT_EQ(suggested(1), 16);
  EXPECT_EQ(suggested(16), 16);
  EXPECT_EQ(suggested(27), 28);
  EXPECT_EQ(suggested(28), 28);
  EXPECT_EQ(suggested(63), 64);
  EXPECT_EQ(suggested(64), 64);
  EXPECT_EQ(suggested(65), 64);
  EXPECT_EQ(suggested(96), 96);
  EXPECT_EQ(suggested(127), 96);
  EXPECT_EQ(suggested(223), 192);
  EXPECT_EQ(suggested(224), 224);
  EXPECT_EQ(suggested(4000), 224);
}

TEST(SuggestBatchSize, EightStepsAnEpoch) {
  EXPECT_EQ(suggest_batch_size(1), 1);
  EXPECT_EQ(suggest_batch_size(10), 10);
  EXPECT_EQ(suggest_batch_size(100), 16);
  EXPECT_EQ(suggest_batch_size(1000), 64);
  EXPECT_EQ(suggest_batch_size(2047), 128);
  EXPECT_EQ(suggest_batch_size(2048), 256);
  EXPECT_EQ(suggest_batch_size(10000000), 256);
}

}  // namespace
}  // namespace simclr
