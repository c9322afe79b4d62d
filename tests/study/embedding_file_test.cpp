#include "study/embedding_file.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/durable.hpp"
#include "base/expect_error.hpp"
#include "study/labelled_folder.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> three_ids() {
  return {"cat/1000.png", "cat/1001.png", "dog/1000.png"};
}

void refused(const TemporaryFolder& folder, const std::string& csv,
             std::initializer_list<std::string_view> words) {
  const fs::path path = folder.put("e.csv", csv);
  expect_error([&] { read_embedding_file(path); }, Exit::data, words);
}

TEST(EmbeddingFile, APairOfFilesIsReadByEitherName) {
  const TemporaryFolder folder;
  write_embedding_files(folder, "e", three_ids(), {1, 2, 3, 4, 5, 6});
  for (const char* name : {"e.npy", "e.csv"}) {
    const EmbeddingFile file = read_embedding_file(folder / name);
    EXPECT_EQ(file.ids, three_ids());
    EXPECT_EQ(file.width, 2U);
    EXPECT_EQ(file.values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  }
}

TEST(EmbeddingFile, ATableHoldsValuesInTheColumnsThatSayNothingElse) {
  const TemporaryFolder folder;
  const auto path = folder.put("e.csv", "f0,id,class,f1,split\n1.5,a, cat,-2e-3,train\n 3 ,b,7,4,\n");
  const EmbeddingFile file = read_embedding_file(path);
  EXPECT_EQ(file.ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(file.values, (std::vector<float>{1.5F, -2e-3F, 3, 4}));
  const auto by_path = folder.put("p.csv", "filename,0,1\nx/a.png,1,2\n");
  EXPECT_EQ(read_embedding_file(by_path).ids, (std::vector<std::string>{"x/a.png"}));
}

TEST(EmbeddingFile, DoublesAreReadAndOtherColumnsBesideAnArrayAreNotLookedAt) {
  const TemporaryFolder folder;
  write_embedding_files(folder, "e", {"a"}, {1, 2});
  folder.put("e.csv", "id,station\na,North Sea\n");
  EXPECT_EQ(read_embedding_file(folder / "e.npy").values, (std::vector<float>{1, 2}));
  std::string npy = folder.get("e.npy");
  const double values[] = {0.1, 7};
  npy.replace(npy.find("<f4"), 3, "<f8");
  npy.replace(npy.size() - 8, 8, reinterpret_cast<const char*>(values), 16);
  folder.put("e.npy", npy);
  EXPECT_EQ(read_embedding_file(folder / "e.npy").values, (std::vector<float>{0.1F, 7}));
}

TEST(EmbeddingFile, FilesWithoutIdsOrRowsOrValues) {
  const TemporaryFolder folder;
  write_embedding_files(folder, "e", {"a"}, {1, 2});
  fs::remove(folder / "e.csv");
  expect_error([&] { read_embedding_file(folder / "e.npy"); }, Exit::data,
               {"e.npy has no ids", "no e.csv beside it", "column id"});
  fs::remove(folder / "e.npy");
  refused(folder, "f0,f1\n1,2\n", {"e.csv has no column id"});
  refused(folder, "id,f0\n", {"e.csv is empty"});
  refused(folder, "", {"e.csv is empty"});
  refused(folder, "id,label\na,cat\n", {"has ids, but no values", ".npy"});
  expect_error([&] { read_embedding_file(folder / "none.csv"); }, Exit::data, {"none.csv"});
}

TEST(EmbeddingFile, RowsThatCannotBeTrusted) {
  const TemporaryFolder folder;
  refused(folder, "id,f0\na,1\na,2\n", {"two rows of the id 'a'"});
  refused(folder, "id,f0,f1\na,1,2\nb,1\n", {"e.csv:3", "2 cells, where the header has 3"});
  refused(folder, "id,f0\na,1\nb,nan\n", {"the row of 'b' holds a NaN"});
  refused(folder, "id,f0\na,inf\n", {"the row of 'a'", "infinity"});
  refused(folder, "id,f0,f1\na,1,\n", {"e.csv:2: '' in column 'f1' is not a number"});
  refused(folder, "id,f0\na,1x\n", {"'1x' in column 'f0' is not a number"});
  refused(folder, "id,f0\n,1\n", {"e.csv:2: a row without an id"});
}

TEST(EmbeddingFile, ArraysOfAnotherShapeOrType) {
  const TemporaryFolder folder;
  const auto refuse = [&](std::initializer_list<std::string_view> words) {
    expect_error([&] { read_embedding_file(folder / "e.npy"); }, Exit::data, words);
  };
  write_embedding_files(folder, "e", {"a", "b"}, {1, 2});
  refuse({"e.npy has 1 rows, but its .csv names 2"});
  write_embedding_files(folder, "e", {"a"}, {1, std::numeric_limits<float>::quiet_NaN()});
  refuse({"the row of 'a' holds a NaN"});
  write_embedding_files(folder, "e", {"a"}, {1, 2});
  const std::string npy = folder.get("e.npy");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = npy;
    folder.put("e.npy", changed.replace(changed.find(from), from.size(), to));
  };
  with("<f4", "<i4");
  refuse({"e.npy holds <i4", "astype('float32')"});
  with("(1, 2), }", "(2,), }  ");
  refuse({"1 dimensions, where embeddings are [rows, width]"});
}

TEST(EmbeddingFile, TheHashFollowsIdsAndValuesAndNotTheKindOfFile) {
  const TemporaryFolder folder;
  write_embedding_files(folder, "e", {"a", "b"}, {1, 2, 3, 4});
  const std::string hash = read_embedding_file(folder / "e.npy").sha256();
  const auto of = [&](const std::string& csv) {
    return read_embedding_file(folder.put("t.csv", csv)).sha256();
  };
  EXPECT_EQ(of("id,f0,f1\na,1,2\nb,3,4\n"), hash);
  EXPECT_NE(of("id,f0,f1\na,1,2\nc,3,4\n"), hash);
  EXPECT_NE(of("id,f0,f1\na,1,2\nb,3,5\n"), hash);
}

class MatchedEmbeddings : public ::testing::Test {
 protected:
  MatchedEmbeddings() {
    data.pictures("set/train/cat", 2);
    data.pictures("set/train/dog", 1);
    data.pictures("set/test/dog", 2, 10);
  }
  Sides sides(const std::string& between = "/") const {
    return open_sides(inputs_without_run(),
                      {data.at("set" + between + "train"), data.at("set" + between + "test"), 0, "all", 0});
  }
  EmbeddedSides matched(const std::vector<std::string>& ids, const Sides& with) const {
    EmbeddingFile file{"e.npy", ids, 1, {}};
    for (size_t i = 0; i < ids.size(); ++i) file.values.push_back(static_cast<float>(i));
    return embed_sides(file, with);
  }
  void refused_ids(const std::vector<std::string>& ids, const Sides& with,
                   std::initializer_list<std::string_view> words) const {
    expect_error([&] { matched(ids, with); }, Exit::data, words);
  }
  LabelledFolder data;
};

TEST_F(MatchedEmbeddings, RowsAreFoundById) {
  const std::vector<std::string> whole{"test/dog/1010.png",  "train/cat/1001.png", "unused.png",
                                       "train/dog/1000.png", "test/dog/1011.png",  "train/cat/1000.png"};
  for (const char* between : {":", "/"}) {  // "train/cat/1000.png" and "cat/1000.png"
    const Sides all = sides(between);
    const EmbeddedSides rows = matched(whole, all);
    EXPECT_EQ(rows.train.features.values, (std::vector<float>{5, 1, 3})) << between;
    EXPECT_EQ(rows.train.features.rows, (std::vector<uint32_t>{0, 1, 2}));
    EXPECT_EQ(rows.train.labels, (std::vector<int32_t>{0, 0, 1}));
    EXPECT_EQ(rows.test.features.values, (std::vector<float>{0, 4}));
    EXPECT_EQ(rows.test.labels, (std::vector<int32_t>{1, 1}));
  }
}

TEST_F(MatchedEmbeddings, APictureWithoutARowIsAnErrorUnlessItCannotBeRead) {
  const std::vector<std::string> ids{"train/cat/1000.png", "train/dog/1000.png", "test/dog/1010.png",
                                     "test/dog/1011.png"};
  refused_ids(ids, sides(":"),
              {"1 of 3 training pictures have no row in e.npy", "'train/cat/1001.png'",
               "an id there is 'train/cat/1000.png'"});
  refused_ids({"x", "y"}, sides(":"), {"3 of 3 training pictures have no row", "an id there is 'x'"});
  data.pictures("set/train/eel", 200, 20);  // so that one bad picture is below 1 %
  std::vector<std::string> more = ids;
  for (int i = 20; i < 220; ++i) more.push_back("train/eel/" + std::to_string(1000 + i) + ".png");
  data.folder.put("set/train/cat/1001.png", "no picture");
  const EmbeddedSides rows = matched(more, sides(":"));
  EXPECT_EQ(rows.train.labels.size(), 202U);
  EXPECT_EQ(rows.train.features.rows[1], 2U);  // the second picture has none
}

TEST_F(MatchedEmbeddings, ARowFitsOnePictureAlone) {
  data.pictures("set/test/cat", 1);  // cat/1000.png on both sides
  refused_ids({"cat/1000.png", "cat/1001.png", "dog/1000.png", "dog/1010.png", "dog/1011.png"}, sides("/"),
              {"the row 'cat/1000.png' fits two pictures", "--train DIR:train"});
  SidesRequest same{data.at("set/train"), data.at("set/train"), 0, "all", 0};
  const Sides twice = open_sides(inputs_without_run(), same);  // one picture on both sides is no other
  EXPECT_EQ(matched(three_ids(), twice).test.features.values, (std::vector<float>{0, 1, 2}));
}

}  // namespace
}  // namespace simclr
