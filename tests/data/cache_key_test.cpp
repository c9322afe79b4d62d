#include "data/cache_key.hpp"

#include <gtest/gtest.h>

#include "data/fixture.hpp"
#include "data/statistics.hpp"

namespace simclr {
namespace {

using test::png;
using test::TempFolder;

struct TwoPictures {
  TempFolder folder;
  TwoPictures() {
    folder.write("a.png", png(2, 2, {0, 51, 255}));
    folder.write("b.png", png(2, 2, {9, 51, 255}));
  }
  CacheKey key(const DecodeOptions& options = {}, int bands = 3) const {
    const auto source = open_source(folder.root());
    return cache_key(*source, every_record(*source), options, bands);
  }
};

TEST(CacheKey, IsTheSameUntilAFileChanges) {
  const TwoPictures two;
  const CacheKey before = two.key();
  EXPECT_EQ(two.key(), before);
  const auto time = std::filesystem::last_write_time(two.folder.at("b.png"));
  std::filesystem::last_write_time(two.folder.at("b.png"), time + std::chrono::microseconds(1));
  EXPECT_EQ(two.key().pictures, before.pictures);
  EXPECT_NE(two.key().state, before.state) << "touched";
  std::filesystem::last_write_time(two.folder.at("b.png"), time);
  EXPECT_EQ(two.key(), before);
  two.folder.write("b.png", png(2, 3, {9, 51, 255}) + "more");
  std::filesystem::last_write_time(two.folder.at("b.png"), time);
  EXPECT_NE(two.key().state, before.state) << "of another size";
}

TEST(CacheKey, TellsOtherPicturesAndOtherDecoding) {
  const TwoPictures two, elsewhere;
  const CacheKey before = two.key();
  EXPECT_NE(elsewhere.key().pictures, before.pictures);
  EXPECT_NE(two.key({.bands = 1}).pictures, before.pictures);
  EXPECT_NE(two.key({.exif_orientation = true}).pictures, before.pictures);
  EXPECT_NE(two.key({.max_pixels = 9}).pictures, before.pictures);
  EXPECT_NE(two.key({}, 4).pictures, before.pictures);
  const auto source = open_source(two.folder.root());
  EXPECT_NE(cache_key(*source, std::vector<uint32_t>{1, 0}, {}, 3).pictures, before.pictures)
      << "their order";
  EXPECT_NE(cache_key(*source, std::vector<uint32_t>{0}, {}, 3).pictures, before.pictures);
  std::filesystem::rename(two.folder.at("b.png"), two.folder.at("c.png"));
  EXPECT_NE(two.key().pictures, before.pictures);
}

TEST(CacheKey, FollowsTheFileThatHoldsAnArray) {
  const TempFolder folder;
  folder.write("x.npy", test::npy("|u1", "2, 2, 2", "abcdefgh"));
  const auto key = [&] {
    const auto source = open_source(folder.at("x.npy"));
    return cache_key(*source, every_record(*source), {}, 1);
  };
  const CacheKey before = key();
  EXPECT_EQ(key(), before);
  const auto time = std::filesystem::last_write_time(folder.at("x.npy"));
  std::filesystem::last_write_time(folder.at("x.npy"), time + std::chrono::seconds(1));
  EXPECT_NE(key().state, before.state);
}

}  // namespace
}  // namespace simclr
