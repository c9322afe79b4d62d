#pragma once
// The run folder: where a pretraining leaves all it makes, and where later commands find it. Commands after
// training meet it through these files alone.

#include <filesystem>
#include <string>

namespace simclr {

struct RunFolder {
  std::filesystem::path root;

  std::filesystem::path settings() const { return root / "settings.toml"; }
  std::filesystem::path command() const { return root / "command.txt"; }
  std::filesystem::path environment() const { return root / "environment.json"; }
  std::filesystem::path plan() const { return root / "plan.json"; }  // steps planned, statistics of the data
  std::filesystem::path log() const { return root / "train.log"; }
  std::filesystem::path metrics() const { return root / "metrics.jsonl"; }
  std::filesystem::path summary() const { return root / "summary.json"; }  // written at the end
  std::filesystem::path bad_files() const { return root / "bad_files.csv"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path exported() const { return root / "exported"; }
  std::filesystem::path embeddings() const { return root / "embeddings.npy"; }  // and .csv beside it
  std::filesystem::path evaluations() const { return root / "eval"; }
  std::filesystem::path figures() const { return root / "figures"; }
  std::filesystem::path report() const { return root / "report.html"; }

  bool holds_run() const;  // settings.toml is there
};

// "runs/a/" and "runs/a" are the same folder: the latter, so that it has a name.
std::filesystem::path without_last_slash(const std::filesystem::path& folder);

// The folder of an earlier run. Error(Exit::checkpoint) when there is none.
RunFolder open_run(const std::filesystem::path& root);

// flock on root/lock: held while the object lives, gone with the process however it ends.
class RunLock {
 public:
  explicit RunLock(const RunFolder& run);  // Error(Exit::usage) when another process holds it
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace simclr
