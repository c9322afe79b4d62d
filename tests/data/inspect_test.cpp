#include "data/inspect.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/fixture.hpp"

namespace simclr {
namespace {

using test::gray_png;
using test::png;
using test::TempFolder;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Inspect, ClassesSplitsAndWhatWasLeftOut) {
  const TempFolder folder;
  for (int i = 0; i < 3; ++i)
    folder.write("train/cat/" + std::to_string(i) + ".png", gray_png(static_cast<uint8_t>(i)));
  folder.write("train/dog/d.png", png(6, 8, {9, 8, 7}));
  folder.write("test/dog/d.png", gray_png(1));  // also train/cat/1.png
  folder.write("x.gif", test::gif);
  folder.write("notes", "hello");
  folder.write("train/cat/bad.jpg", "");
  const auto found = inspect(*open_source(folder.root()), folder.root());
  EXPECT_EQ(found.pictures, 6U);
  EXPECT_EQ(found.labelled, 6U);
  EXPECT_EQ(found.splits, (std::map<std::string, size_t>{{"test", 1}, {"train", 5}}));
  EXPECT_EQ(found.classes, (std::vector<std::pair<std::string, size_t>>{{"cat", 4}, {"dog", 2}}));
  EXPECT_EQ(found.copies, 1U);
  EXPECT_EQ(found.copies_across_splits, 1U);
  EXPECT_EQ(found.bands, (std::map<std::string, size_t>{{"1", 4}, {"3", 1}}));
  EXPECT_EQ(found.formats, (std::map<std::string, size_t>{{"png", 5}}));
  EXPECT_EQ(found.image_size, 16);

  const std::string text = to_text(found);
  for (const char* part : {"(folder)", "test 1, train 5", "cat 4, dog 2", "gif 1", "ignored     1",
                           "height 4 to 6", "bands       3 (pictures of 1 and of 3)", "uint8 5", "png 5",
                           "bad files   1", "empty file", "--image-size 16 --batch-size 6",
                           "more than 1 % of the files are bad", "same picture is in several splits"})
    EXPECT_TRUE(holds(text, part)) << part << " is not in\n" << text;

  const auto json = nlohmann::json::parse(to_json(found));
  EXPECT_EQ(json["kind"], "folder");
  EXPECT_EQ(json["splits"]["train"], 5);
  EXPECT_EQ(json["classes"][1]["name"], "dog");
  EXPECT_EQ(json["unsupported"]["gif"], 1);
  EXPECT_EQ(json["unreadable"], 1);
  EXPECT_EQ(json["statistics"]["bad_files"][0]["error"], "empty file");
  EXPECT_EQ(json["statistics"]["mean"].size(), 3U);
  EXPECT_EQ(json["image_size"], 16);
}

TEST(Inspect, ManyClassesAreSummarised) {
  const TempFolder folder;
  for (int k = 0; k < 30; ++k) {
    const std::string label = std::string("c").append(std::to_string(k)).append("/");
    for (int i = 0; i <= k; ++i) folder.write(label + std::to_string(i) + ".png", gray_png());
  }
  const std::string text = to_text(inspect(*open_source(folder.root()), folder.root()));
  EXPECT_TRUE(holds(text, "30, 465 of 465 pictures labelled; from 1 (c0) to 30 (c29) a class")) << text;
}

TEST(Inspect, NamesThatAreNotUtf8ArePrintedSafely) {
  const TempFolder folder;
  folder.write("cl\xff/a.png", gray_png());
  folder.write("cl\xff/b\n\x1b[31m.png", "");
  const auto found = inspect(*open_source(folder.root()), folder.root());
  const std::string text = to_text(found);
  EXPECT_TRUE(holds(text, "cl\\xff"));
  EXPECT_TRUE(holds(text, "b\\x0a\\x1b[31m.png"));
  EXPECT_FALSE(holds(text, "\x1b"));
  EXPECT_EQ(nlohmann::json::parse(to_json(found))["classes"][0]["name"], "cl\\xff");
}

TEST(Inspect, TellsOfAProblemInsteadOfFailing) {
  const TempFolder folder;
  folder.write("a.png", gray_png().substr(0, 45));
  const auto found = inspect(*open_source(folder.root()), folder.root());
  EXPECT_TRUE(holds(found.problem, "can be decoded"));
  EXPECT_TRUE(holds(to_text(found), "problem"));
  EXPECT_TRUE(nlohmann::json::parse(to_json(found)).contains("problem"));
}

}  // namespace
}  // namespace simclr
