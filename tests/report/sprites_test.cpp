#include "report/sprites.hpp"

#include <gtest/gtest.h>

#include "image/decode.hpp"
#include "report/unbase64.hpp"

namespace simclr {
namespace {

Image flat(int bands, int height, int width, int value) {
  Image image(bands, height, width, Sample::u8);
  for (auto& byte : image.bytes()) byte = static_cast<std::byte>(value);
  return image;
}

Image back(const std::string& address) {
  constexpr std::string_view start = "data:image/png;base64,";
  EXPECT_TRUE(address.starts_with(start));
  const std::string png = unbase64(std::string_view(address).substr(start.size()));
  return decode(std::as_bytes(std::span(png))).image;
}

TEST(Sprites, EachPictureIsInTheMiddleOfItsCell) {
  Sprites sprites(8, 100, 1'000'000);
  EXPECT_EQ(sprites.add(flat(1, 8, 8, 10)), 0);
  EXPECT_EQ(sprites.add(Image()), -1);
  for (int i = 1; i < 9; ++i) EXPECT_EQ(sprites.add(flat(1, 4, 2, 100 + i)), i);
  const std::vector<std::string> sheets = sprites.finish();
  ASSERT_EQ(sheets.size(), 1U);
  const Image sheet = back(sheets[0]);
  ASSERT_EQ(sheet.bands(), 1);
  ASSERT_EQ(sheet.width(), 8 * Sprites::columns);
  ASSERT_EQ(sheet.height(), 16);  // nine of eight a row
  const auto at = [&](int y, int x) {
    return sheet.band<uint8_t>(0)[static_cast<size_t>(y * sheet.width() + x)];
  };
  EXPECT_EQ(at(0, 0), 10);
  EXPECT_EQ(at(7, 7), 10);
  EXPECT_EQ(at(2, 8 + 3), 101);  // 4 high, 2 wide
  EXPECT_EQ(at(5, 8 + 4), 101);
  EXPECT_NE(at(1, 8 + 3), 101);
  EXPECT_NE(at(2, 8 + 2), 101);
  EXPECT_EQ(at(8 + 3, 3), 108);
  EXPECT_EQ(sprites.size_of(3).width, 2);
  EXPECT_EQ(sprites.size_of(3).height, 4);
}

TEST(Sprites, SheetsAreGrayUnlessAPictureHasColour) {
  Sprites gray(4, 9, 1'000'000);
  gray.add(flat(3, 4, 4, 77));  // three equal bands
  EXPECT_EQ(back(gray.finish()[0]).bands(), 1);
  Sprites colour(4, 9, 1'000'000);
  colour.add(flat(1, 4, 4, 77));
  Image red = flat(3, 4, 4, 0);
  for (auto& value : red.band<uint8_t>(0)) value = 200;
  colour.add(red);
  const Image sheet = back(colour.finish()[0]);
  ASSERT_EQ(sheet.bands(), 3);
  EXPECT_EQ(sheet.band<uint8_t>(2)[0], 77);
  EXPECT_EQ(sheet.band<uint8_t>(0)[4], 200);
  EXPECT_EQ(sheet.band<uint8_t>(2)[4], 0);
}

TEST(Sprites, StopsAtTheMostPictures) {
  Sprites sprites(4, 3, 1'000'000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sprites.add(flat(1, 4, 4, i)), i);
  EXPECT_EQ(sprites.add(flat(1, 4, 4, 3)), -1);
  EXPECT_TRUE(sprites.full());
  EXPECT_EQ(sprites.size(), 3U);
}

TEST(Sprites, StopsAtTheMostBytesAndTakesBackWhatNoLongerFits) {
  Sprites one(16, 64, 1'000'000);
  const auto noisy = [](int seed) {
    Image image(1, 16, 16, Sample::u8);
    unsigned state = static_cast<unsigned>(seed) + 1;
    for (auto& value : image.band<uint8_t>(0)) {
      state = state * 1664525U + 1013904223U;
      value = static_cast<uint8_t>(state >> 24U);
    }
    return image;
  };
  for (int i = 0; i < 64; ++i) one.add(noisy(i));
  const size_t sheet = one.finish()[0].size();
  Sprites sprites(16, 1000, sheet * 5 / 2);
  for (int i = 0; i < 300; ++i) sprites.add(noisy(i));
  const std::vector<std::string> sheets = sprites.finish();
  EXPECT_EQ(sheets.size(), 2U);
  EXPECT_EQ(sprites.size(), 128U);
  EXPECT_LE(sheets[0].size() + sheets[1].size(), sheet * 5 / 2);
}

}  // namespace
}  // namespace simclr
