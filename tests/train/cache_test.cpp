#include "train/cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "scratch_folder.hpp"
#include "train/loader.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  ScratchFolder folder, cache;
  Fixture() { folder.pictures(40); }
  std::unique_ptr<Pictures> pictures() const {
    auto source = open_source(folder.path().native());
    auto all = every_record(*source);
    return std::make_unique<Pictures>(std::move(source), std::move(all), PictureForm{.bands = 1}, false);
  }
  std::unique_ptr<Pictures> ready() const {
    auto made = pictures();
    ready_cache(*made, choose("disk", *made, 1e3));
    return made;
  }
  CacheChoice choose(const std::string& asked, const Pictures& made, double bytes) const {
    return choose_cache(asked, cache.path().native(), made, bytes);
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(cache.path()))
      if (entry.path().extension() != ".lock") found.push_back(entry.path());
    return found;
  }
};

std::vector<float> views(const Pictures& pictures) {
  LoaderOptions options;
  options.batch = 8;
  options.size = 12;
  options.bands = 1;
  options.mean = {0.5F};
  options.std = {0.25F};
  options.threads = 3;
  const Pipeline pipeline("crop(min=0.3) > flip > jitter@0.8");
  Loader loader(pictures, pipeline, options);
  std::vector<float> all;
  for (int step = 0; step < 12; ++step) {  // into the third epoch
    const auto batch = loader.next();
    all.insert(all.end(), batch.views.begin(), batch.views.end());
  }
  return all;
}

std::string said_by(const std::function<void()>& act) {
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

TEST(Cache, AutoTakesMemoryThenDiskThenNothing) {
  const Fixture fixture;
  const auto some = fixture.pictures();
  const double much = static_cast<double>(available_memory());
  EXPECT_EQ(fixture.choose("auto", *some, 1e3).where, Cache::ram);
  const double space = static_cast<double>(fs::space(fixture.cache.path()).available);
  const CacheChoice large = fixture.choose("auto", *some, much * 0.6);
  EXPECT_EQ(large.where, much * 0.6 + 1e9 < space ? Cache::disk : Cache::none) << large.why;
  const CacheChoice too_large = fixture.choose("auto", *some, 1e18);
  EXPECT_EQ(too_large.where, Cache::none);
  EXPECT_NE(too_large.why.find(" free"), std::string::npos) << too_large.why;
  fixture.ready();
  EXPECT_EQ(fixture.choose("auto", *some, 1e18).where, Cache::disk) << "they are there already";
  EXPECT_EQ(fixture.choose("none", *some, 1e3).where, Cache::none);
  EXPECT_EQ(fixture.choose("ram", *some, 1e18).where, Cache::ram);
  EXPECT_EQ(fixture.choose("disk", *some, 1e3).where, Cache::disk);
}

TEST(Cache, TheDiskGivesTheSameBitsAndIsFilledOnce) {
  const Fixture fixture;
  const auto plain = fixture.pictures(), kept = fixture.pictures();
  kept->keep_in_memory();
  const auto reference = views(*plain);
  EXPECT_EQ(views(*kept), reference);
  EXPECT_EQ(views(*fixture.ready()), reference);
  ASSERT_EQ(fixture.files().size(), 1U);
  const auto made = fs::last_write_time(fixture.files()[0]);
  EXPECT_EQ(said_by([&] { EXPECT_EQ(views(*fixture.ready()), reference); }), "");
  EXPECT_EQ(fs::last_write_time(fixture.files()[0]), made);
}

TEST(Cache, ReadsNoFileOnceItIsFilled) {
  const Fixture fixture;
  const auto reference = views(*fixture.pictures());
  const auto packed = fixture.ready();
  for (const auto& entry : fs::directory_iterator(fixture.folder.path())) fs::resize_file(entry.path(), 0);
  EXPECT_EQ(views(*packed), reference);
}

TEST(Cache, ChangedPicturesArePackedAnewWithAMessage) {
  const Fixture fixture;
  fixture.ready();
  const fs::path first = fixture.folder.path() / "1000.png";
  fs::copy_file(fixture.folder.path() / "1001.png", first, fs::copy_options::overwrite_existing);
  std::unique_ptr<Pictures> packed;
  const std::string said = said_by([&] { packed = fixture.ready(); });
  EXPECT_NE(said.find("the pictures have changed since"), std::string::npos) << said;
  EXPECT_EQ(views(*packed), views(*fixture.pictures()));
  EXPECT_EQ(fixture.files().size(), 1U);
}

TEST(Cache, ADamagedFileIsPackedAnewWithAMessage) {
  const Fixture fixture;
  fixture.ready();
  fs::resize_file(fixture.files()[0], fs::file_size(fixture.files()[0]) - 1);
  const std::string said = said_by([&] { fixture.ready(); });
  EXPECT_NE(said.find("it is damaged"), std::string::npos) << said;
  EXPECT_EQ(said_by([&] { fixture.ready(); }), "");
}

TEST(Cache, DamageInsideChangesNoView) {
  const Fixture fixture;
  const auto reference = views(*fixture.pictures());
  fixture.ready();
  std::fstream(fixture.files()[0], std::ios::in | std::ios::out | std::ios::binary).seekp(5000) << "damage";
  const std::string said = said_by([&] { EXPECT_EQ(views(*fixture.ready()), reference); });
  EXPECT_NE(said.find("damaged"), std::string::npos) << said;
  EXPECT_TRUE(fixture.files().empty());
}

TEST(Cache, BadFilesAreListedAndReplacedAsEver) {
  const Fixture fixture;
  fixture.folder.pictures(150);
  fixture.folder.write("1007.png", "\x89PNG\r\n\x1a\n and nothing more");
  const auto plain = fixture.pictures(), packed = fixture.ready(), again = fixture.ready();
  const auto reference = views(*plain);
  EXPECT_EQ(views(*packed), reference);
  EXPECT_EQ(views(*again), reference);
  plain->find(7);
  again->find(7);
  for (const auto* one : {plain.get(), packed.get(), again.get()}) {
    ASSERT_EQ(one->bad().size(), 1U);
    EXPECT_NE(one->bad()[0].path.find("1007.png"), std::string::npos);
  }
}

TEST(Cache, WhatAKilledProcessLeftIsCleared) {
  const Fixture fixture;
  fixture.ready();
  const fs::path left = fixture.files()[0].native() + ".12345.tmp";
  std::ofstream(left) << "half";
  fs::remove(fixture.files()[0].extension() == ".tmp" ? fixture.files()[1] : fixture.files()[0]);
  fixture.ready();
  EXPECT_FALSE(fs::exists(left));
  EXPECT_EQ(fixture.files().size(), 1U);
}

TEST(Cache, OthersTakeItWhereItIs) {
  const Fixture fixture;
  PretrainSettings settings;
  settings.cache_dir = fixture.cache.path().native();
  auto one = fixture.pictures();
  take_cache(*one, settings);
  EXPECT_TRUE(fixture.files().empty()) << "nothing is packed";
  fixture.ready();
  auto two = fixture.pictures();
  take_cache(*two, settings);
  const auto expected = one->find(3);
  const std::vector<std::byte> pixels(expected->bytes().begin(), expected->bytes().end());
  fs::resize_file(fixture.folder.path() / "1003.png", 0);
  const auto image = two->find(3);
  ASSERT_TRUE(image);
  EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), image->bytes().begin(), image->bytes().end()));
}

}  // namespace
}  // namespace simclr
