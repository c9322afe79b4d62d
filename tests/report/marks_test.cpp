#include "report/marks.hpp"

#include <gtest/gtest.h>

#include <set>

namespace simclr {
namespace {

TEST(Marks, AHundredGroupsHaveMarksOfTheirOwn) {
  std::set<std::pair<std::string, std::string>> marks;
  for (size_t group = 0; group < marks_apart; ++group) marks.insert({mark_class(group), mark_path(group, 5)});
  EXPECT_EQ(marks.size(), marks_apart);
}

TEST(Marks, NeighboursDifferInColourAndShape) {
  for (size_t group = 0; group + 1 < marks_apart; ++group) {
    EXPECT_NE(mark_class(group), mark_class(group + 1)) << group;
    EXPECT_NE(mark_path(group, 5), mark_path(group + 1, 5)) << group;
  }
}

TEST(Marks, ShapesAreClosedAndGrowWithTheRadius) {
  EXPECT_EQ(mark_path(0, 2), "m-2 0a2 2 0 1 1 4 0a2 2 0 1 1 -4 0z");
  EXPECT_EQ(mark_path(3, 10), "m13.4 0l-13.4 13.4 -13.4 -13.4 13.4 -13.4z");
  for (size_t group = 0; group < 10; ++group) {
    const std::string path = mark_path(group, 4);
    EXPECT_EQ(path.front(), 'm') << group;
    EXPECT_EQ(path.back(), 'z') << group;
  }
}

}  // namespace
}  // namespace simclr
