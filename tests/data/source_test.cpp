#include "data/source.hpp"

#include <gtest/gtest.h>

#include "data/fixture.hpp"

namespace simclr {
namespace {

using test::gray_png;
using test::ids;
using test::refusal;
using test::TempFolder;
using test::Texts;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(OpenSource, NoSuchPath) {
  EXPECT_TRUE(holds(refusal("/nowhere/at/all"), "no such file or folder: /nowhere/at/all."));
  EXPECT_TRUE(holds(refusal("/nowhere/at/all:test"), "no such file or folder: /nowhere/at/all."));
  EXPECT_TRUE(holds(refusal(""), "the path is empty"));
  EXPECT_TRUE(holds(refusal(":train"), "no such file or folder"));
}

TEST(OpenSource, AFileWhereAFolderIsMeant) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("notes.md", "#");
  EXPECT_TRUE(holds(refusal(folder.at("a.png")), "is one picture, not a folder"));
  EXPECT_TRUE(holds(refusal(folder.at("notes.md")), "notes.md is a file, not a folder of pictures."));
}

TEST(OpenSource, UnknownSplitWords) {
  const TempFolder folder;
  folder.write("train/a.png", gray_png());
  folder.write("test/a.png", gray_png());
  EXPECT_TRUE(holds(refusal(folder.root() + ":tset"), "no split 'tset'"));
  EXPECT_TRUE(holds(refusal(folder.root() + ":tset"), "'test'?"));
  EXPECT_TRUE(holds(refusal(folder.root() + ":"), "no split ''"));
  EXPECT_TRUE(holds(refusal(folder.root() + ":val"),
                    "no split 'val' in " + folder.root() + ": it has train (1), test (1)."));
}

TEST(OpenSource, ASourceWithoutSplits) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  const auto said = refusal(folder.root() + ":train");
  EXPECT_TRUE(holds(said, "it has no splits"));
  EXPECT_TRUE(holds(said, "--val-fraction"));
}

TEST(OpenSource, AColonMayBePartOfAName) {
  const TempFolder folder;
  folder.write("x:test/a.png", gray_png());
  folder.write("x/train/b.png", gray_png());
  folder.write("x/test/c.png", gray_png());
  EXPECT_EQ(ids(*open_source(folder.at("x:test"))), (Texts{"a.png"}));
  EXPECT_EQ(ids(*open_source(folder.at("x:train"))), (Texts{"train/b.png"}));
  folder.write("y:1/train/b.png", gray_png());
  EXPECT_EQ(ids(*open_source(folder.at("y:1:train"))), (Texts{"train/b.png"}));
}

TEST(OpenSource, ATrailingSlashChangesNothing) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  EXPECT_EQ(open_source(folder.root() + "/")->path(0), folder.at("a.png"));
}

}  // namespace
}  // namespace simclr
