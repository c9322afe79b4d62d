#include "formats/json_lines.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

using namespace std::string_literals;
using Json = nlohmann::ordered_json;

TEST(JsonLines, EachLineIsThereAtOnce) {
  const TemporaryFolder folder;
  JsonLines file(folder / "metrics.jsonl");
  file.write({{"step", 1}, {"loss", 5.25}});
  EXPECT_EQ(folder.get("metrics.jsonl"), "{\"step\":1,\"loss\":5.25}\n");
  file.write({{"step", 2}, {"note", "a\nb"}});
  const auto lines = read_json_lines(folder / "metrics.jsonl").objects;
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1], (Json{{"step", 2}, {"note", "a\nb"}}));
}

TEST(JsonLines, DoublesReadBackToTheSameBits) {
  const TemporaryFolder folder;
  const std::vector<double> values = {0.1, 1e-300, 6.02214076e23, -0.0, 1.0 / 3};
  JsonLines(folder / "a").write({{"v", values}});
  EXPECT_EQ(read_json_lines(folder / "a").objects.at(0).at("v").get<std::vector<double>>(), values);
}

TEST(JsonLines, NotANumberBecomesNull) {
  const TemporaryFolder folder;
  JsonLines(folder / "a").write({{"loss", std::nan("")}, {"rate", -INFINITY}, {"name", "caf\xE9"}});
  EXPECT_EQ(folder.get("a"), "{\"loss\":null,\"rate\":null,\"name\":\"caf\xEF\xBF\xBD\"}\n");
}

TEST(JsonLines, AppendsToAnEarlierFile) {
  const TemporaryFolder folder;
  JsonLines(folder / "a").write({{"step", 1}});
  JsonLines(folder / "a").write({{"step", 2}});
  EXPECT_EQ(folder.get("a"), "{\"step\":1}\n{\"step\":2}\n");
}

TEST(JsonLines, ATornLastLineIsLeftOut) {
  const TemporaryFolder folder;
  for (const char* torn : {"{", "{\"step\":2", "{\"step\":2,\"loss\":1.", "\"", "{\"a\":\"\xC3"}) {
    const auto path = folder.put("a", std::string("{\"step\":1}\n") + torn);
    const auto [lines, damaged] = read_json_lines(path);
    EXPECT_EQ(damaged, 0U);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("step"), 1);
  }
  EXPECT_TRUE(read_json_lines(folder.put("b", "{\"st")).objects.empty());
  EXPECT_TRUE(read_json_lines(folder.put("b", "")).objects.empty());
}

TEST(JsonLines, AppendingCutsOffATornLastLine) {
  const TemporaryFolder folder;
  for (const char* before : {"{\"step\":1}\n{\"step\":", "{\"step\":1}\n", "{\"step\":1}"}) {
    const auto path = folder.put("a", before);
    JsonLines(path).write({{"step", 2}});
    EXPECT_EQ(folder.get("a"), "{\"step\":1}\n{\"step\":2}\n") << before;
  }
  const auto path = folder.put("a", "{\"torn");
  JsonLines(path).write({{"step", 2}});
  EXPECT_EQ(folder.get("a"), "{\"step\":2}\n");
}

TEST(JsonLines, ADamagedLineInTheMiddleIsLeftOutAndCounted) {
  const TemporaryFolder folder;
  for (const auto& bad : {"{"s, "3"s, "[]"s, ""s, "{} {}"s, "\xFF"s, "{}\0\0"s}) {
    const auto path = folder.put("a.jsonl", "{\"step\":1}\n" + bad + "\n{\"step\":2}\n");
    const auto [lines, damaged] = read_json_lines(path);
    EXPECT_EQ(damaged, 1U) << bad;
    ASSERT_EQ(lines.size(), 2U) << bad;
    EXPECT_EQ(lines[1].at("step"), 2);
  }
}

TEST(JsonLines, AMissingFolderIsADiskError) {
  const TemporaryFolder folder;
  expect_error([&] { JsonLines(folder / "no" / "a"); }, Exit::disk, {"cannot write", "no/a"});
  expect_error([&] { read_json_lines(folder / "none"); }, Exit::data, {"none"});
}

TEST(JsonLines, AFullDiskIsADiskError) {
  JsonLines file("/dev/full");
  expect_error([&] { file.write({{"step", 1}}); }, Exit::disk, {"/dev/full", "No space left"});
}

}  // namespace
}  // namespace simclr
