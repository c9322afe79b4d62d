#pragma once
// A command of this program as a process of its own.

#include <filesystem>
#include <string>
#include <vector>

namespace simclr {

struct ChildProcess {
  std::vector<std::string> arguments;  // after the program's name
  unsigned threads = 1;                // OMP_NUM_THREADS
  std::filesystem::path out, log;      // stdout (anew) and stderr (appended) go there
};

// Waits for its end: the exit code, or 128 + the signal that ended it. A stop_signal() of ours is passed on
// as SIGTERM, so that it saves and ends; it dies with the thread that waits. Error(Exit::failed) when it
// can't be started, Error(Exit::disk) when the files can't be written.
int run_child(const ChildProcess& child);

// What it said last that begins with "simclr: ", and the hint below; else how it ended.
std::string last_words(const std::filesystem::path& log, int code);

}  // namespace simclr
