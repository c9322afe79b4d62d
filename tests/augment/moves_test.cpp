// The laws of flip, rotate and shift.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.hpp"
#include "image/resample.hpp"
#include "made_rasters.hpp"

namespace simclr {
namespace {

using made::applied, made::raster, made::usual;

std::map<std::vector<float>, int> outcomes(const char* text, const Image& in, int draws) {
  std::map<std::vector<float>, int> seen;
  for (uint64_t index = 0; index < static_cast<uint64_t>(draws); ++index) {
    const Image out = applied(text, in, index);
    const auto x = out.band<float>(out.bands() - 1);
    ++seen[{x.begin(), x.end()}];
  }
  return seen;
}

TEST(Moves, FlipAlongBothAxesAndQuarterTurnsAreEachAsLikely) {
  const Image in = raster(4, 5);
  for (const char* text : {"flip(axis=both)@1", "rotate(quarters=true)"}) {
    const auto seen = outcomes(text, in, 2000);
    EXPECT_EQ(seen.size(), 4U) << text;
    for (const auto& [pixels, count] : seen) EXPECT_NEAR(count, 500, 100) << text;
  }
  const Image turned = rotate_mirrored(in, 90, Filter::nearest);
  const auto x = turned.band<float>(3);
  EXPECT_EQ(outcomes("rotate(quarters=true)", in, 200).count({x.begin(), x.end()}), 1U);
  EXPECT_THROW(Pipeline("rotate(quarters=true,degrees=0..90)"), Error);
}

TEST(Moves, ShiftsLieInTheirShareAndReachItBothWays) {
  Image dot(2, 40, 40, Sample::f32);
  dot.band<float>(1)[20 * 40 + 20] = 1;
  std::set<int> down, right;
  for (uint64_t index = 0; index < 400; ++index) {
    const Image out = applied("shift(border=fill)", dot, index);
    const auto x = out.band<float>(1);
    const auto at = static_cast<int>(std::find(x.begin(), x.end(), 1.0F) - x.begin());
    down.insert(at / 40 - 20);
    right.insert(at % 40 - 20);
  }
  EXPECT_EQ(down.size(), 9U);
  EXPECT_TRUE(*down.begin() == -4 && *down.rbegin() == 4 && *right.begin() == -4 && *right.rbegin() == 4);
}

}  // namespace
}  // namespace simclr
