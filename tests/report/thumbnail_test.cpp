#include "report/thumbnail.hpp"

#include <gtest/gtest.h>

#include "image/decode.hpp"
#include "image/encode.hpp"
#include "report/unbase64.hpp"

namespace simclr {
namespace {

Image back(const std::string& address) {
  constexpr std::string_view start = "data:image/png;base64,";
  EXPECT_TRUE(address.starts_with(start));
  const std::string png = unbase64(std::string_view(address).substr(start.size()));
  const Decoded decoded = decode(std::as_bytes(std::span(png)));
  EXPECT_EQ(decoded.error, "");
  return decoded.image;
}

TEST(Thumbnail, SmallPicturesPassUnchanged) {
  Image image(3, 5, 7, Sample::u8);
  for (int c = 0; c < 3; ++c)
    for (size_t i = 0; i < image.plane(); ++i)
      image.band<uint8_t>(c)[i] = static_cast<uint8_t>(i * 7 + static_cast<size_t>(c) * 50);
  const Image shown = back(thumbnail(image, 88));
  ASSERT_EQ(shown.bands(), 3);
  ASSERT_EQ(shown.height(), 5);
  ASSERT_EQ(shown.width(), 7);
  EXPECT_TRUE(std::equal(shown.bytes().begin(), shown.bytes().end(), image.bytes().begin()));
}

TEST(Thumbnail, LargePicturesKeepTheirShape) {
  const Image wide = back(thumbnail(Image(1, 100, 400, Sample::u8), 88));
  EXPECT_EQ(wide.width(), 88);
  EXPECT_EQ(wide.height(), 22);
  const Image sliver = back(thumbnail(Image(1, 1, 4000, Sample::u8), 88));
  EXPECT_EQ(sliver.width(), 88);
  EXPECT_EQ(sliver.height(), 1);
}

TEST(Thumbnail, RastersOfManyBandsAreStretchedToBeSeen) {
  Image image(5, 10, 10, Sample::u16);
  for (int c = 0; c < 5; ++c)
    for (size_t i = 0; i < 100; ++i) image.band<uint16_t>(c)[i] = static_cast<uint16_t>(300 + i);
  const Image shown = back(thumbnail(image, 88));
  ASSERT_EQ(shown.bands(), 3);
  const auto band = shown.band<uint8_t>(0);
  EXPECT_EQ(band[0], 0);
  EXPECT_EQ(band[99], 255);
  EXPECT_NEAR(band[50], 128, 4);
}

}  // namespace
}  // namespace simclr
