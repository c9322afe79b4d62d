// TIFF as microscopes, scanners and satellites write it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "image/decode.hpp"
#include "image/make_files.hpp"

namespace simclr::test {
namespace {

Image decode_good(const File& file) {
  Decoded decoded = decode(bytes_of(file));
  EXPECT_EQ(decoded.error, "");
  EXPECT_EQ(decoded.format, Format::tiff);
  return std::move(decoded.image);
}

template <class T>
std::vector<uint8_t> packed(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
std::vector<double> values_of(const Image& image) {
  std::vector<double> values;
  for (int c = 0; c < image.bands(); ++c)
    for (const T value : image.band<T>(c)) values.push_back(static_cast<double>(value));
  return values;
}

// The samples of an image as a TIFF holds them: pixel by pixel, or plane by plane.
template <class T>
std::vector<uint8_t> arranged(const Image& image, bool separate) {
  std::vector<T> values;
  if (separate) {
    for (int c = 0; c < image.bands(); ++c)
      values.insert(values.end(), image.band<T>(c).begin(), image.band<T>(c).end());
  } else {
    for (size_t i = 0; i < image.plane(); ++i)
      for (int c = 0; c < image.bands(); ++c) values.push_back(image.band<T>(c)[i]);
  }
  return packed(values);
}

// Bands x sample type x strips or tiles x pixel or plane order x byte order x compression.
TEST(Tiff, EveryArrangementGivesTheSamePixels) {
  const uint16_t compressions[] = {1, 5, 8, 32773};
  for (const int bands : {1, 2, 3, 4, 12}) {
    for (const Sample sample : {Sample::u8, Sample::u16, Sample::f32}) {
      const Image image = smooth(bands, 37, 45, sample);
      for (const bool separate : {false, true}) {
        for (const uint32_t tile : {0U, 16U}) {
          for (const uint16_t compression : compressions) {
            const bool big = compression == 5;
            TiffParts parts{.width = 45,
                            .height = 37,
                            .rows_per_strip = 10,
                            .tile = tile,
                            .samples = static_cast<uint16_t>(bands),
                            .bits = static_cast<uint16_t>(8 * bytes_per(sample)),
                            .format = static_cast<uint16_t>(sample == Sample::f32 ? 3 : 1),
                            .photometric = static_cast<uint16_t>(bands == 3 ? 2 : 1),
                            .planar = static_cast<uint16_t>(separate ? 2 : 1),
                            .compression = compression,
                            .big_endian = big,
                            .big_tiff = compression == 8};
            if (bands != 1 && bands != 3) parts.extras.assign(static_cast<size_t>(bands - 1), 0);
            parts.data = sample == Sample::u8    ? arranged<uint8_t>(image, separate)
                         : sample == Sample::u16 ? arranged<uint16_t>(image, separate)
                                                 : arranged<float>(image, separate);
            const Image got = decode_good(make_tiff(parts));
            ASSERT_EQ(got.bands(), bands);
            ASSERT_EQ(got.sample(), sample);
            ASSERT_TRUE(std::ranges::equal(got.bytes(), image.bytes()))
                << bands << " bands, tile " << tile << ", separate " << separate << ", compression "
                << compression;
          }
        }
      }
    }
  }
}

TEST(Tiff, FewBitsAreScaledToEight) {
  TiffParts parts{.width = 10, .height = 1, .bits = 1, .data = {0b10110011, 0b01000000}};
  const std::vector<double> wanted = {255, 0, 255, 255, 0, 0, 255, 255, 0, 255};
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), wanted);
  parts.photometric = 0;  // white is zero
  std::vector<double> inverted;
  for (const double v : wanted) inverted.push_back(255 - v);
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), inverted);
  parts = {.width = 4, .height = 1, .bits = 4, .data = {0x0F, 0x3A}};
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), (std::vector<double>{0, 255, 51, 170}));
  parts = {.width = 4, .height = 1, .bits = 2, .data = {0b00011011}};
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), (std::vector<double>{0, 85, 170, 255}));
}

TEST(Tiff, TwelveBitsStayAsTheyAre) {
  TiffParts parts{.width = 2, .height = 1, .bits = 12, .data = {0xAB, 0xC1, 0x23}};
  EXPECT_EQ(values_of<uint16_t>(decode_good(make_tiff(parts))), (std::vector<double>{0xABC, 0x123}));
  parts.photometric = 0;
  EXPECT_EQ(values_of<uint16_t>(decode_good(make_tiff(parts))),
            (std::vector<double>{0xFFF - 0xABC, 0xFFF - 0x123}));
}

TEST(Tiff, WhiteIsZeroIsInverted) {
  TiffParts parts{.width = 2, .height = 1, .photometric = 0, .data = {0, 200}};
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), (std::vector<double>{255, 55}));
  parts = {.width = 2, .height = 1, .bits = 16, .photometric = 0, .data = packed<uint16_t>({0, 60000})};
  EXPECT_EQ(values_of<uint16_t>(decode_good(make_tiff(parts))), (std::vector<double>{65535, 5535}));
}

TEST(Tiff, SignedAndWideNumbersBecomeFloat) {
  TiffParts parts{.width = 3, .height = 1, .bits = 16, .format = 2, .data = packed<int16_t>({-5, 0, 3000})};
  EXPECT_EQ(values_of<float>(decode_good(make_tiff(parts))), (std::vector<double>{-5, 0, 3000}));
  parts = {.width = 3, .height = 1, .bits = 8, .format = 2, .data = packed<int8_t>({-128, 0, 127})};
  EXPECT_EQ(values_of<float>(decode_good(make_tiff(parts))), (std::vector<double>{-128, 0, 127}));
  parts = {.width = 2, .height = 1, .bits = 32, .data = packed<uint32_t>({70000, 4000000000U})};
  EXPECT_EQ(values_of<float>(decode_good(make_tiff(parts))), (std::vector<double>{70000, 4e9}));
  parts = {.width = 2, .height = 1, .bits = 32, .format = 2, .data = packed<int32_t>({-70000, 8})};
  EXPECT_EQ(values_of<float>(decode_good(make_tiff(parts))), (std::vector<double>{-70000, 8}));
  parts = {.width = 2, .height = 1, .bits = 64, .format = 3, .data = packed<double>({0.5, -1e20})};
  EXPECT_EQ(values_of<float>(decode_good(make_tiff(parts))),
            (std::vector<double>{0.5, static_cast<float>(-1e20)}));
  parts = {.width = 1, .height = 1, .bits = 16, .format = 3, .data = {0, 0}};
  EXPECT_EQ(decode(bytes_of(make_tiff(parts))).error, "samples of 16 bits, format 3, are not supported");
}

TEST(Tiff, PaletteBecomesRgb) {
  TiffParts parts{.width = 4, .height = 1, .bits = 4, .photometric = 3, .data = {0x01, 0x2F}};
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < 16; ++i) parts.palette.push_back(static_cast<uint16_t>((i * 16 + c) << 8U));
  const std::vector<double> wanted = {0, 16, 32, 240, 1, 17, 33, 241, 2, 18, 34, 242};
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), wanted);
  for (uint16_t& colour : parts.palette) colour = colour >> 8U;  // old files wrote 8 bits
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), wanted);
}

TEST(Tiff, CmykBecomesRgb) {
  TiffParts parts{.width = 1, .height = 1, .samples = 4, .photometric = 5, .data = {50, 100, 255, 51}};
  const auto light = [](int ink) { return std::lround(204.0 - ink * 204 / 255.0); };
  const Image image = decode_good(make_tiff(parts));
  ASSERT_EQ(image.bands(), 3);
  EXPECT_EQ(image.band<uint8_t>(0)[0], light(50));
  EXPECT_EQ(image.band<uint8_t>(1)[0], light(100));
  EXPECT_EQ(image.band<uint8_t>(2)[0], 0);
  parts.bits = 16;
  parts.data = packed<uint16_t>({0, 65535, 30000, 0});
  EXPECT_EQ(values_of<uint16_t>(decode_good(make_tiff(parts))), (std::vector<double>{65535, 0, 35535}));
}

TEST(Tiff, OnlySamplesDeclaredAsAlphaAreAlpha) {
  TiffParts parts{
      .width = 1, .height = 1, .samples = 4, .photometric = 2, .extras = {0}, .data = {10, 20, 30, 51}};
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), (std::vector<double>{10, 20, 30, 51}));
  parts.extras = {2};  // alpha, colours not multiplied: (c 51 + 255 204) / 255
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), (std::vector<double>{206, 208, 210}));
  parts.extras = {1};  // multiplied: c + 204
  EXPECT_EQ(values_of<uint8_t>(decode_good(make_tiff(parts))), (std::vector<double>{214, 224, 234}));
  parts = {
      .width = 1, .height = 1, .samples = 2, .bits = 16, .extras = {2}, .data = packed<uint16_t>({1000, 0})};
  EXPECT_EQ(values_of<uint16_t>(decode_good(make_tiff(parts))), (std::vector<double>{65535}));
  // Six bands, one called alpha: a raster, kept whole.
  parts = {.width = 1, .height = 1, .samples = 6, .extras = {0, 0, 0, 0, 2}, .data = {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(decode_good(make_tiff(parts)).bands(), 6);
}

TEST(Tiff, OrientationIsLeftAlone) {
  const Image image = smooth(1, 5, 7);
  TiffParts parts{.width = 7, .height = 5, .data = arranged<uint8_t>(image, true)};
  for (uint16_t orientation = 1; orientation <= 8; ++orientation) {
    parts.orientation = orientation;
    EXPECT_TRUE(std::ranges::equal(decode_good(make_tiff(parts)).bytes(), image.bytes())) << orientation;
  }
}

TEST(Tiff, BandsBeyond64AreRefused) {
  TiffParts parts{.width = 1, .height = 1, .samples = 64, .data = std::vector<uint8_t>(64)};
  parts.extras.assign(63, 0);
  EXPECT_EQ(decode_good(make_tiff(parts)).bands(), 64);
  parts.samples = 65;
  parts.extras.assign(64, 0);
  parts.data.resize(65);
  EXPECT_EQ(decode(bytes_of(make_tiff(parts))).error, "65 bands, 1 to 64 are read");
}

}  // namespace
}  // namespace simclr::test
