#include "base/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

std::string zeros_for_digits(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; }, '0');
  return text;
}

TEST(Log, GoesToStderrAndToTheFile) {
  const TemporaryFolder folder;
  log_to_file(folder / "train.log");
  testing::internal::CaptureStderr();
  log_info("step 1");
  log_warning("slow");
  const std::string shown = testing::internal::GetCapturedStderr();
  log_to_file("");
  EXPECT_EQ(shown, "step 1\nwarning: slow\n");
  EXPECT_EQ(zeros_for_digits(folder.get("train.log")),
            "0000-00-00T00:00:00Z step 0\n0000-00-00T00:00:00Z warning: slow\n");
}

TEST(Log, QuietLeavesWarningsAndTheFile) {
  const TemporaryFolder folder;
  log_to_file(folder / "train.log");
  log_quiet(true);
  testing::internal::CaptureStderr();
  log_info("step 1");
  log_warning("slow");
  const std::string shown = testing::internal::GetCapturedStderr();
  log_quiet(false);
  log_to_file("");
  EXPECT_EQ(shown, "warning: slow\n");
  EXPECT_NE(folder.get("train.log").find("step 1"), std::string::npos);
}

TEST(Log, AppendsToAnEarlierFile) {
  const TemporaryFolder folder;
  folder.put("train.log", "earlier\n");
  log_to_file(folder / "train.log");
  testing::internal::CaptureStderr();
  log_info("later");
  testing::internal::GetCapturedStderr();
  log_to_file("");
  EXPECT_TRUE(folder.get("train.log").starts_with("earlier\n2"));
}

TEST(Log, AFileThatCannotBeOpenedIsADiskError) {
  const TemporaryFolder folder;
  expect_error([&] { log_to_file(folder / "no" / "train.log"); }, Exit::disk,
               {"cannot write", "no/train.log"});
}

TEST(Progress, ElsewhereThanOnATerminalIsAPlainLineNowAndThen) {
  if (stderr_is_terminal()) GTEST_SKIP() << "stderr is a terminal";
  progress_done();
  testing::internal::CaptureStderr();
  progress_line("step 1");
  progress_line("step 2");
  progress_done();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "step 1\n");
}

}  // namespace
}  // namespace simclr
