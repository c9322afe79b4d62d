#include <sys/stat.h>

#include <algorithm>

#include "data/fixture.hpp"
#include "data/path_index.hpp"
#include "data/walk.hpp"

namespace simclr {
namespace {

using test::gray_png;
using test::ids;
using test::labels;
using test::refusal;
using test::splits;
using test::TempFolder;
using test::Texts;

TEST(Folder, PicturesAtTheTopHaveNoLabels) {
  const TempFolder folder;
  folder.write("b.png", gray_png());
  folder.write("a.png", gray_png());
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->kind(), "folder");
  EXPECT_EQ(ids(*source), (Texts{"a.png", "b.png"}));
  EXPECT_EQ(source->path(1), folder.at("b.png"));
  EXPECT_FALSE(source->labelled());
  EXPECT_TRUE(source->classes().empty());
}

TEST(Folder, FirstSubFoldersAreClasses) {
  const TempFolder folder;
  for (const char* name : {"dog/1.png", "cat/deep/er/2.png", "cat/1.png", "top.png", "Zebra/1.png"})
    folder.write(name, gray_png());
  folder.write("empty/readme.md", "nothing");
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->classes(), (Texts{"Zebra", "cat", "dog"}));
  EXPECT_EQ(ids(*source), (Texts{"Zebra/1.png", "cat/1.png", "cat/deep/er/2.png", "dog/1.png", "top.png"}));
  EXPECT_EQ(labels(*source), (Texts{"Zebra", "cat", "cat", "dog", ""}));
}

TEST(Folder, SplitFoldersHoldTheClasses) {
  const TempFolder folder;
  for (const char* name : {"train/cat/1.png", "train/dog/1.png", "test/cat/1.png", "valid/emu/1.png",
                           "test/loose.png", "unlabelled/cat/1.png"})
    folder.write(name, gray_png());
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->classes(), (Texts{"cat", "dog", "emu"}));  // of all splits
  EXPECT_EQ(ids(*source), (Texts{"test/cat/1.png", "test/loose.png", "train/cat/1.png", "train/dog/1.png",
                                 "unlabelled/cat/1.png", "valid/emu/1.png"}));
  EXPECT_EQ(labels(*source), (Texts{"cat", "", "cat", "dog", "", "emu"}));
  EXPECT_EQ(splits(*source), (Texts{"test", "test", "train", "train", "", "val"}));
}

TEST(Folder, OneSplitIsTakenWithAllClasses) {
  const TempFolder folder;
  for (const char* name : {"train/cat/1.png", "train/dog/1.png", "test/dog/1.png"})
    folder.write(name, gray_png());
  const auto test = open_source(folder.root() + ":test");
  EXPECT_EQ(ids(*test), (Texts{"test/dog/1.png"}));
  EXPECT_EQ(test->classes(), (Texts{"cat", "dog"}));
  EXPECT_EQ(test->record(0).label, 1);
  EXPECT_EQ(test->path(0), folder.at("test/dog/1.png"));
  EXPECT_TRUE(test->read(0, {}).ok());

  const auto direct = open_source(folder.at("train"));
  EXPECT_EQ(ids(*direct), (Texts{"cat/1.png", "dog/1.png"}));
  EXPECT_EQ(labels(*direct), (Texts{"cat", "dog"}));
}

TEST(Folder, AClassMayBeCalledTrain) {
  const TempFolder folder;
  for (const char* name : {"bus/1.png", "car/1.png", "train/1.png"}) folder.write(name, gray_png());
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->classes(), (Texts{"bus", "car", "train"}));
  EXPECT_EQ(splits(*source), (Texts{"", "", ""}));
}

TEST(Folder, SplitsWithoutClasses) {
  const TempFolder folder;
  for (const char* name : {"train/1.png", "test/1.png"}) folder.write(name, gray_png());
  const auto source = open_source(folder.root());
  EXPECT_FALSE(source->labelled());
  EXPECT_EQ(splits(*source), (Texts{"test", "train"}));
}

TEST(Folder, MagicBytesDecideNotTheExtension) {
  const TempFolder folder;
  folder.write("a.txt", gray_png(7));
  folder.write("b.png", test::jpeg(8, 8, 200));
  folder.write("noextension", gray_png());
  folder.write("c.jpg", test::gif);
  const auto source = open_source(folder.root());
  EXPECT_EQ(ids(*source), (Texts{"a.txt", "b.png", "noextension"}));
  const auto first = source->read(0, {});
  ASSERT_TRUE(first.ok()) << first.error;
  EXPECT_EQ(first.format, Format::png);
  EXPECT_EQ(first.image.band<uint8_t>(0)[0], 7);
  EXPECT_EQ(source->read(1, {}).format, Format::jpeg);
  EXPECT_EQ(source->scan().unsupported.at("gif"), 1U);
}

TEST(Folder, CountsWhatItLeavesOut) {
  const TempFolder folder;
  folder.write("good.png", gray_png());
  folder.write("x.gif", test::gif);
  folder.write("y.gif", test::gif);
  folder.write("z.bmp", test::bmp);
  folder.write("w.tga", std::string(40, '\2'));
  folder.write("notes.md", "# notes");
  folder.write("model.bin", std::string(100, '\0'));
  folder.write("empty", "");
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->size(), 1U);
  EXPECT_EQ(source->scan().files, 8U);
  EXPECT_EQ(source->scan().ignored, 3U);
  EXPECT_EQ(source->scan().unreadable, 0U);
  EXPECT_EQ(source->scan().unsupported, (std::map<std::string, size_t>{{"bmp", 1}, {"gif", 2}, {"tga", 1}}));
}

TEST(Folder, DamagedPicturesStayRecordsAndFailToDecode) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("empty.jpg", "");
  folder.write("page.JPEG", "<html>404</html>");
  folder.write("short.png", gray_png().substr(0, 40));
  std::filesystem::create_symlink("nowhere.tif", folder.at("gone.tif"));
  const auto source = open_source(folder.root());
  EXPECT_EQ(ids(*source), (Texts{"a.png", "empty.jpg", "gone.tif", "page.JPEG", "short.png"}));
  EXPECT_EQ(source->scan().unreadable, 3U);
  EXPECT_TRUE(source->read(0, {}).ok());
  EXPECT_EQ(source->read(1, {}).error, "empty file");
  EXPECT_EQ(source->read(2, {}).error, "cannot be read: No such file or directory");
  for (const size_t i : {3U, 4U}) EXPECT_FALSE(source->read(i, {}).ok());
  EXPECT_TRUE(source->read(0, {}).ok());
}

TEST(Folder, AFileThatGoesAwayIsAnErrorOfThatPicture) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  const auto source = open_source(folder.root());
  std::filesystem::remove(folder.at("a.png"));
  EXPECT_EQ(source->read(0, {}).error, "cannot be read: No such file or directory");
}

TEST(Folder, HiddenFilesAndSpecialFilesAreSkipped) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("._a.png", gray_png());
  folder.write(".cache/b.png", gray_png());
  ASSERT_EQ(::mkfifo(folder.at("pipe.png").c_str(), 0600), 0);
  const auto source = open_source(folder.root());
  EXPECT_EQ(ids(*source), (Texts{"a.png"}));
  EXPECT_EQ(source->scan().files, 1U);
}

TEST(Folder, SymbolicLinksAreFollowedButNotInCircles) {
  const TempFolder folder, elsewhere;
  elsewhere.write("1.png", gray_png());
  folder.write("own/2.png", gray_png());
  std::filesystem::create_directory_symlink(elsewhere.root(), folder.at("linked"));
  std::filesystem::create_directory_symlink("..", folder.at("own/up"));
  std::filesystem::create_directory_symlink(".", folder.at("own/self"));
  std::filesystem::create_symlink("loop.png", folder.at("loop.png"));
  EXPECT_EQ(ids(*open_source(folder.root())), (Texts{"linked/1.png", "own/2.png"}));
}

TEST(Folder, AFolderIsThereOnceHoweverManyLinksLeadToIt) {
  const TempFolder folder;
  folder.write("b/1.png", gray_png());
  std::filesystem::create_directory_symlink("b", folder.at("a"));  // found before b, and yet not its name
  const Texts names{"c", "d", "e"};
  for (const auto& name : names) folder.write(name + "/2.png", gray_png());
  for (const auto& name : names)
    for (const auto& other : names)
      if (other != name)
        std::filesystem::create_directory_symlink("../" + other, folder.at(name + "/to_" + other));
  testing::internal::CaptureStderr();
  EXPECT_EQ(ids(*open_source(folder.root())), (Texts{"b/1.png", "c/2.png", "d/2.png", "e/2.png"}));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("links lead to a folder that is there already"),
            std::string::npos);
}

TEST(Folder, ALoneFolderAroundTheRestIsLookedThrough) {
  const TempFolder folder;
  for (const char* name :
       {"archive/v1/train/cat/1.png", "archive/v1/train/dog/2.png", "archive/v1/test/cat/3.png"})
    folder.write(name, gray_png());
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->classes(), (Texts{"cat", "dog"}));
  EXPECT_EQ(open_source(folder.root() + ":test")->size(), 1U);
  const TempFolder one_class;
  one_class.write("cat/1.png", gray_png());
  EXPECT_EQ(open_source(one_class.root())->classes(), (Texts{"cat"}));
}

TEST(Folder, RawFilesOfCamerasAreUnsupported) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("b.NEF", std::string("II*\0", 4) + std::string(60, '\0'));
  const auto source = open_source(folder.root());
  EXPECT_EQ(ids(*source), (Texts{"a.png"}));
  EXPECT_EQ(source->scan().unsupported.at("camera raw"), 1U);
}

TEST(Folder, AnyBytesMayBeInANameAndAreShownSafely) {
  const TempFolder folder;
  const Texts names{"a b.png", "caf\xc3\xa9.png", "line\nbreak.png", "quote\",.png", "w\xff\xfe.png"};
  for (const auto& name : names) folder.write("cl\xe9/" + name, gray_png());
  const auto source = open_source(folder.root());
  ASSERT_EQ(source->size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(source->record(i).id, "cl\xe9/" + names[i]);
    EXPECT_TRUE(source->read(i, {}).ok());
  }
  EXPECT_EQ(source->classes(), (Texts{"cl\xe9"}));
  EXPECT_NE(refusal(folder.at("no\xff\nne")).find("no\\xff\\x0ane"), std::string::npos);
}

TEST(Folder, OrderIsBytewiseOverWholePaths) {
  const TempFolder folder;
  for (const char* name : {"a/1.png", "a.png", "a-b/1.png", "B.png"}) folder.write(name, gray_png());
  EXPECT_EQ(ids(*open_source(folder.root())), (Texts{"B.png", "a-b/1.png", "a.png", "a/1.png"}));
}

TEST(Folder, SaysWhatItFoundInsteadOfPictures) {
  const TempFolder folder;
  EXPECT_NE(refusal(folder.root()).find("no image in " + folder.root() + ": it is empty."),
            std::string::npos);
  for (int i = 0; i < 3; ++i) folder.write("g" + std::to_string(i) + ".gif", test::gif);
  folder.write("notes.md", "#");
  folder.write("broken.jpg", "");
  EXPECT_NE(refusal(folder.root()).find("5 files: 3 gif (unsupported), 1 missing or damaged, 1 other."),
            std::string::npos);
}

TEST(Folder, PointsToWhatWasProbablyMeant) {
  const TempFolder folder;
  folder.write("MNIST/raw/train-images-idx3-ubyte", "x");
  EXPECT_NE(refusal(folder.root()).find("Give " + folder.at("MNIST/raw")), std::string::npos);
  const TempFolder table;
  table.write("far.csv", "path,label\n/somewhere/a.png,cat\n");
  EXPECT_NE(refusal(table.root()).find("If far.csv names pictures elsewhere"), std::string::npos);
}

TEST(Folder, NestedDeeplyWithoutRunningOutOfDescriptors) {
  const TempFolder folder;
  std::string path;
  for (int i = 0; i < 300; ++i) path += "d/";
  folder.write(path + "a.png", gray_png());
  const Walk found = walk(folder.root());
  EXPECT_EQ(Texts(found.files.begin(), found.files.end()), (Texts{path + "a.png"}));
}

TEST(FolderWithTable, LabelsAFewPicturesByPathNameOrStem) {
  const TempFolder folder;
  for (const char* name : {"images/1.png", "images/2.png", "images/3.png", "images/4.png"})
    folder.write(name, gray_png());
  folder.write("labels.csv", "filename,label\nimages/1.png,cat\n./images/2.png,dog\n3.png,cat\n4,ant\n");
  const auto source = open_source(folder.root());
  EXPECT_EQ(labels(*source), (Texts{"cat", "dog", "cat", "ant"}));  // not "images"
  EXPECT_EQ(source->classes(), (Texts{"ant", "cat", "dog"}));
}

TEST(FolderWithTable, TheRestHasNoLabelAndNumbersAreInOrder) {
  const TempFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png"}) folder.write(name, gray_png());
  folder.write("t.tsv", "Image\tClass\tSplit\na.png\t10\ttrain\nb.png\t9\tValidation\n");
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->classes(), (Texts{"9", "10"}));
  EXPECT_EQ(labels(*source), (Texts{"10", "9", ""}));
  EXPECT_EQ(splits(*source), (Texts{"train", "val", ""}));
  EXPECT_EQ(source->scan().ignored, 1U);
}

TEST(FolderWithTable, ASplitColumnAloneKeepsTheClassFolders) {
  const TempFolder folder;
  for (const char* name : {"cat/a.png", "dog/b.png"}) folder.write(name, gray_png());
  folder.write("split.csv", "path,split\ncat/a.png,train\ndog/b.png,test\n");
  const auto source = open_source(folder.root() + ":test");
  EXPECT_EQ(ids(*source), (Texts{"dog/b.png"}));
  EXPECT_EQ(labels(*source), (Texts{"dog"}));
}

TEST(FolderWithTable, ANameThatTwoPicturesHaveMatchesNone) {
  const TempFolder folder;
  for (const char* name : {"x/a.png", "y/a.png", "y/b.png"}) folder.write(name, gray_png());
  folder.write("labels.csv", "file,label\na.png,cat\nb.png,dog\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(labels(*open_source(folder.root())), (Texts{"", "", "dog"}));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("1 of 2 rows"), std::string::npos);
}

// What is said while `folder` is opened, which must give these labels.
std::string said_of(const TempFolder& folder, const Texts& wanted) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(labels(*open_source(folder.root())), wanted);
  return testing::internal::GetCapturedStderr();
}

TEST(FolderWithTable, AnUnusableTableIsSaidAndLeftOut) {
  const TempFolder folder;
  folder.write("a.png", gray_png());
  folder.write("labels.csv", "file,label\nother.png,cat\n");
  const auto none = said_of(folder, {""});
  EXPECT_NE(none.find(folder.at("labels.csv")), std::string::npos) << none;
  EXPECT_NE(none.find("'other.png'"), std::string::npos);
  folder.write("labels.csv", "filename,class,xmin\na.png,cat,1\na.png,dog,2\n");  // boxes to detect, say
  EXPECT_NE(said_of(folder, {""}).find("line 3"), std::string::npos);
  folder.write("labels.csv", "a.png,cat\n");  // no header
  EXPECT_NE(said_of(folder, {""}).find("no column of paths"), std::string::npos);
  folder.write("labels.csv", "file,weight\na.png,3\n");
  EXPECT_NE(said_of(folder, {""}).find("no column of labels"), std::string::npos);
}

TEST(FolderWithTable, IdsAndWindowsPathsAreUnderstood) {
  const TempFolder folder;
  folder.write("x/a.png", gray_png());
  folder.write("x/b.png", gray_png());
  folder.write("labels.csv", "id,label\na,cat\nb,dog\n");
  EXPECT_EQ(labels(*open_source(folder.root())), (Texts{"cat", "dog"}));
  folder.write("labels.csv", "path,label\nx\\a.png,cat\nC:\\data\\x\\b.png,dog\n");
  EXPECT_EQ(labels(*open_source(folder.root())), (Texts{"cat", "dog"}));
}

TEST(FolderWithTable, ARowOfAnotherFolderIsNotThisPicture) {
  const TempFolder folder;
  folder.write("dog/x0.png", gray_png());
  folder.write("train/x1.png", gray_png());
  folder.write("labels.csv",
               "path,label,split\ncat/x0.png,cat,train\ntrain/x1.png,a,train\ntest/x1.png,b,test\n"
               "data/dog/x0.png,dog,train\n");
  EXPECT_NE(said_of(folder, {"dog", "a"}).find("2 of 4 rows"), std::string::npos);
}

TEST(FolderWithTable, ATableOfPicturesWithoutAClassFolderDoesNotUndoTheFolders) {
  const TempFolder folder;
  for (const char* name : {"train/a/1.png", "train/b/2.png", "test/3.png", "test/4.png"})
    folder.write(name, gray_png());
  folder.write("sample_submission.csv", "file,species\n3.png,a\n4.png,a\n");
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->classes(), (Texts{"a", "b"}));
  EXPECT_EQ(labels(*source), (Texts{"", "", "a", "b"}));
}

TEST(FolderWithTable, FewLabelsWinOverFoldersThatAreNoClasses) {
  const TempFolder folder;
  for (const char* name : {"2019/1.png", "2019/2.png", "2020/3.png", "2020/4.png"})
    folder.write(name, gray_png());
  folder.write("labels.csv", "path,label\n1.png,cat\n3.png,dog\n");
  EXPECT_EQ(labels(*open_source(folder.root())), (Texts{"cat", "", "dog", ""}));
}

TEST(FolderWithTable, TheTableMayLieInTheLoneFolder) {
  const TempFolder folder;
  for (const char* name : {"archive/images/1.png", "archive/images/2.png"}) folder.write(name, gray_png());
  folder.write("archive/labels.csv", "path,label\n1.png,cat\n2.png,dog\n");
  EXPECT_EQ(labels(*open_source(folder.root())), (Texts{"cat", "dog"}));
}

TEST(FolderWithTable, PathsMatchByTheirEndsInBothDirections) {
  std::vector<Record> records;
  for (const char* id : {"a/rgb.png", "b/rgb.png", "b/c/rgb.png", "x.png", "ax.png"})
    records.push_back({id, -1, Split::none});
  const PathIndex index(records, PathIndex::Key::path);
  EXPECT_EQ(index.find("a/rgb.png"), 0U);
  EXPECT_EQ(index.find("b/rgb.png"), 1U);
  EXPECT_EQ(index.find("data/a/rgb.png"), 0U);
  EXPECT_EQ(index.find("c/rgb.png"), 2U);
  EXPECT_EQ(index.find("/data/x.png"), 3U);
  EXPECT_EQ(index.find("rgb.png"), SIZE_MAX) << "three";
  EXPECT_EQ(index.find("d/rgb.png"), SIZE_MAX);
  EXPECT_EQ(index.find("png"), SIZE_MAX);
  const PathIndex bare(records, PathIndex::Key::without_extension);
  EXPECT_EQ(bare.find("data/ax"), 4U);
}

TEST(Folder, RunFoldersInItAreNoPictures) {
  const TempFolder folder;
  for (const char* name : {"a/1.png", "b/2.png", "runs/mine/figures/views.png"})
    folder.write(name, gray_png());
  folder.write("runs/mine/settings.toml", "");
  folder.write("runs/mine/checkpoints/state", "");
  EXPECT_EQ(ids(*open_source(folder.root())), (Texts{"a/1.png", "b/2.png"}));
}

TEST(FolderWithTable, TablesOfOtherThingsAreLeftAlone) {
  const TempFolder folder;
  folder.write("cat/a.png", gray_png());
  folder.write("prices.csv", "item,price\nbread,2\n");
  folder.write("files.csv", "file,bytes\nsomething,2\n");
  EXPECT_EQ(labels(*open_source(folder.root())), (Texts{"cat"}));
}

TEST(FolderWithTable, TwoTablesThatCouldBeMeantAreReported) {
  const TempFolder folder;
  folder.write("cat/a.png", gray_png());
  folder.write("one.csv", "file,label\na.png,1\n");
  folder.write("two.csv", "file,label\na.png,2\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(labels(*open_source(folder.root())), (Texts{"cat"}));
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("one.csv"), std::string::npos);
  EXPECT_NE(said.find("two.csv"), std::string::npos);
}

}  // namespace
}  // namespace simclr
