#include "base/run.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

TEST(OpenRun, FindsARun) {
  const TemporaryFolder folder;
  folder.put("settings.toml", "");
  EXPECT_EQ(open_run(folder.path()).root, folder.path());
  EXPECT_TRUE(RunFolder{folder.path()}.holds_run());
}

TEST(OpenRun, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_FALSE(RunFolder{folder.path()}.holds_run());
  expect_error([&] { open_run(folder.path()); }, Exit::checkpoint, {"is not a run folder", "settings.toml"});
  expect_error([&] { open_run(folder / "none"); }, Exit::checkpoint,
               {"no run folder at", "none", "simclr pretrain"});
  const auto file = folder.put("file", "x");
  expect_error([&] { open_run(file); }, Exit::checkpoint, {"no run folder at"});
}

TEST(RunLock, RefusesASecondHolder) {
  const TemporaryFolder folder;
  const RunFolder run{folder.path()};
  auto first = std::make_unique<RunLock>(run);
  expect_error([&] { RunLock second(run); }, Exit::usage,
               {"another process is working in", folder.path().string()});
  first.reset();
  EXPECT_NO_THROW(RunLock third(run));
}

TEST(RunLock, IsGoneWithItsProcess) {
  const TemporaryFolder folder;
  const RunFolder run{folder.path()};
  int ready[2], hold[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(hold), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(hold[1]);
    char byte = 'l';
    try {
      const RunLock lock(run);
      if (::write(ready[1], &byte, 1) == 1) (void)!::read(hold[0], &byte, 1);  // waits to be killed
    } catch (const Error&) {
    }
    ::_exit(1);
  }
  ::close(hold[0]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_error([&] { RunLock second(run); }, Exit::usage, {"another process"});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(RunLock after(run)) << "a killed process must leave no lock behind";
  for (const int fd : {ready[0], ready[1], hold[1]}) ::close(fd);
}

TEST(RunLock, AMissingFolderIsADiskError) {
  const TemporaryFolder folder;
  expect_error([&] { RunLock lock(RunFolder{folder / "none"}); }, Exit::disk, {"cannot write", "none/lock"});
}

}  // namespace
}  // namespace simclr
