#include "data/file_numbers.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace simclr {
namespace {

TEST(FileNumbers, TheLevelIsThatOfTheStrongestBand) {
  Image raster(2, 1, 3, Sample::f32);
  const float values[] = {1, NAN, 7, -3, 4, 0};
  std::copy(std::begin(values), std::end(values), raster.band<float>(0).data());
  EXPECT_NEAR(level_of(raster), 5, 1e-12);  // (1 + 49) / 2, NaN left out; (9 + 16) / 3
}

TEST(FileNumbers, ReflectancesAmongDigitalNumbersAreFound) {
  const std::vector<double> levels{2100, 0.21, 3500, 240, 0.9, 9000, 1800};
  EXPECT_EQ(of_another_scale(levels), (std::vector<bool>{false, true, false, false, true, false, false}));
  EXPECT_EQ(of_another_scale({0.2, 0.3, 0.25, 2500}), (std::vector<bool>{false, false, false, true}));
}

TEST(FileNumbers, LevelsThatFillTheWayAreOneScale) {
  std::vector<double> levels;
  for (double level = 0.01; level < 1e5; level *= 20)
    levels.push_back(level);  // lights at night, from dark to bright
  EXPECT_EQ(of_another_scale(levels), std::vector<bool>(levels.size(), false));
  FileNumbers all;
  for (const double level : levels) all.add({{}, {}, 0, level, level, level});
  all.level = 4;
  for (const double level : levels) EXPECT_EQ(scale_trouble({{}, {}, 0, level, level, level}, all), "");
  EXPECT_EQ(of_another_scale({1, 100, 90}), std::vector<bool>(3, false));  // far, but not that far
  EXPECT_TRUE(of_another_scale({}).empty());
}

TEST(FileNumbers, OneFileBesideThoseOfARun) {
  const FileNumbers run{{0}, {}, 1e-4, 120, 2500, 9000};
  const auto one = [](double scale, double level) {
    return FileNumbers{{0}, {}, scale, level, level, level};
  };
  EXPECT_EQ(scale_trouble(one(1e-4, 5), run), "");   // water, of which little comes back
  EXPECT_EQ(scale_trouble(one(0, 60000), run), "");  // that does not say its scale
  EXPECT_EQ(scale_trouble(one(9.9999997473787516e-05, 3000), run), "");
  EXPECT_EQ(scale_trouble(one(2.75e-05, 9000), run), "its scale is 2.75e-05 where 1e-04 is expected");
  EXPECT_EQ(scale_trouble(one(0, 0.25), run),
            "its numbers are of another scale: about 0.25 where 2.5e+03 is usual");
  EXPECT_EQ(scale_trouble(one(0, 0.25), {}), "");  // of a run that does not know
}

TEST(FileNumbers, InWords) {
  EXPECT_EQ(to_text(FileNumbers{{0}, {}, 0}), "no data: 0 in every band, NaN");
  EXPECT_EQ(to_text(FileNumbers{{-1000}, {-9999}, 1e-4}),
            "offset -1000 added · no data: 0 in every band, NaN, -9999 · scale 1e-04");
  FileNumbers all;
  for (const double offset : {0.0, -1000.0, 0.0}) all.add({{offset}, {65535}});
  EXPECT_EQ(to_text(all),
            "offsets -1000, 0 added, to each file its own · no data: 0 in every band, NaN, 65535");
}

}  // namespace
}  // namespace simclr
