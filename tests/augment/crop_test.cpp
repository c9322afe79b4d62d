#include "augment/crop.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "augment/pipeline.hpp"
#include "made_pictures.hpp"

namespace simclr {
namespace {

const nlohmann::json& rrc() {
  static const nlohmann::json all = made::golden("rrc.json");
  return all;
}

TEST(Crop, SidesGolden) {
  for (const auto& one : rrc()["deterministic"]) {
    const auto sides = crop_sides(one["h"], one["w"], one["area_frac"], one["ratio"]);
    ASSERT_EQ(sides.has_value(), one["accepted"].get<bool>()) << one;
    if (!sides) continue;
    EXPECT_EQ(sides->width, one["crop_w"].get<int>()) << one;
    EXPECT_EQ(sides->height, one["crop_h"].get<int>()) << one;
  }
}

TEST(Crop, FallbackGolden) {
  for (const auto& one : rrc()["fallback"])
    EXPECT_EQ(central_crop(one["h"], one["w"], {}), (Box{one["i"], one["j"], one["ch"], one["cw"]})) << one;
}

struct Moments {
  double area = 0, log_ratio = 0, offset = 0, fallback = 0;
};

Moments measure(int height, int width, bool tf, int n) {
  Moments m;
  int with_room = 0;
  const Box fallback = tf ? Box{0, 0, height, width} : central_crop(height, width, {});
  for (int i = 0; i < n; ++i) {
    Random random({.seed = 5, .index = static_cast<uint64_t>(i)}, 0);
    const Box box =
        tf ? draw_crop_tf(height, width, {}, random) : draw_crop_torchvision(height, width, {}, random);
    EXPECT_TRUE(box.top >= 0 && box.left >= 0 && box.height > 0 && box.width > 0);
    EXPECT_TRUE(box.top + box.height <= height && box.left + box.width <= width);
    m.area += static_cast<double>(box.height) * box.width / height / width / n;
    m.log_ratio += std::log(static_cast<double>(box.width) / box.height) / n;
    m.fallback += box == fallback ? 1.0 / n : 0;
    if (box.height < height) {
      m.offset += static_cast<double>(box.top) / (height - box.height);
      ++with_room;
    }
  }
  m.offset /= std::max(1, with_room);
  return m;
}

TEST(Crop, MomentsOfBothLaws) {
  constexpr int kDraws = 40000;
  for (const auto& one : rrc()["moments"]) {
    const int height = one["h"], width = one["w"];
    const bool tf = one["law"] != "torchvision";
    const Moments m = measure(height, width, tf, kDraws);
    const double area_sd = one["area_sd"], ratio_sd = one["logratio_sd"];
    const double by = tf ? 5 * std::sqrt(2.0 / kDraws) : 4 / std::sqrt(kDraws);
    const std::string which =
        one["law"].get<std::string>() + " " + std::to_string(height) + "x" + std::to_string(width);
    EXPECT_NEAR(m.area, one[tf ? "area_mean" : "area_mean_exact"].get<double>(), area_sd * by + 1e-9)
        << which;
    if (height == 64) {  // next to all are fallbacks: area and their share say it all
      EXPECT_NEAR(m.fallback, one[tf ? "fallback" : "fallback_exact"].get<double>(), 0.001) << which;
      continue;
    }
    EXPECT_NEAR(m.log_ratio, one[tf ? "logratio_mean" : "logratio_mean_exact"].get<double>(), ratio_sd * by)
        << which;
    EXPECT_NEAR(m.offset, one["i_over_room_mean"].get<double>(), 0.01) << which;
  }
}

TEST(Crop, AnySizeAndShapeGivesABoxInside) {
  for (const bool tf : {false, true})
    for (const CropLaw& law :
         {CropLaw{}, CropLaw{0.001, 0.002, 0.01, 100}, CropLaw{1, 1, 0.3, 0.4}, CropLaw{0.5, 1, 5, 9}})
      for (const auto& [height, width] : {std::pair{1, 1}, {1, 500}, {500, 3}, {2, 2}, {7, 5}, {400, 533}})
        for (uint64_t i = 0; i < 50; ++i) {
          Random random({.index = i}, 0);
          const Box box = tf ? draw_crop_tf(height, width, law, random)
                             : draw_crop_torchvision(height, width, law, random);
          ASSERT_TRUE(box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1 &&
                      box.top + box.height <= height && box.left + box.width <= width)
              << height << "x" << width << " gave " << box.top << " " << box.left << " " << box.height << " "
              << box.width;
        }
}

// The operation itself: that box of the picture, resized, mirrored where a flip follows.
TEST(Crop, TheViewIsTheBoxResized) {
  const Image picture = made::picture(3, 60, 90, Sample::u8);
  const Pipeline crop("crop(min=0.2)");
  for (uint64_t i = 0; i < 20; ++i) {
    const Draw draw{.seed = 3, .index = i};
    Random random(draw, 0);
    random.uniform();  // the decision of @p
    const Box box = draw_crop_torchvision(60, 90, {.min = 0.2}, random);
    EXPECT_TRUE(made::same(crop.apply(picture, draw, 0, 24),
                           crop_resize(picture, box, 24, 24, Filter::bilinear, false, 1.0F / 255)));
  }
}

TEST(Crop, BicubicStaysInUnitRangeForPicturesAsRead) {
  Image checks(1, 40, 40, Sample::u8);
  for (size_t i = 0; i < checks.plane(); ++i) checks.band<uint8_t>(0)[i] = (i / 3) % 2 == 0 ? 255 : 0;
  for (uint64_t i = 0; i < 30; ++i) {
    const Image view = Pipeline("crop(filter=bicubic,law=tf)").apply(checks, {.index = i}, 0, 64);
    for (const float x : view.band<float>(0)) ASSERT_TRUE(x >= 0 && x <= 1) << x;
  }
}

}  // namespace
}  // namespace simclr
