#include "image/image.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace simclr::test {
namespace {

TEST(Image, IsZeroAndIfLargeStartsAtACacheLine) {
  for (const int side : {1, 7, 32, 224}) {
    Image image(3, side, side, Sample::f32);
    std::ranges::fill(image.bytes(), std::byte{255});  // so that the next one of this size finds it in memory
    image = Image();
    image = Image(3, side, side, Sample::f32);
    EXPECT_TRUE(std::ranges::all_of(image.bytes(), [](std::byte x) { return x == std::byte{0}; })) << side;
    const auto address = reinterpret_cast<uintptr_t>(image.bytes().data());
    EXPECT_TRUE(side < 224 || address % 64 == 0) << address;
  }
}

TEST(Image, ACopyHasPixelsOfItsOwn) {
  Image one(1, 2, 2, Sample::u8);
  one.band<uint8_t>(0)[3] = 9;
  Image two = one;
  one.band<uint8_t>(0)[3] = 1;
  EXPECT_EQ(two.band<uint8_t>(0)[3], 9);
  EXPECT_EQ(two.plane(), 4U);
  EXPECT_EQ(Image::unfilled(2, 3, 5, Sample::u16).bytes().size(), 60U);
}

}  // namespace
}  // namespace simclr::test
