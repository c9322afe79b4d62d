#include "data/duplicates.hpp"

#include <gtest/gtest.h>

#include "base/expect_error.hpp"
#include "data/duplicates_report.hpp"
#include "data/scenes.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

using test::jpeg_of;
using test::Labelled;
using test::scene;
using test::TempFolder;

Image resized(const Image& image, int height, int width, bool mirror = false, float scale = 1) {
  return crop_resize(image, {0, 0, image.height(), image.width()}, height, width, Filter::bilinear, mirror,
                     scale * unit_scale(image.sample()));
}

Duplicates found_in(const TempFolder& folder, const DuplicateOptions& options = {}) {
  return find_duplicates(*open_source(folder.root()), nullptr, options);
}

// "a.png b.png | c.png d.png"
std::string groups_of(const TempFolder& folder, const DuplicateOptions& options = {}) {
  const auto source = open_source(folder.root());
  std::string text;
  for (const auto& group : find_duplicates(*source, nullptr, options).groups) {
    text += text.empty() ? "" : " |";
    for (const auto& one : group) text.append(text.empty() ? "" : " ").append(source->record(one.index).id);
  }
  return text;
}

TEST(Duplicates, SamePixelsInOtherFilesAreExact) {
  const TempFolder folder;
  folder.write("a.png", encode_png(scene(1)));
  folder.write("b.png", encode_png(scene(2)));
  folder.write("copy/a again.png", encode_png(scene(1)) + "bytes after the end");
  const auto found = found_in(folder);
  EXPECT_EQ(found.pictures, 3U);
  EXPECT_EQ(found.exact_pairs, 1U);
  EXPECT_EQ(found.near_pairs, 0U);
  ASSERT_EQ(found.groups.size(), 1U);
  for (const Duplicate& one : found.groups[0]) {
    EXPECT_TRUE(one.exact);
    EXPECT_EQ(one.distance, 0);
  }
  EXPECT_EQ(groups_of(folder), "a.png copy/a again.png");
}

TEST(Duplicates, SavedAgainResizedOrBrighterIsNear) {
  const TempFolder folder;
  const Image picture = scene(1);
  folder.write("0.png", encode_png(picture));
  folder.write("jpeg90.jpg", jpeg_of(picture, 90));
  folder.write("jpeg30.jpg", jpeg_of(picture, 30));
  folder.write("half.png", encode_png(resized(picture, 48, 64)));
  folder.write("large.png", encode_png(resized(picture, 150, 200)));
  folder.write("brighter.png", encode_png(resized(picture, 96, 128, false, 1.15F)));
  for (unsigned i = 2; i < 30; ++i) folder.write("other" + std::to_string(i) + ".png", encode_png(scene(i)));
  const auto found = found_in(folder);
  EXPECT_EQ(groups_of(folder), "0.png brighter.png half.png jpeg30.jpg jpeg90.jpg large.png");
  EXPECT_EQ(found.exact_pairs, 0U);
  EXPECT_EQ(found.near_pairs, 15U);  // all of six
  for (const Duplicate& one : found.groups.at(0)) {
    EXPECT_FALSE(one.exact);
    EXPECT_LE(one.distance, 24);
  }
}

TEST(Duplicates, DistanceZeroKeepsTheSameHashAlone) {
  const TempFolder folder;
  folder.write("a.png", encode_png(scene(1)));
  folder.write("b.jpg", jpeg_of(scene(1), 50));
  EXPECT_EQ(found_in(folder).near_pairs, 1U);
  DuplicateOptions strict;
  strict.distance = 0;
  EXPECT_EQ(found_in(folder, strict).near_pairs, 0U);
  EXPECT_GT(found_in(folder).groups.at(0).at(0).distance, 0);
}

TEST(Duplicates, AnotherShapeIsAnotherPicture) {
  const TempFolder folder;
  folder.write("a.png", encode_png(scene(1)));
  folder.write("flat.png", encode_png(resized(scene(1), 72, 128)));
  folder.write("nearly.png", encode_png(resized(scene(1), 93, 128)));
  EXPECT_EQ(groups_of(folder), "a.png nearly.png");
}

TEST(Duplicates, GrayAndRgbOfOnePictureAreNear) {
  const TempFolder folder;
  const Image rgb = scene(1);
  Image gray(1, rgb.height(), rgb.width(), Sample::u8);
  for (size_t i = 0; i < gray.plane(); ++i)
    gray.band<uint8_t>(0)[i] = static_cast<uint8_t>(
        0.299 * rgb.band<uint8_t>(0)[i] + 0.587 * rgb.band<uint8_t>(1)[i] + 0.114 * rgb.band<uint8_t>(2)[i]);
  folder.write("rgb.png", encode_png(rgb));
  folder.write("gray.png", encode_png(gray));
  EXPECT_EQ(groups_of(folder), "gray.png rgb.png");
}

TEST(Duplicates, BlankPicturesAreComparedByPixelsAlone) {
  const TempFolder folder;
  for (int i = 0; i < 5; ++i)
    folder.write(std::to_string(i) + ".png", test::png(32, 32, {static_cast<uint8_t>(40 * i)}));
  folder.write("other size.png", test::png(16, 16, {40}));
  folder.write("twin.png", test::png(32, 32, {40}));
  folder.write("scene.png", encode_png(scene(1)));
  const auto found = found_in(folder);
  EXPECT_EQ(found.blank, 7U);
  EXPECT_EQ(groups_of(folder), "1.png twin.png");
  EXPECT_EQ(found.near_pairs, 0U);
}

TEST(Duplicates, BadFilesAreCountedAndListed) {
  const TempFolder folder;
  folder.write("a.png", encode_png(scene(1)));
  folder.write("b.png", encode_png(scene(1)));
  folder.write("torn.png", encode_png(scene(1)).substr(0, 60));
  folder.write("empty.jpg", "");
  const auto found = found_in(folder);
  EXPECT_EQ(found.pictures, 4U);
  ASSERT_EQ(found.bad.size(), 2U);
  EXPECT_EQ(found.bad[0].path, folder.at("empty.jpg"));
  EXPECT_EQ(found.exact_pairs, 1U);
}

TEST(Duplicates, NotOneReadableIsAnError) {
  const TempFolder folder;
  folder.write("torn.png", encode_png(scene(1)).substr(0, 60));
  expect_error([&] { found_in(folder); }, Exit::data, {"none of the 1 pictures", "torn.png"});
}

TEST(Duplicates, PairsAcrossSplitsAndOfOtherLabels) {
  const Labelled data;
  const auto found = found_in(data.folder);
  EXPECT_EQ(found.exact_pairs, 3U + 1U);
  EXPECT_EQ(found.near_pairs, 3U);
  EXPECT_EQ(found.across_splits, 2U + 2U);  // a c, b c; d a, d b
  EXPECT_EQ(found.other_labels, 2U + 2U);   // a b, a c; d b, d c
  ASSERT_EQ(found.groups.size(), 2U);
  EXPECT_EQ(found.groups[0].size(), 4U);
  EXPECT_EQ(found.groups[1].size(), 2U);
  EXPECT_EQ(found.in_groups(), 6U);
}

TEST(Duplicates, OnlyPairsOfBothSourcesCountAgainst) {
  const Labelled data;
  const auto train = open_source(data.folder.root() + ":train");
  const auto test = open_source(data.folder.root() + ":test");
  const auto found = find_duplicates(*test, train.get(), {});
  EXPECT_EQ(found.pictures, 6U);
  EXPECT_EQ(found.exact_pairs, 2U);  // c with a and b; neither a with b nor f with g
  EXPECT_EQ(found.near_pairs, 2U);   // d with a and b
  EXPECT_EQ(found.across_splits, 4U);
  EXPECT_EQ(found.other_labels, 2U);  // c a, d b
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.in_groups(0), 2U);
  EXPECT_EQ(found.in_groups(1), 2U);
  for (const Duplicate& one : found.groups[0])
    EXPECT_EQ(one.exact, !(one.source == 0 && test->record(one.index).id == "test/cat/d.jpg"));
}

TEST(Duplicates, MirroredAndTurnedOnesOnlyWhenAsked) {
  const Image picture = scene(1);
  Image turned(3, picture.width(), picture.height(), Sample::u8);  // a quarter clockwise
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < picture.height(); ++y)
      for (int x = 0; x < picture.width(); ++x)
        turned.band<uint8_t>(c)[static_cast<size_t>(x * turned.width() + turned.width() - 1 - y)] =
            picture.band<uint8_t>(c)[static_cast<size_t>(y * picture.width() + x)];
  const TempFolder folder;
  folder.write("a.png", encode_png(picture));
  folder.write("mirrored.png", encode_png(resized(picture, 96, 128, true)));
  folder.write("turned.png", encode_png(turned));
  folder.write("turned and mirrored.png", encode_png(resized(turned, 128, 96, true)));
  for (unsigned i = 2; i < 10; ++i) folder.write("other" + std::to_string(i) + ".png", encode_png(scene(i)));
  EXPECT_EQ(groups_of(folder), "");
  DuplicateOptions options;
  options.rotated = true;
  EXPECT_EQ(groups_of(folder, options), "a.png mirrored.png turned and mirrored.png turned.png");
  const auto found = found_in(folder, options);
  EXPECT_EQ(found.near_pairs, 6U);
  for (const Duplicate& one : found.groups.at(0)) EXPECT_LE(one.distance, 2);
}

// 600 pictures and 40 of them saved again: more than a block of reading, of searching, and a tile.
TEST(Duplicates, TheSameForAnyNumberOfThreads) {
  const TempFolder folder;
  for (unsigned i = 0; i < 600; ++i) {
    const Image picture = scene(i, 32, 32);
    folder.write("p" + std::to_string(1000 + i) + ".png", encode_png(picture));
    if (i % 15 == 0) folder.write("q" + std::to_string(1000 + i) + ".jpg", jpeg_of(picture, 85));
  }
  std::vector<std::string> texts;
  for (const unsigned threads : {1U, 2U, 5U}) {
    const auto source = open_source(folder.root());
    DuplicatesReport report{"x", "", source.get(), nullptr, {}, {}};
    report.options.threads = threads;
    report.options.distance = 40;
    report.found = find_duplicates(*source, nullptr, report.options);
    EXPECT_EQ(report.found.groups.size(), 40U);
    EXPECT_EQ(report.found.near_pairs, 40U);
    for (const auto& group : report.found.groups) {
      ASSERT_EQ(group.size(), 2U);
      EXPECT_EQ(source->record(group[0].index).id.substr(1, 4),
                source->record(group[1].index).id.substr(1, 4));
    }
    texts.push_back(to_csv(report));
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

}  // namespace
}  // namespace simclr
