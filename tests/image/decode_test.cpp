#include "image/decode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "image/encode.hpp"
#include "image/make_files.hpp"
#include "image/resample.hpp"

namespace simclr::test {
namespace {

int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.bytes().size(), b.bytes().size());
  int largest = 0;
  for (size_t i = 0; i < std::min(a.bytes().size(), b.bytes().size()); ++i)
    largest = std::max(largest, std::abs(static_cast<int>(a.bytes()[i]) - static_cast<int>(b.bytes()[i])));
  return largest;
}

int pixel(const Image& image, int band, int y, int x) {
  const size_t at = static_cast<size_t>(y * image.width() + x);
  return image.sample() == Sample::u8 ? image.band<uint8_t>(band)[at] : image.band<uint16_t>(band)[at];
}

Decoded decode_good(const File& file, const DecodeOptions& options = {}) {
  Decoded decoded = decode(bytes_of(file), options);
  EXPECT_EQ(decoded.error, "");
  return decoded;
}

TEST(Decode, JpegKeepsItsBandsAndPixels) {
  for (const int bands : {1, 3}) {
    for (const bool progressive : {false, true}) {
      const Image image = smooth(bands, 37, 53);
      const Decoded decoded = decode_good(make_jpeg(image, 98, progressive));
      EXPECT_EQ(decoded.format, Format::jpeg);
      ASSERT_EQ(decoded.image.bands(), bands);
      ASSERT_EQ(decoded.image.height(), 37);
      ASSERT_EQ(decoded.image.width(), 53);
      EXPECT_LE(largest_difference(decoded.image, image), 6);
    }
  }
}

TEST(Decode, CmykJpegBecomesRgb) {
  // Stored inverted: 255 is no ink. Light = (255 - C) (255 - K) / 255 with inks C = 255 - 200, K = 255 - 180.
  const Decoded decoded = decode_good(make_cmyk_jpeg(16, 16, {200, 100, 30, 180}));
  ASSERT_EQ(decoded.image.bands(), 3);
  EXPECT_NEAR(pixel(decoded.image, 0, 8, 8), 200 * 180 / 255, 2);
  EXPECT_NEAR(pixel(decoded.image, 1, 8, 8), 100 * 180 / 255, 2);
  EXPECT_NEAR(pixel(decoded.image, 2, 8, 8), 30 * 180 / 255, 2);
}

// Brighter to the right, downwards, and both: where a pixel comes from can be told from its colour.
Image ramps(int height, int width) {
  Image image(3, height, width, Sample::u8);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const size_t at = static_cast<size_t>(y * width + x);
      image.band<uint8_t>(0)[at] = static_cast<uint8_t>(255 * x / width);
      image.band<uint8_t>(1)[at] = static_cast<uint8_t>(255 * y / height);
      image.band<uint8_t>(2)[at] = static_cast<uint8_t>(127 * x / width + 127 * y / height);
    }
  return image;
}

// What a shrinking decoder gives must be the picture, in the place of the picture: next to a resize of it.
TEST(Decode, JpegShrinksToTheLeastSideAsked) {
  const Image image = ramps(240, 400);
  for (const bool progressive : {false, true}) {
    const File file = make_jpeg(image, 98, progressive);
    for (const auto& [least, height, width] : {std::tuple{1, 30, 50},
                                               {30, 30, 50},
                                               {31, 60, 100},
                                               {60, 60, 100},
                                               {61, 90, 150},
                                               {91, 120, 200},
                                               {120, 120, 200}}) {
      const Image small = decode_good(file, {.least_side = least}).image;
      ASSERT_EQ(small.height(), height) << least;
      ASSERT_EQ(small.width(), width) << least;
      const Image wanted = crop_resize(image, {0, 0, 240, 400}, height, width, Filter::bilinear);
      for (int c = 0; c < 3; ++c)
        for (size_t i = 0; i < small.plane(); ++i)
          ASSERT_NEAR(small.band<uint8_t>(c)[i], wanted.band<float>(c)[i], 3) << least << ", pixel " << i;
    }
    for (const int least : {0, 121, 240, 241, 100000})
      EXPECT_EQ(largest_difference(decode_good(file, {.least_side = least}).image, decode_good(file).image),
                0);
  }
}

TEST(Decode, AShrunkJpegIsTurnedAndChangesBandsLikeAnyOther) {
  const File file = with_exif(make_jpeg(smooth(3, 64, 96), 90), 6, true);
  const Image turned = decode_good(file, {.bands = 1, .least_side = 32, .exif_orientation = true}).image;
  EXPECT_EQ(turned.bands(), 1);
  EXPECT_EQ(turned.height(), 48);
  EXPECT_EQ(turned.width(), 32);
  const File tall = make_jpeg(smooth(1, 1, 1), 90);
  EXPECT_EQ(decode_good(tall, {.least_side = 1}).image.plane(), 1U);
  const Image inks = decode_good(make_cmyk_jpeg(16, 16, {200, 100, 30, 180}), {.least_side = 2}).image;
  ASSERT_EQ(inks.width(), 2);
  EXPECT_NEAR(pixel(inks, 0, 1, 1), 200 * 180 / 255, 2);
}

TEST(Decode, ABrokenJpegIsRefusedShrunkAsWell) {
  const File file = make_jpeg(smooth(3, 200, 200), 90);
  EXPECT_EQ(decode(bytes_of(file.substr(0, file.size() / 2)), {.least_side = 20}).error, "truncated");
  EXPECT_EQ(decode_good(file, {.least_side = 20}).image.width(), 25);  // and the next one is not spoilt
}

TEST(Decode, ExifTurnsThePictureOnlyWhenAsked) {
  const File plain = make_jpeg(smooth(1, 8, 16), 100);
  const Image upright = decode_good(plain).image;
  // Where the first row and the first column of the file lie, as the EXIF standard words it, gives where the
  // stored top left pixel ends up.
  struct Place {
    bool transposed, bottom, right;
  };
  const Place places[] = {{false, false, false}, {false, false, true}, {false, true, true},
                          {false, true, false},  {true, false, false}, {true, false, true},
                          {true, true, true},    {true, true, false}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool little : {false, true}) {
      const File file = with_exif(plain, orientation, little);
      EXPECT_EQ(largest_difference(decode_good(file).image, upright), 0);
      const Image turned = decode_good(file, {.exif_orientation = true}).image;
      const Place place = places[orientation - 1];
      ASSERT_EQ(turned.height(), place.transposed ? 16 : 8) << orientation;
      ASSERT_EQ(turned.width(), place.transposed ? 8 : 16) << orientation;
      for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < 16; ++x) {
          int row = place.transposed ? x : y, column = place.transposed ? y : x;
          if (place.bottom) row = turned.height() - 1 - row;
          if (place.right) column = turned.width() - 1 - column;
          ASSERT_EQ(pixel(turned, 0, row, column), pixel(upright, 0, y, x)) << orientation;
        }
      }
    }
  }
}

TEST(Decode, GrayAndRgbOnRequest) {
  const File colour = make_jpeg(smooth(3, 9, 11)), gray = make_jpeg(smooth(1, 9, 11));
  const Image rgb = decode_good(colour).image, luma = decode_good(colour, {.bands = 1}).image;
  ASSERT_EQ(luma.bands(), 1);
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 11; ++x) {
      const double wanted =
          0.299 * pixel(rgb, 0, y, x) + 0.587 * pixel(rgb, 1, y, x) + 0.114 * pixel(rgb, 2, y, x);
      EXPECT_NEAR(pixel(luma, 0, y, x), wanted, 0.502);
    }
  }
  const Image one = decode_good(gray).image, three = decode_good(gray, {.bands = 3}).image;
  ASSERT_EQ(three.bands(), 3);
  for (int c = 0; c < 3; ++c) EXPECT_TRUE(std::ranges::equal(three.band<uint8_t>(c), one.band<uint8_t>(0)));
  EXPECT_EQ(decode_good(gray, {.bands = 1}).image.bands(), 1);
}

TEST(Decode, GrayOf16BitsAndFloat) {
  TiffParts parts{.width = 2, .height = 1, .samples = 3, .bits = 16, .photometric = 2};
  const uint16_t values[6] = {65535, 65535, 65535, 10000, 20000, 30000};
  parts.data.assign(reinterpret_cast<const uint8_t*>(values), reinterpret_cast<const uint8_t*>(values + 6));
  const Image wide = decode_good(make_tiff(parts), {.bands = 1}).image;
  EXPECT_EQ(pixel(wide, 0, 0, 0), 65535);
  EXPECT_NEAR(pixel(wide, 0, 0, 1), 0.299 * 10000 + 0.587 * 20000 + 0.114 * 30000, 0.6);
  const float reals[6] = {1, 1, 1, 0.1F, 0.2F, 0.3F};
  parts.bits = 32;
  parts.format = 3;
  parts.data.assign(reinterpret_cast<const uint8_t*>(reals), reinterpret_cast<const uint8_t*>(reals + 6));
  const Image real = decode_good(make_tiff(parts), {.bands = 1}).image;
  EXPECT_NEAR(real.band<float>(0)[0], 1.0, 1e-6);
  EXPECT_NEAR(real.band<float>(0)[1], 0.299 * 0.1 + 0.587 * 0.2 + 0.114 * 0.3, 1e-5);
}

TEST(Decode, BandsThatCannotBecomeTheOnesAskedForAreRefused) {
  TiffParts parts{.width = 1, .height = 1, .samples = 4, .extras = {0, 0, 0}, .data = {1, 2, 3, 4}};
  const File file = make_tiff(parts);
  EXPECT_EQ(decode_good(file).image.bands(), 4);
  for (const int bands : {1, 3}) {
    const Decoded decoded = decode(bytes_of(file), {.bands = bands});
    EXPECT_EQ(decoded.error, "it has 4 bands, not " + std::to_string(bands) + " as asked");
    EXPECT_TRUE(decoded.image.empty());
  }
}

TEST(Decode, PngOfFewBitsIsScaledToEight) {
  for (const int depth : {1, 2, 4, 8}) {
    const int full = (1 << depth) - 1, width = 8 / depth;
    PngParts parts{.width = width, .height = full + 1, .depth = depth};
    for (int v = 0; v <= full; ++v) {
      unsigned packed = 0;
      for (int x = 0; x < width; ++x) packed = packed << depth | static_cast<unsigned>(v);
      parts.rows.push_back({static_cast<uint8_t>(packed)});
    }
    for (const bool interlaced : {false, true}) {
      parts.interlaced = interlaced;
      const Image image = decode_good(make_png(parts)).image;
      ASSERT_EQ(image.sample(), Sample::u8);
      ASSERT_EQ(image.bands(), 1);
      for (int v = 0; v <= full; ++v)
        for (int x = 0; x < width; ++x) ASSERT_EQ(pixel(image, 0, v, x), v * 255 / full);
    }
  }
}

// Every size up to 9: some passes of an interlaced picture are then empty.
TEST(Decode, InterlacedPngIsThePlainOne) {
  for (int height = 1; height <= 9; ++height) {
    for (int width = 1; width <= 9; ++width) {
      for (const int depth : {8, 16}) {
        const int channels[] = {1, 0, 3, 0, 2, 0, 4};
        for (const int colour : {0, 2, 4, 6}) {
          PngParts parts{.width = width, .height = height, .depth = depth, .colour = colour};
          unsigned state = 1;
          for (int y = 0; y < height; ++y) {
            auto& row = parts.rows.emplace_back();
            for (int i = 0; i < width * channels[colour] * depth / 8; ++i)
              row.push_back(static_cast<uint8_t>((state = state * 1664525U + 1013904223U) >> 24U));
          }
          const Image plain = decode_good(make_png(parts)).image;
          parts.interlaced = true;
          const Image woven = decode_good(make_png(parts)).image;
          ASSERT_EQ(plain.sample(), depth == 8 ? Sample::u8 : Sample::u16);
          ASSERT_TRUE(std::ranges::equal(plain.bytes(), woven.bytes())) << height << " x " << width;
        }
      }
    }
  }
}

TEST(Decode, PngOf16BitsKeepsThem) {
  PngParts parts{.width = 2, .height = 1, .depth = 16, .rows = {{0x12, 0x34, 0xFF, 0xFE}}};
  const Image image = decode_good(make_png(parts)).image;
  ASSERT_EQ(image.sample(), Sample::u16);
  EXPECT_EQ(pixel(image, 0, 0, 0), 0x1234);
  EXPECT_EQ(pixel(image, 0, 0, 1), 0xFFFE);
}

TEST(Decode, AlphaIsLaidOverWhite) {
  // gray + alpha, RGB + alpha, in 8 and 16 bits: (c a + full (full - a)) / full, rounded
  for (int alpha = 0; alpha <= 255; alpha += 5) {
    const auto a = static_cast<uint8_t>(alpha);
    const auto wanted = [&](int c) { return std::lround((c * alpha + 255.0 * (255 - alpha)) / 255.0); };
    const Image gray = decode_good(make_png({.width = 1, .height = 1, .colour = 4, .rows = {{77, a}}})).image;
    ASSERT_EQ(gray.bands(), 1);
    EXPECT_EQ(pixel(gray, 0, 0, 0), wanted(77));
    const Image rgb =
        decode_good(make_png({.width = 1, .height = 1, .colour = 6, .rows = {{9, 130, 255, a}}})).image;
    ASSERT_EQ(rgb.bands(), 3);
    EXPECT_EQ(pixel(rgb, 0, 0, 0), wanted(9));
    EXPECT_EQ(pixel(rgb, 1, 0, 0), wanted(130));
    EXPECT_EQ(pixel(rgb, 2, 0, 0), 255);
    const Image webp = decode_good(make_webp_with_alpha({9, 130, 255, a}, 1, 1)).image;
    EXPECT_EQ(pixel(webp, 0, 0, 0), wanted(9));
    PngParts wide{.width = 1, .height = 1, .depth = 16, .colour = 6, .rows = {{9, 1, 130, 2, 255, 3, a, a}}};
    const Image deep = decode_good(make_png(wide)).image;
    ASSERT_EQ(deep.sample(), Sample::u16);
    const double full = 65535, opacity = alpha * 257;
    EXPECT_EQ(pixel(deep, 0, 0, 0), std::lround((0x0901 * opacity + full * (full - opacity)) / full));
  }
}

TEST(Decode, PaletteBecomesRgbAndItsAlphaGoes) {
  PngParts parts{.width = 4,
                 .height = 1,
                 .depth = 2,
                 .colour = 3,
                 .rows = {{0x1B}},
                 .palette = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120}};
  const Image image = decode_good(make_png(parts)).image;
  ASSERT_EQ(image.bands(), 3);
  for (int x = 0; x < 4; ++x)
    for (int c = 0; c < 3; ++c) EXPECT_EQ(pixel(image, c, 0, x), 10 + 30 * x + 10 * c);
  parts.opacity = {0, 255};
  const Image clear = decode_good(make_png(parts)).image;
  ASSERT_EQ(clear.bands(), 3);
  EXPECT_EQ(pixel(clear, 0, 0, 0), 255);
  EXPECT_EQ(pixel(clear, 0, 0, 1), 40);
  EXPECT_EQ(pixel(clear, 0, 0, 2), 70);
}

TEST(Decode, Webp) {
  const Image image = smooth(3, 31, 17);
  const Decoded exact = decode_good(make_webp(image, true));
  EXPECT_EQ(exact.format, Format::webp);
  EXPECT_EQ(largest_difference(exact.image, image), 0);
  EXPECT_LE(largest_difference(decode_good(make_webp(image, false)).image, image), 30);
}

TEST(Decode, AnimatedWebpGivesItsFirstFrameOnTheCanvas) {
  const auto number = [](uint64_t value, size_t length) {
    File bytes;
    for (size_t i = 0; i < length; ++i) bytes += static_cast<char>(value >> (8 * i) & 255U);
    return bytes;
  };
  const auto chunk = [&](const char* letters, const File& data) {
    return letters + number(static_cast<uint32_t>(data.size()), 4) + data + File(data.size() % 2, '\0');
  };
  const File still = make_webp(smooth(3, 4, 6), true), other = make_webp(smooth(3, 6, 8), true);
  const auto frame = [&](uint32_t left, uint32_t top, uint32_t width, uint32_t height, const File& picture) {
    return chunk("ANMF", number(left / 2, 3) + number(top / 2, 3) + number(width - 1, 3) +
                             number(height - 1, 3) + number(100, 3) + number(0, 1) + picture.substr(12));
  };
  const auto moving = [&](uint32_t width, uint32_t height, const File& frames) {
    const File body = "WEBP" + chunk("VP8X", number(2, 4) + number(width - 1, 3) + number(height - 1, 3)) +
                      chunk("ANIM", number(0, 6)) + frames;
    return "RIFF" + number(static_cast<uint32_t>(body.size()), 4) + body;
  };
  const File file = moving(8, 6, frame(2, 0, 6, 4, still) + frame(0, 0, 8, 6, other));
  const Image image = decode_good(file).image, first = decode_good(still).image;
  ASSERT_EQ(image.height(), 6);
  ASSERT_EQ(image.width(), 8);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 6; ++y)
      for (int x = 0; x < 8; ++x)
        ASSERT_EQ(pixel(image, c, y, x), x >= 2 && y < 4 ? pixel(first, c, y, x - 2) : 255);
  EXPECT_EQ(decode(bytes_of(moving(6, 6, frame(2, 0, 6, 4, still)))).error,
            "damaged: a frame larger than its canvas");
  EXPECT_EQ(decode(bytes_of(moving(8, 6, ""))).error, "truncated");
}

TEST(Decode, TheMagicBytesDecide) {
  const auto format_of = [](const File& file) { return sniff(bytes_of(file.substr(0, 16))); };
  EXPECT_EQ(format_of(make_jpeg(smooth(1, 8, 8))), Format::jpeg);
  EXPECT_EQ(format_of(encode_png(smooth(1, 8, 8))), Format::png);
  EXPECT_EQ(format_of(make_webp(smooth(3, 8, 8), false)), Format::webp);
  for (const bool big : {false, true})
    for (const bool wide : {false, true})
      EXPECT_EQ(
          format_of(make_tiff({.width = 1, .height = 1, .big_endian = big, .big_tiff = wide, .data = {0}})),
          Format::tiff);
  EXPECT_EQ(format_of(""), Format::none);
  EXPECT_EQ(format_of("path,label,split"), Format::none);
  EXPECT_EQ(format_of("RIFF....WAVEfmt "), Format::none);
  EXPECT_EQ(format_of("BMW is not a bitmap"), Format::none);
  EXPECT_EQ(format_of("Plain words of a text"), Format::none);
  EXPECT_EQ(format_of(File("\0\0\2\0\0\0\0\0\0\0\0\0\x10\0\x10\0", 16)), Format::none);  // TGA has no magic
}

TEST(Decode, KnownFormatsThatAreNotReadAreNamed) {
  const File zeros(16, '\0');
  const std::pair<File, const char*> files[] = {{"GIF89a" + zeros, "gif"},
                                                {"GIF87a" + zeros, "gif"},
                                                {"BM" + zeros.substr(0, 12) + File("\x28\0\0\0", 4), "bmp"},
                                                {File("\0\0\1\0\1\0\x10\x10", 8) + zeros, "ico"},
                                                {File("\0\0\0\x0CjP  \r\n\x87\n", 12) + zeros, "jpeg 2000"},
                                                {File("\xFF\x0A", 2) + zeros, "jpeg xl"},
                                                {File("\0\0\0\x20", 4) + "ftypavif" + zeros, "avif"},
                                                {File("\0\0\0\x20", 4) + "ftypheic" + zeros, "heif"},
                                                {"8BPS" + zeros, "psd"},
                                                {"P6\n32 32\n255\n" + zeros, "pnm"},
                                                {"DDS " + zeros, "dds"},
                                                {"\x76\x2F\x31\x01" + zeros, "openexr"},
                                                {"#?RADIANCE\n" + zeros, "radiance hdr"},
                                                {"qoif" + zeros, "qoi"},
                                                {"SIMPLE  =                    T", "fits"},
                                                {File("\x0A\x05\x01\x08", 4) + zeros, "pcx"}};
  for (const auto& [file, wanted] : files) {
    EXPECT_EQ(sniff(bytes_of(file)), Format::unsupported) << wanted;
    EXPECT_EQ(unsupported_name(bytes_of(file)), wanted);
    EXPECT_EQ(decode(bytes_of(file)).error, std::string(wanted) + " is not supported");
    EXPECT_EQ(decode(bytes_of(file)).format, Format::unsupported);
  }
  EXPECT_EQ(unsupported_name(bytes_of(make_jpeg(smooth(1, 8, 8)))), "");
  EXPECT_STREQ(name(Format::jpeg), "jpeg");
  EXPECT_STREQ(name(Format::unsupported), "unsupported");
}

}  // namespace
}  // namespace simclr::test
