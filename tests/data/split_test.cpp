#include "data/split.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace simclr {
namespace {

TEST(Split, NamesReadBack) {
  for (const Split split : {Split::train, Split::val, Split::test})
    EXPECT_EQ(parse_split(name(split)), split);
  EXPECT_EQ(parse_split("valid"), std::nullopt);
  EXPECT_EQ(parse_split(""), std::nullopt);
}

TEST(Split, FoldersCallThemInOtherWays) {
  EXPECT_EQ(split_called("Training"), Split::train);
  EXPECT_EQ(split_called("valid"), Split::val);
  EXPECT_EQ(split_called("VALIDATION"), Split::val);
  EXPECT_EQ(split_called("test"), Split::test);
  EXPECT_EQ(split_called("cat"), std::nullopt);
}

TEST(Split, FractionsAreMetOverManyIds) {
  std::map<Split, int> counts;
  for (int i = 0; i < 100000; ++i) ++counts[assign_split("class/" + std::to_string(i) + ".png", 0.1, 0.2)];
  EXPECT_NEAR(counts[Split::val], 10000, 400);  // 4 standard deviations are 380
  EXPECT_NEAR(counts[Split::test], 20000, 510);
  EXPECT_EQ(counts[Split::none], 0);
}

TEST(Split, TheEndsAreExact) {
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i);
    EXPECT_EQ(assign_split(id, 0, 0), Split::train);
    EXPECT_EQ(assign_split(id, 0, 1), Split::test);
    EXPECT_EQ(assign_split(id, 1, 0), Split::val);
  }
}

// The hash is part of the contract: published splits must not move with a new version.
TEST(Split, TheHashStaysWhatItIs) {
  std::vector<Split> found;
  for (const char* id :
       {"", "a", "b", "cat/1.jpg", "cat/2.jpg", "cat/3.jpg", "train-images-idx3-ubyte[17]", "\xff\n"})
    found.push_back(assign_split(id, 0.3, 0.3));
  const Split r = Split::train, v = Split::val, e = Split::test;  // by an implementation in Python
  EXPECT_EQ(found, (std::vector<Split>{r, e, e, e, v, r, e, r}));
}

TEST(Split, ARecordNeverLeavesTestWhenTestGrows) {
  for (int i = 0; i < 2000; ++i) {
    const std::string id = std::to_string(i);
    if (assign_split(id, 0.1, 0.1) == Split::test) {
      EXPECT_EQ(assign_split(id, 0.2, 0.3), Split::test);
    }
  }
}

TEST(Fraction, GrowsByAddingAndKnowsNothingOfTheSplit) {
  int part = 0, validation = 0, both = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::string id = std::to_string(i);
    const bool in = in_fraction(id, 0.2), out = assign_split(id, 0.3, 0) == Split::val;
    if (in) {
      EXPECT_TRUE(in_fraction(id, 0.5));
    }
    part += in ? 1 : 0;
    validation += out ? 1 : 0;
    both += in && out ? 1 : 0;
    EXPECT_TRUE(in_fraction(id, 1));
  }
  EXPECT_NEAR(part, 2000, 160);
  EXPECT_NEAR(both, part * validation / 10000.0, 110);
}

TEST(Split, FractionsOutOfRangeAreRefused) {
  for (const auto& [val, test] :
       {std::pair(-0.1, 0.1), {0.1, -0.1}, {0.6, 0.5}, {0.0, 2.0}, {0.0, 0.0 / 0.0}}) {
    try {
      assign_split("a", val, test);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Exit::setting);
      EXPECT_NE(std::string(error.what()).find("--val-fraction"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace simclr
