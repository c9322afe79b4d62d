#include "base/durable.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/error.hpp"
#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

TEST(DurableFile, AppearsWholeOnCommit) {
  const TemporaryFolder folder;
  DurableFile file(folder / "a.bin");
  file.write("hello ");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.bin"));
  file.write(std::as_bytes(std::span("world", 5)));
  file.commit();
  EXPECT_EQ(folder.get("a.bin"), "hello world");
  EXPECT_EQ(folder.count(), 1U) << "the temporary file must be gone";
}

TEST(DurableFile, WithoutCommitTheOldFileStays) {
  const TemporaryFolder folder;
  folder.put("a.bin", "old");
  {
    DurableFile file(folder / "a.bin");
    file.write("new");
    EXPECT_EQ(folder.get("a.bin"), "old");
  }
  EXPECT_EQ(folder.get("a.bin"), "old");
  EXPECT_EQ(folder.count(), 1U);
  write_durably(folder / "a.bin", "newer");
  EXPECT_EQ(folder.get("a.bin"), "newer");
}

TEST(DurableFile, AnExceptionLeavesNothing) {
  const TemporaryFolder folder;
  EXPECT_THROW(
      {
        DurableFile file(folder / "a.bin");
        file.write("half");
        throw std::runtime_error("elsewhere");
      },
      std::runtime_error);
  EXPECT_EQ(folder.count(), 0U);
}

TEST(DurableFile, RewritesItsStart) {
  const TemporaryFolder folder;
  DurableFile file(folder / "a.bin");
  file.write("0000 rest");
  file.rewrite_start("1234");
  file.write(" more");
  file.commit();
  EXPECT_EQ(folder.get("a.bin"), "1234 rest more");
}

TEST(DurableFile, AMissingFolderIsADiskError) {
  const TemporaryFolder folder;
  expect_error([&] { DurableFile file(folder / "no" / "a.bin"); }, Exit::disk,
               {"cannot create", "no/a.bin", "No such file or directory", "Check that the folder exists"});
  expect_error([&] { write_durably(folder / "no" / "new\nline", "x"); }, Exit::disk, {"new\\x0aline"});
}

TEST(DurableFile, AFolderInTheWayIsADiskError) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a" / "full");
  expect_error([&] { write_durably(folder / "a", "x"); }, Exit::disk, {"cannot write"});
  EXPECT_EQ(folder.count(), 1U) << "the temporary file must be gone";
}

// The limit on the size of a file stands for a disk that fails: write() ends short, then with an error.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST(DurableFile, AFailedWriteKeepsTheOldFile) {
  const TemporaryFolder folder;
  folder.put("a.bin", "old");
  const std::string large(100'000, 'x');
  {
    const SizeLimit limit(50'000);
    expect_error([&] { write_durably(folder / "a.bin", large); }, Exit::disk,
                 {"cannot write", (folder / "a.bin").string(), "File too large"});
  }
  EXPECT_EQ(folder.get("a.bin"), "old");
  EXPECT_EQ(folder.count(), 1U) << "the temporary file must be gone";
}

TEST(DurableFile, AFailedRewriteOfTheStartSaysSo) {
  const TemporaryFolder folder;
  {
    DurableFile file(folder / "a.bin");
    const SizeLimit limit(2);
    expect_error([&] { file.rewrite_start("1234"); }, Exit::disk, {"cannot write", "File too large"});
  }
  EXPECT_EQ(folder.count(), 0U);
}

TEST(DurableFile, AFullDiskSaysWhatToDo) {
  const TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "only root can mount a small file system";
  folder.put("a.bin", "old");
  expect_error([&] { write_durably(folder / "a.bin", std::string(200'000, 'x')); }, Exit::disk,
               {"a.bin", "No space left on device", "Free some space"});
  EXPECT_EQ(folder.get("a.bin"), "old");
  EXPECT_EQ(folder.count(), 1U) << "the temporary file must be gone";
  ::umount2(folder.path().c_str(), MNT_DETACH);
}

TEST(ReadFile, GivesAllBytes) {
  const TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 600'000; ++i) bytes += static_cast<char>(i * 7);
  EXPECT_EQ(read_file(folder.put("a.bin", bytes)), bytes);
  EXPECT_EQ(read_file(folder.put("empty", "")), "");
}

TEST(ReadFile, SaysWhyItCannot) {
  const TemporaryFolder folder;
  expect_error([&] { read_file(folder / "none"); }, Exit::data, {"none", "No such file"});
  expect_error([&] { read_file(folder.path()); }, Exit::data, {"Is a directory"});
  expect_error([&] { sha256_of_file(folder / "caf\xE9"); }, Exit::data, {"caf\\xe9"});
}

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TemporaryFolder folder;
  const auto path = folder.put("a.bin", std::string(1'000'000, 'a'));
  EXPECT_EQ(sha256_of_file(path), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace simclr
