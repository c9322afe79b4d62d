#include <gtest/gtest.h>

#include "data/fixture.hpp"

namespace simclr {
namespace {

using test::gray_png;
using test::ids;
using test::labels;
using test::refusal;
using test::splits;
using test::TempFolder;
using test::Texts;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Csv, PathLabelSplit) {
  const TempFolder folder, elsewhere;
  for (const char* name : {"in/a.png", "in/b c.png", "d.png"}) folder.write(name, gray_png());
  elsewhere.write("far.png", gray_png());
  folder.write("t.csv", "path,label,split\nin/a.png,cat,train\n\"in/b c.png\",,test\n./d.png,dog,\n" +
                            elsewhere.at("far.png") + ",cat,val\n");
  const auto source = open_source(folder.at("t.csv"));
  EXPECT_EQ(source->kind(), "csv");
  EXPECT_EQ(ids(*source), (Texts{"in/a.png", "in/b c.png", "d.png", elsewhere.at("far.png")}));  // as listed
  EXPECT_EQ(labels(*source), (Texts{"cat", "", "dog", "cat"}));
  EXPECT_EQ(splits(*source), (Texts{"train", "test", "", "val"}));
  EXPECT_EQ(source->path(2), folder.at("d.png"));
  EXPECT_EQ(source->path(3), elsewhere.at("far.png"));
  for (size_t i = 0; i < source->size(); ++i) EXPECT_TRUE(source->read(i, {}).ok());
  EXPECT_EQ(ids(*open_source(folder.at("t.csv") + ":test")), (Texts{"in/b c.png"}));
}

TEST(Csv, OtherNamesOfColumnsInAnyCase) {
  for (const auto& [path, label] : {std::pair("file", "class"),
                                    {"Filename", "TARGET"},
                                    {"image", "taxonomy"},
                                    {"image_path", "Label"},
                                    {"img_file_name", "category"}}) {
    const TempFolder folder;
    folder.write("a.png", gray_png());
    folder.write("t.tsv", std::string("extra\t") + label + "\t" + path + "\n1\tcat\ta.png\n");
    EXPECT_EQ(labels(*open_source(folder.at("t.tsv"))), (Texts{"cat"})) << path;
  }
}

TEST(Csv, TheSecondHeaderLineOfEcoTaxaIsNoPicture) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("ecotaxa.tsv", "img_file_name\tobject_annotation_category\n[t]\t[t]\na.png\tcopepod\n");
  EXPECT_EQ(labels(*open_source(folder.at("ecotaxa.tsv"))), (Texts{"copepod"}));
}

TEST(Csv, LabelsAreInNumericOrderWhenAllAreNumbers) {
  const TempFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png"}) folder.write(name, gray_png());
  folder.write("n.csv", "path,label\na.png,10\nb.png,2\nc.png,-1\n");
  EXPECT_EQ(open_source(folder.at("n.csv"))->classes(), (Texts{"-1", "2", "10"}));
  folder.write("w.csv", "path,label\na.png,10\nb.png,2\nc.png,x\n");
  EXPECT_EQ(open_source(folder.at("w.csv"))->classes(), (Texts{"10", "2", "x"}));
}

TEST(Csv, MissingFilesAreKeptAndCounted) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("t.csv", "path,label\na.png,1\ngone.png,2\nmissing,3\n");
  testing::internal::CaptureStderr();
  const auto source = open_source(folder.at("t.csv"));
  EXPECT_TRUE(holds(testing::internal::GetCapturedStderr(), "2 of 3 files"));
  EXPECT_EQ(source->size(), 3U);
  EXPECT_EQ(source->scan().unreadable, 2U);
  EXPECT_EQ(source->read(1, {}).error, "cannot be read: No such file or directory");
}

TEST(Csv, UnsupportedFormatsAreLeftOutAndCounted) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("b.gif", test::gif);
  folder.write("t.csv", "path\nb.gif\na.png\n");
  const auto source = open_source(folder.at("t.csv"));
  EXPECT_EQ(ids(*source), (Texts{"a.png"}));
  EXPECT_EQ(source->scan().unsupported.at("gif"), 1U);
}

TEST(Csv, ARepeatedPictureCountsOnce) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("t.csv", "path,label\na.png,1\n./a.png,1\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(ids(*open_source(folder.at("t.csv"))), (Texts{"a.png"}));
  EXPECT_TRUE(holds(testing::internal::GetCapturedStderr(), "repeat a picture"));
  folder.write("t.csv", "path,label\na.png,1\na.png,2\n");
  EXPECT_TRUE(holds(refusal(folder.at("t.csv")), "t.csv:3: a.png has another label or split on line 2."));
}

TEST(Csv, ErrorsSayWhereAndWhat) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("t.csv", "a.png,cat\n");
  EXPECT_TRUE(holds(refusal(folder.at("t.csv")), "no column with paths; its columns are a.png, cat."));
  folder.write("t.csv", "path,label,split\na.png,cat,tarin\n");
  EXPECT_TRUE(holds(refusal(folder.at("t.csv")), "t.csv:2: 'tarin' is not a split."));
  folder.write("t.csv", "path,label\n,cat\n");
  EXPECT_TRUE(holds(refusal(folder.at("t.csv")), "t.csv:2: the path is empty."));
  folder.write("t.csv", "path,label\nimages/a.png,cat\n");
  const auto wrong = refusal(folder.at("t.csv"));
  EXPECT_TRUE(holds(wrong, "no image among the files named by")) << wrong;
  EXPECT_TRUE(holds(wrong, "the first is 'images/a.png'"));
  EXPECT_TRUE(holds(wrong, "relative to the folder of the table"));
  folder.write("t.csv", "path,label\n");
  EXPECT_TRUE(holds(refusal(folder.at("t.csv")), "names no file"));
}

TEST(List, OnePathALine) {
  const TempFolder folder;
  for (const char* name : {"b.png", "in/a b.png"}) folder.write(name, gray_png());
  folder.write("l.txt",
               "\xEF\xBB\xBF"
               "b.png\r\n\n./in/a b.png\nb.png\n" +
                   folder.at("b.png"));
  const auto source = open_source(folder.at("l.txt"));
  EXPECT_EQ(source->kind(), "list");
  EXPECT_EQ(ids(*source), (Texts{"b.png", "in/a b.png", folder.at("b.png")}));
  EXPECT_FALSE(source->labelled());
  EXPECT_TRUE(source->read(1, {}).ok());
}

TEST(List, FromTheCurrentFolder) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("l.lst", "a.png\n");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.root());
  const auto source = open_source("l.lst");
  EXPECT_EQ(source->path(0), "a.png");
  EXPECT_TRUE(source->read(0, {}).ok());
  std::filesystem::current_path(before);
}

TEST(List, Errors) {
  const TempFolder folder;
  folder.write("l.txt", "\n\n");
  EXPECT_TRUE(holds(refusal(folder.at("l.txt")), "names no file"));
  folder.write("l.txt", "gone.png\nlost.png\n");
  EXPECT_TRUE(holds(refusal(folder.at("l.txt")), "no image among the files named by"));
  EXPECT_TRUE(holds(refusal(folder.at("l.txt") + ":train"), "no image among"));
}

}  // namespace
}  // namespace simclr
