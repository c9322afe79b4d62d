#include "train/loader.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "scratch_folder.hpp"

namespace simclr {
namespace {

struct LoaderFixture {
  ScratchFolder folder;
  LoaderOptions options;
  LoaderFixture() {
    folder.pictures(23);
    options.batch = 5;
    options.size = 12;
    options.bands = 1;
    options.mean = {0.5F};
    options.std = {0.25F};
    options.seed = 7;
  }
  Pictures pictures(bool keep) const {
    auto source = open_source(folder.path().native());
    auto all = every_record(*source);
    return {std::move(source), std::move(all), {.bands = 1}, keep};
  }
};

struct Copied {
  std::vector<float> views;
  std::vector<uint64_t> pictures;
};

std::vector<Copied> take_batches(const Pictures& pictures, const LoaderOptions& options, int count) {
  const Pipeline pipeline("crop(min=0.3) > flip > jitter@0.8");
  Loader loader(pictures, pipeline, options);
  std::vector<Copied> all;
  for (int i = 0; i < count; ++i) {
    const auto batch = loader.next();
    all.push_back({{batch.views.begin(), batch.views.end()}, {batch.pictures.begin(), batch.pictures.end()}});
  }
  return all;
}

TEST(Loader, ThreadsCacheAndResumeChangeNothing) {
  const LoaderFixture fixture;
  const Pictures kept = fixture.pictures(true), fresh = fixture.pictures(false);
  const auto reference = take_batches(fresh, fixture.options, 11);
  for (const unsigned threads : {2U, 3U, 8U}) {
    LoaderOptions options = fixture.options;
    options.threads = threads;
    const auto other = take_batches(kept, options, 11);
    for (size_t i = 0; i < other.size(); ++i)
      EXPECT_EQ(reference[i].views, other[i].views) << threads << ' ' << i;
  }
  LoaderOptions later = fixture.options;
  later.first_step = 6;
  const auto resumed = take_batches(fresh, later, 5);
  for (size_t i = 0; i < resumed.size(); ++i) EXPECT_EQ(reference[6 + i].views, resumed[i].views) << i;
}

TEST(Loader, AnEpochShowsEachPictureAtMostOnce) {
  const LoaderFixture fixture;
  const Pictures pictures = fixture.pictures(true);
  const auto batches = take_batches(pictures, fixture.options, 8);  // two epochs of four steps
  for (const size_t first : {0U, 4U}) {
    std::set<uint64_t> seen;
    for (size_t i = first; i < first + 4; ++i)
      seen.insert(batches[i].pictures.begin(), batches[i].pictures.end());
    EXPECT_EQ(seen.size(), 20U);
  }
  EXPECT_NE(batches[0].pictures, batches[4].pictures) << "epochs have orders of their own";
}

TEST(Loader, RowsAreTheTwoViewsNormalised) {
  const LoaderFixture fixture;
  const Pictures pictures = fixture.pictures(true);
  const Pipeline pipeline("crop(min=0.3) > flip > jitter@0.8");
  const auto batch = take_batches(pictures, fixture.options, 1)[0];
  const size_t row = 12 * 12;
  for (size_t i = 0; i < 5; ++i) {
    for (uint8_t view = 0; view < 2; ++view) {
      const Image made =
          pipeline.apply(*pictures.find(batch.pictures[i]), {7, 0, batch.pictures[i], view}, 0, 12);
      for (size_t p = 0; p < row; ++p)
        ASSERT_NEAR(batch.views[(i + view * 5) * row + p], (made.band<float>(0)[p] - 0.5F) / 0.25F, 1e-5F);
    }
  }
}

TEST(Loader, BadFilesAreReplacedTheSameWayAndListed) {
  const LoaderFixture fixture;
  for (int i = 0; i < 180; ++i) {
    Image image(1, 4, 4, Sample::u8);
    image.band<uint8_t>(0)[0] = static_cast<uint8_t>(i);
    fixture.folder.write("more" + std::to_string(i) + ".png", encode_png(image));
  }
  fixture.folder.write("broken.png", "\x89PNG\r\n\x1a\n and nothing more");
  const Pictures one = fixture.pictures(true), two = fixture.pictures(false);
  LoaderOptions options = fixture.options;
  const auto a = take_batches(one, options, 45);
  options.threads = 4;
  const auto b = take_batches(two, options, 45);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].views, b[i].views);
  ASSERT_EQ(one.bad().size(), 1U);
  EXPECT_NE(one.bad()[0].path.find("broken.png"), std::string::npos);
}

TEST(Loader, MoreThanOnePercentBadStops) {
  const LoaderFixture fixture;
  fixture.folder.write("broken.png", "\x89PNG\r\n\x1a\n and nothing more");
  const Pictures pictures = fixture.pictures(true);
  try {
    take_batches(pictures, fixture.options, 10);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::data);
    EXPECT_NE(std::string(error.what()).find("broken.png"), std::string::npos) << error.what();
  }
}

TEST(Pictures, AnotherNumberOfBandsIsABadFile) {
  const ScratchFolder folder;
  folder.pictures(3);
  auto source = open_source(folder.path().native());
  auto all = every_record(*source);
  const Pictures pictures(std::move(source), std::move(all), {.bands = 4}, false);
  EXPECT_THROW(pictures.get(0), Error);
}

}  // namespace
}  // namespace simclr
