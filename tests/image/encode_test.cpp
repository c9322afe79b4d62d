#include "image/encode.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/expect_error.hpp"
#include "image/decode.hpp"
#include "image/make_files.hpp"

namespace simclr::test {
namespace {

Image decoded(const std::string& png) {
  Decoded result = decode(bytes_of(png));
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.format, Format::png);
  return std::move(result.image);
}

TEST(EncodePng, BytesComeBackAsTheyWere) {
  for (const int bands : {1, 3}) {
    for (const int width : {1, 7, 64}) {
      const Image image = smooth(bands, 5, width);
      const Image back = decoded(encode_png(image));
      ASSERT_EQ(back.bands(), bands);
      ASSERT_EQ(back.width(), width);
      EXPECT_TRUE(std::ranges::equal(back.bytes(), image.bytes()));
    }
  }
}

TEST(EncodePng, FloatIsClampedAndRounded) {
  Image image(1, 1, 6, Sample::f32);
  const float values[] = {-0.5F, 0.0F, 0.5F, 1.0F, 7.0F, std::numeric_limits<float>::quiet_NaN()};
  std::copy(values, values + 6, image.band<float>(0).begin());
  const auto back = decoded(encode_png(image));
  const std::vector<uint8_t> got(back.band<uint8_t>(0).begin(), back.band<uint8_t>(0).end());
  EXPECT_EQ(got, (std::vector<uint8_t>{0, 0, 128, 255, 255, 0}));
}

TEST(EncodePng, OfManyBandsThreeAreShownAndOfTwoTheFirst) {
  for (const auto& [bands, shown] : {std::pair{2, 1}, {4, 3}, {12, 3}}) {
    const Image image = smooth(bands, 3, 4);
    const Image back = decoded(encode_png(image));
    ASSERT_EQ(back.bands(), shown);
    for (int c = 0; c < shown; ++c)
      EXPECT_TRUE(std::ranges::equal(back.band<uint8_t>(c), image.band<uint8_t>(c)));
  }
}

TEST(EncodePng, WhatCannotBeShownIsAnError) {
  expect_error([] { encode_png(Image()); }, Exit::failed, {"empty"});
  expect_error([] { encode_png(smooth(1, 2, 2, Sample::u16)); }, Exit::failed, {"16-bit"});
}

TEST(Base64, Rfc4648Vectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFB\xFF\xFE"), "+//+");
}

}  // namespace
}  // namespace simclr::test
