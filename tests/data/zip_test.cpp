#include <gtest/gtest.h>

#include "base/threads.hpp"
#include "data/both_fixture.hpp"
#include "data/cache_key.hpp"
#include "data/statistics.hpp"

namespace simclr {
namespace {

using test::Both;
using test::gray_png;
using test::holds;
using test::ids;
using test::labels;
using test::read_all;
using test::refusal;
using test::TempFolder;
using test::Texts;
using test::write_zip;
using test::ZipFile;

TEST(Zip, ClassFoldersAndSplitsAsInAFolder) {
  const Both both({{"set/train/cat/1.png", gray_png(1), true},
                   {"set/train/dog/2.png", gray_png(2)},
                   {"set/test/cat/3.png", gray_png(3)},
                   {"set/test/cat/x.gif", test::gif},
                   {"set/test/cat/bad.png", "no picture"},
                   {"set/.hidden/4.png", gray_png(4)},
                   {"set/notes", "hello"}});
  for (const auto& source : both.open()) {
    EXPECT_EQ(ids(*source), (Texts{"set/test/cat/3.png", "set/test/cat/bad.png", "set/train/cat/1.png",
                                   "set/train/dog/2.png"}));
    EXPECT_EQ(labels(*source), (Texts{"cat", "cat", "cat", "dog"}));
    EXPECT_EQ(read_all(*source)[2], "1");
    EXPECT_EQ(source->scan().unsupported.at("gif"), 1U);
    EXPECT_EQ(source->scan().ignored, 1U);
    EXPECT_EQ(source->scan().unreadable, 1U);
  }
  EXPECT_EQ(both.open()[1]->kind(), "zip");
  EXPECT_EQ(ids(*open_source(both.folder.at("export.zip:train"))),
            (Texts{"set/train/cat/1.png", "set/train/dog/2.png"}));
}

TEST(Zip, ATableAtItsTopGivesLabels) {
  const Both both({{"labels.csv", "path,label\n1.png,cat\n"}, {"pictures/1.png", gray_png()}});
  for (const auto& source : both.open()) EXPECT_EQ(labels(*source), (Texts{"cat"}));
}

TEST(Zip, WhatMacOsAddsIsLeftOut) {
  const TempFolder folder;
  write_zip(folder.at("a.ZIP"),
            {{"cat/1.png", gray_png()}, {"__MACOSX/cat/._1.png", "x"}, {"cat/.DS_Store", "x"}});
  EXPECT_EQ(ids(*open_source(folder.at("a.ZIP"))), (Texts{"cat/1.png"}));
}

TEST(Zip, Errors) {
  const TempFolder folder;
  folder.write("a.zip", "no zip");
  EXPECT_TRUE(holds(refusal(folder.at("a.zip")), "a.zip as a ZIP archive"));
  write_zip(folder.at("b.zip"), {{"notes", "x"}});
  EXPECT_TRUE(holds(refusal(folder.at("b.zip")), "no image in " + folder.at("b.zip") + ": 1 file: 1 other."));
  write_zip(folder.at("c.zip"), {{"one.zip", "x"}});
  EXPECT_TRUE(holds(refusal(folder.at("c.zip")), "It holds ZIP files"));
}

TEST(Zip, AHostileEntryIsABadFileAndNoMore) {
  const TempFolder folder;
  write_zip(folder.at("a.zip"), {{"cat/1.png", gray_png(9)},
                                 {"cat/2.png", gray_png()},
                                 {"cat/3.png", gray_png()},
                                 {"cat/4.png", gray_png()},
                                 {"../cat/5.png", gray_png()}});
  std::string bytes = test::slurp(folder.at("a.zip"));
  test::put_little(bytes, test::directory_header(bytes, "cat/2.png") + 16, 1, 4);           // CRC
  test::put_little(bytes, test::directory_header(bytes, "cat/3.png") + 24, 0xF0000000, 4);  // size
  test::put_little(bytes, test::directory_header(bytes, "cat/4.png") + 8, 1, 2);            // encrypted
  folder.write("a.zip", bytes);
  testing::internal::CaptureStderr();
  const auto source = open_source(folder.at("a.zip"));
  EXPECT_TRUE(holds(testing::internal::GetCapturedStderr(), "1 entry of "));
  EXPECT_EQ(ids(*source), (Texts{"cat/1.png", "cat/2.png", "cat/3.png", "cat/4.png"}));
  EXPECT_EQ(read_all(*source),
            (Texts{"9", "damaged: its checksum is another", "larger than 512 MiB", "encrypted"}));
}

TEST(Zip, TheKeyOfDecodedPicturesFollowsTheArchive) {
  const TempFolder folder;
  write_zip(folder.at("a.zip"), {{"cat/1.png", gray_png()}, {"cat/2.png", gray_png()}});
  const auto key = [&] {
    const auto source = open_source(folder.at("a.zip"));
    return cache_key(*source, every_record(*source), {}, 1);
  };
  const CacheKey before = key();
  EXPECT_EQ(key(), before);
  const auto time = std::filesystem::last_write_time(folder.at("a.zip"));
  std::filesystem::last_write_time(folder.at("a.zip"), time + std::chrono::seconds(1));
  EXPECT_EQ(key().pictures, before.pictures);
  EXPECT_NE(key().state, before.state);
  write_zip(folder.at("a.zip"), {{"cat/1.png", gray_png()}, {"cat/3.png", gray_png()}});
  EXPECT_NE(key().pictures, before.pictures);
}

TEST(Zip, PicturesAreReadByManyThreadsAtOnce) {
  const TempFolder folder;
  std::vector<ZipFile> files;
  for (int i = 0; i < 50; ++i)
    files.push_back({"c/" + std::to_string(100 + i), gray_png(static_cast<uint8_t>(i))});
  write_zip(folder.at("a.zip"), files);
  const auto source = open_source(folder.at("a.zip"));
  ASSERT_EQ(source->size(), 50U);
  std::vector<int> values(2000, -1);
  parallel_for(values.size(), 24, [&](size_t i) {
    const Decoded picture = source->read(i % 50, {});
    if (picture.ok()) values[i] = picture.image.band<uint8_t>(0)[0];
  });
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], static_cast<int>(i % 50));
}

}  // namespace
}  // namespace simclr
