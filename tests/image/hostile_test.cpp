// Files that are damaged or mean harm: no crash, no memory taken for what a header merely claims, and no good
// file lost afterwards. Run under sanitizers as well.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/random.hpp"
#include "base/threads.hpp"
#include "image/decode.hpp"
#include "image/encode.hpp"
#include "image/make_files.hpp"

namespace simclr::test {
namespace {

File some_png() {
  PngParts parts{.width = 24, .height = 20, .colour = 6, .interlaced = true};
  const Image waves = smooth(4, 20, 24);
  for (size_t y = 0; y < 20; ++y) {
    auto& row = parts.rows.emplace_back();
    for (size_t x = 0; x < 24; ++x)
      for (int c = 0; c < 4; ++c) row.push_back(waves.band<uint8_t>(c)[y * 24 + x]);
  }
  return make_png(parts);
}

File some_tiff(uint16_t compression, uint32_t tile) {
  const Image waves = smooth(3, 40, 36);
  TiffParts parts{.width = 36,
                  .height = 40,
                  .rows_per_strip = 9,
                  .tile = tile,
                  .samples = 3,
                  .photometric = 2,
                  .compression = compression};
  for (size_t i = 0; i < waves.plane(); ++i)
    for (int c = 0; c < 3; ++c) parts.data.push_back(waves.band<uint8_t>(c)[i]);
  return make_tiff(parts);
}

std::vector<std::pair<std::string, std::vector<File>>> seeds() {
  return {
      {"jpeg",
       {make_jpeg(smooth(3, 30, 40)), make_jpeg(smooth(1, 30, 40), 80, true),
        make_cmyk_jpeg(9, 9, {1, 2, 3, 4}), with_exif(make_jpeg(smooth(3, 16, 16)), 6, true)}},
      {"png",
       {some_png(), encode_png(smooth(3, 20, 30)),
        make_png({.width = 2,
                  .height = 1,
                  .depth = 4,
                  .colour = 3,
                  .rows = {{0x01}},
                  .palette = {1, 2, 3, 4, 5, 6},
                  .opacity = {7}})}},
      {"webp",
       {make_webp(smooth(3, 30, 40), true), make_webp(smooth(3, 30, 40), false),
        make_webp_with_alpha(std::vector<uint8_t>(400, 99), 10, 10)}},
      {"tiff", {some_tiff(1, 0), some_tiff(5, 0), some_tiff(8, 16), some_tiff(32773, 0), some_tiff(7, 16)}}};
}

// Bytes changed, cut out, doubled, or the end cut off.
File mutated(File file, Random& random) {
  const uint32_t changes = 1 + random.below(8);
  for (uint32_t i = 0; i < changes && !file.empty(); ++i) {
    const auto size = static_cast<uint32_t>(file.size());
    const uint32_t at = random.below(random.below(2) == 0 ? std::min(size, 64U) : size);
    switch (random.below(8)) {
      case 0:
        file.resize(at);
        break;
      case 1:
        file.erase(at, 1 + random.below(16));
        break;
      case 2:
        file.insert(at, file.substr(at, 1 + random.below(32)));
        break;
      case 3:
        file[at] = random.below(2) == 0 ? '\0' : '\xFF';
        break;
      default:
        file[at] = static_cast<char>(random.below(256));
    }
  }
  return file;
}

TEST(Hostile, MutatedFilesGiveAnImageOrAReason) {
  const DecodeOptions options{.exif_orientation = true, .max_pixels = 4'000'000};
  for (const auto& [format, files] : seeds()) {
    for (const File& file : files) ASSERT_EQ(decode(bytes_of(file), options).error, "") << format;
    size_t good = 0, bad = 0;
    for (uint32_t i = 0; i < 1000; ++i) {
      Random random({.seed = 5, .index = i}, 1);
      const File file = mutated(files[i % files.size()], random);
      const Decoded decoded = decode(bytes_of(file), options);
      ASSERT_EQ(decoded.ok(), !decoded.image.empty());
      if (decoded.ok()) {
        ASSERT_LE(decoded.image.plane(), options.max_pixels);
        ++good;
      } else {
        ++bad;
      }
    }
    EXPECT_GT(good, 5U) << format;
    EXPECT_GT(bad, 200U) << format;
  }
}

TEST(Hostile, NoGoodFileIsLostAfterABadOne) {
  const auto all = seeds();
  std::atomic<size_t> lost = 0, refused = 0;
  parallel_for(2, 2, [&](size_t thread) {
    for (uint32_t i = 0; i < 1000; ++i) {
      const auto& files = all[i % all.size()].second;
      const File& whole = files[(i / all.size()) % files.size()];
      Random random({.seed = 6, .epoch = static_cast<uint32_t>(thread), .index = i}, 1);
      const File cut = whole.substr(0, 4 + random.below(static_cast<uint32_t>(whole.size()) / 2));
      refused += decode(bytes_of(cut)).ok() ? 0U : 1U;
      lost += decode(bytes_of(whole)).ok() ? 0U : 1U;
    }
  });
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(refused, 2000U);
}

TEST(Hostile, EveryCutOffStartIsRefused) {
  for (const auto& [format, files] : seeds()) {
    for (const File& file : files) {
      size_t whole_enough = 0;
      for (size_t length = 0; length < file.size(); ++length) {
        const Decoded decoded = decode(bytes_of(file.substr(0, length)));
        if (decoded.ok()) ++whole_enough;
      }
      // The pixels of a PNG are whole before its end marker, those of a TIFF before some last bytes.
      const size_t spare = format == "png" ? 24 : format == "tiff" ? 4 : format == "webp" ? 1 : 0;
      EXPECT_LE(whole_enough, spare) << format;
    }
  }
}

size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

void set_big_endian(File& file, size_t at, uint32_t value, int length) {
  for (int i = 0; i < length; ++i)
    file[at + static_cast<size_t>(i)] = static_cast<char>(value >> (8 * (length - 1 - i)) & 255U);
}

TEST(Hostile, SizesThatAreOnlyClaimedTakeNoMemory) {
  const size_t before = resident_bytes();
  const auto expect_refused = [](const File& file, const std::string& words) {
    const Decoded decoded = decode(bytes_of(file));
    EXPECT_NE(decoded.error.find(words), std::string::npos) << "'" << decoded.error << "', not: " << words;
  };
  File jpeg = make_jpeg(smooth(3, 16, 16));
  const size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, File::npos);
  set_big_endian(jpeg, frame + 5, 65500, 2);
  set_big_endian(jpeg, frame + 7, 65500, 2);
  expect_refused(jpeg, "too large: 65500 x 65500 pixels");
  set_big_endian(jpeg, frame + 5, 13000, 2);
  set_big_endian(jpeg, frame + 7, 13000, 2);
  expect_refused(jpeg, "truncated");  // Pillow shows filler instead

  // The checksum of the header must be right, or that is what is found wrong.
  std::vector<uint8_t> row(8);
  File png = make_png({.width = 8, .height = 8, .rows = std::vector(8, row)});
  const auto claim = [&](uint32_t side) {
    set_big_endian(png, 16, side, 4);
    set_big_endian(png, 20, side, 4);
    uint32_t crc = ~0U;
    for (size_t i = 12; i < 29; ++i) {
      crc ^= static_cast<unsigned char>(png[i]);
      for (int k = 0; k < 8; ++k) crc = crc >> 1U ^ (crc & 1U ? 0xEDB88320U : 0U);
    }
    set_big_endian(png, 29, ~crc, 4);
  };
  claim(65500);
  expect_refused(png, "too large: 65500 x 65500 pixels");
  claim(13000);  // few enough pixels, but not from so few bytes
  expect_refused(png, "truncated");
  claim(0);
  expect_refused(png, "IHDR");

  // VP8L: 14 bits a side.
  File webp = make_webp(smooth(3, 8, 8), true);
  const size_t at = webp.find("VP8L") + 9;
  for (size_t i = 0; i < 3; ++i) webp[at + i] = '\xFF';
  webp[at + 3] = static_cast<char>((webp[at + 3] & 0xF0) | 0x0F);
  expect_refused(webp, "too large: 16384 x 16384 pixels");

  File tiff = make_tiff({.width = 8, .height = 8, .data = std::vector<uint8_t>(64)});
  const auto set_tag = [&](uint16_t tag, uint32_t value) {  // little endian, type LONG
    const File key{static_cast<char>(tag & 255U), static_cast<char>(tag >> 8U)};
    for (size_t i = tiff.size() - 2; i > 8; --i) {
      if (tiff.compare(i, 2, key) != 0 || tiff[i + 3] != 0 || (tiff[i + 2] != 3 && tiff[i + 2] != 4))
        continue;
      tiff[i + 2] = 4;
      for (size_t k = 0; k < 4; ++k) tiff[i + 8 + k] = static_cast<char>(value >> (8 * k) & 255U);
      return;
    }
    FAIL() << "no tag " << tag;
  };
  set_tag(256, 65500);
  set_tag(257, 65500);
  expect_refused(tiff, "too large: 65500 x 65500 pixels");
  set_tag(256, 13000);
  set_tag(257, 13000);
  expect_refused(tiff, "truncated");
  constexpr uint16_t jpeg_inside = 7, lzma = 34925, zstd = 50000;
  for (const uint16_t compression : {jpeg_inside, lzma, zstd}) {
    set_tag(259, compression);
    expect_refused(tiff, "truncated");
  }
  set_tag(257, 0xFFFFFFFF);
  EXPECT_FALSE(decode(bytes_of(tiff)).ok());
  EXPECT_LT(resident_bytes(), before + (size_t{16} << 20U));
}

TEST(Hostile, ATiffWhoseDirectoriesLoopIsReadOnce) {
  const std::vector<uint8_t> data(64, 7);
  File file = make_tiff({.width = 8, .height = 8, .data = data});
  uint32_t directory = 0;
  for (size_t i = 0; i < 4; ++i)
    directory |= static_cast<uint32_t>(static_cast<unsigned char>(file[4 + i])) << (8 * i);
  const size_t entries = static_cast<unsigned char>(file[directory]);
  const size_t next = directory + 2 + 12 * entries;
  for (size_t i = 0; i < 4; ++i) file[next + i] = file[4 + i];
  EXPECT_EQ(decode(bytes_of(file)).error, "");
}

TEST(Hostile, MaxPixelsIsTheCallersToSet) {
  const File file = make_jpeg(smooth(1, 10, 10));
  EXPECT_EQ(decode(bytes_of(file), {.max_pixels = 100}).error, "");
  EXPECT_EQ(decode(bytes_of(file), {.max_pixels = 99}).error,
            "too large: 10 x 10 pixels, at most 99 are read");
}

TEST(Hostile, WhatIsNoImageSaysSo) {
  EXPECT_EQ(decode({}).error, "empty file");
  EXPECT_EQ(decode(bytes_of("hello")).error, "not an image of a known format");
  const File jpeg = make_jpeg(smooth(1, 10, 10));
  EXPECT_EQ(decode(bytes_of(jpeg.substr(0, jpeg.size() - 2))).error, "truncated");
  EXPECT_EQ(decode(bytes_of(encode_png(smooth(1, 50, 50)).substr(0, 100))).error, "truncated");
  EXPECT_EQ(decode(bytes_of(make_webp(smooth(3, 50, 50), true).substr(0, 100))).error, "truncated");
  for (const char* magic : {"\xFF\xD8\xFF", "\x89PNG\r\n\x1A\n"}) EXPECT_FALSE(decode(bytes_of(magic)).ok());
}

// Half a progressive picture ends with an end marker all the same when it was repaired by a careless tool;
// but then nothing is missing from the file as such. What was cut is found even where it was cut between
// scans.
TEST(Hostile, AProgressiveJpegCutBetweenScansIsTruncated) {
  const File file = make_jpeg(smooth(3, 40, 40), 90, true);
  size_t scans = 0;
  for (size_t at = file.find("\xFF\xDA"); at != File::npos; at = file.find("\xFF\xDA", at + 1), ++scans)
    EXPECT_EQ(decode(bytes_of(file.substr(0, at))).error.empty(), false);
  EXPECT_GT(scans, 3U);
}

}  // namespace
}  // namespace simclr::test
