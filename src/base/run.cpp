#include "base/run.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/durable.hpp"
#include "base/error.hpp"

namespace simclr {

bool RunFolder::holds_run() const {
  return std::filesystem::exists(settings());
}

std::filesystem::path without_last_slash(const std::filesystem::path& folder) {
  const auto plain = folder.lexically_normal();
  return plain.has_filename() ? plain : plain.parent_path();
}

RunFolder open_run(const std::filesystem::path& root) {
  RunFolder run{root};
  if (!std::filesystem::is_directory(root))
    throw Error(Exit::checkpoint, "no run folder at " + printable(root.native()) + ".",
                "Start one with: simclr pretrain --data DIR --out " + printable(root.native()));
  if (!run.holds_run())
    throw Error(Exit::checkpoint,
                printable(root.native()) + " is not a run folder: it holds no settings.toml.",
                "Name the folder that was given to simclr pretrain as --out.");
  return run;
}

RunLock::RunLock(const RunFolder& run) {
  const auto path = run.root / "lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw disk_error("write", path, errno);
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd_);
    fd_ = -1;
    throw Error(Exit::usage, "another process is working in " + printable(run.root.native()) + ".",
                "Wait for it to end, or choose another --out.");
  }
}

RunLock::~RunLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace simclr
