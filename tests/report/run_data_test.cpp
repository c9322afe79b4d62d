#include "report/run_data.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "report/run_folder.hpp"

namespace simclr {
namespace {

TEST(RunData, EmptyFolderIsEmptyNotAnError) {
  const TemporaryRun temporary;
  const RunData data = read_run(temporary.run);
  EXPECT_TRUE(data.settings.empty());
  EXPECT_TRUE(data.steps.empty());
  EXPECT_TRUE(data.summary.empty());
  EXPECT_TRUE(data.problems.empty());
}

TEST(RunData, SettingsKeepTheOrderOfTheFile) {
  const TemporaryRun temporary;
  temporary.file("settings.toml",
                 "out = \"x\"\nbatch_size = 256\nlr = 0.002\naugment = \"crop > flip\"\nresume = false\n");
  const RunData data = read_run(temporary.run);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"out", "x"}, {"batch_size", "256"}, {"lr", "0.002"}, {"augment", "crop > flip"}, {"resume", "false"}};
  EXPECT_EQ(data.settings, expected);
  EXPECT_EQ(data.setting("augment"), "crop > flip");
  EXPECT_EQ(data.setting("none"), "");
}

TEST(RunData, AfterAResumeTheLaterLineOfAStepWins) {
  const TemporaryRun temporary;
  temporary.file("metrics.jsonl",
                 "{\"step\":1,\"loss\":6.0}\n{\"step\":2,\"loss\":5.0}\n{\"step\":3,\"loss\":4.0}\n"
                 "{\"step\":3,\"epoch\":1,\"val\":{\"loss\":4.5,\"z_std\":0.5}}\n{\"step\":2,\"event\":"
                 "\"alarm\",\"message\":\"low rank\"}\n"
                 "{\"step\":2,\"loss\":5.5}\n{\"step\":2,\"event\":\"alarm\",\"message\":\"low "
                 "rank\"}\n{\"step\":3,\"loss\":4.25}\n"
                 "{\"step\":3,\"epoch\":1,\"val\":{\"loss\":4.75,\"z_std\":0.75}}\n{\"step\":4,\"lo");
  const RunData data = read_run(temporary.run);
  ASSERT_EQ(data.steps.size(), 3U);
  EXPECT_EQ(data.steps[0].loss, 6.0);
  EXPECT_EQ(data.steps[1].loss, 5.5);
  EXPECT_EQ(data.steps[2].loss, 4.25);
  ASSERT_EQ(data.epochs.size(), 1U);
  EXPECT_EQ(data.epochs[0].loss, 4.75);
  EXPECT_EQ(data.epochs[0].z_std, 0.75);
  ASSERT_EQ(data.alarms.size(), 1U);
  EXPECT_EQ(data.alarms[0].message, "low rank");
  EXPECT_TRUE(data.problems.empty());
}

TEST(RunData, NullAndForeignTypesAreNotThere) {
  const TemporaryRun temporary;
  temporary.file("metrics.jsonl",
                 "{\"step\":1,\"loss\":null,\"lr\":\"fast\",\"top1\":0.5}\n{\"loss\":3}\n{\"step\":2,"
                 "\"epoch\":1,\"val\":7}\n");
  const RunData data = read_run(temporary.run);
  ASSERT_EQ(data.steps.size(), 1U);  // a line without a step has no place
  EXPECT_TRUE(std::isnan(data.steps[0].loss));
  EXPECT_TRUE(std::isnan(data.steps[0].lr));
  EXPECT_EQ(data.steps[0].top1, 0.5);
  ASSERT_EQ(data.epochs.size(), 1U);
  EXPECT_TRUE(std::isnan(data.epochs[0].loss));
}

TEST(RunData, DamagedFilesAreNamedAndTheRestIsRead) {
  const TemporaryRun temporary;
  temporary.file("settings.toml", "batch_size = = 3\n");
  temporary.file("summary.json", "{\"loss\": ");
  temporary.file("plan.json", "[1, 2]");
  temporary.file("environment.json", "{\"cpu\": \"x\"}");
  temporary.file("eval/all.json", "not json");
  const RunData data = read_run(temporary.run);
  ASSERT_EQ(data.problems.size(), 4U);
  EXPECT_TRUE(data.problems[0].starts_with("settings.toml could not be read:"));
  EXPECT_TRUE(data.problems[1].starts_with("summary.json could not be read:"));
  EXPECT_TRUE(data.problems[2].starts_with("plan.json could not be read:"));
  EXPECT_TRUE(data.problems[3].starts_with("all.json could not be read:"));
  EXPECT_EQ(text_at(data.environment, "cpu"), "x");
}

TEST(RunData, EvaluationsOfOneTestSetAreOneTableAndTheNewestWins) {
  const TemporaryRun temporary;
  temporary.file("eval/a.json",
                 R"({"evaluations":{"knn":{"accuracy":0.5,"draws":3,"labels_per_class":10,"k":20}},
    "baselines":{"pixels":{"knn":{"accuracy":0.4,"labels_per_class":10}}},"train":"t","test":"s"})");
  temporary.file(
      "eval/b.json",
      R"({"evaluations":{"knn":{"accuracy":0.6},"linear":{"accuracy":null}},"train":"t","test":"s","labels_per_class":10})");
  temporary.file("eval/c.json", R"({"evaluations":{"knn":{"accuracy":0.7}},"train":"t","test":"other"})");
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(temporary.run.root / "eval/a.json", now);  // newer than b
  std::filesystem::last_write_time(temporary.run.root / "eval/b.json", now - std::chrono::hours(1));
  const RunData data = read_run(temporary.run);
  ASSERT_EQ(data.evaluations.size(), 2U);
  const auto& own = data.evaluations[0].test == "s" ? data.evaluations[0] : data.evaluations[1];
  ASSERT_EQ(own.scores.size(), 2U);
  EXPECT_EQ(own.scores[0].features, "encoder");
  EXPECT_EQ(own.scores[0].accuracy, 0.5);
  EXPECT_EQ(own.scores[0].labels_per_class, 10);
  EXPECT_EQ(own.scores[0].draws, 3);
  EXPECT_EQ(own.scores[1].features, "pixels");
}

}  // namespace
}  // namespace simclr
