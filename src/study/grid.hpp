#pragma once
// The engine of studies: the cells of a table are settings of pretraining, and every cell is trained once a
// seed by a child process of this program and then judged by another. The study's folder keeps the runs
// (runs/NAME), what they said (logs/NAME.log) and every score as it is measured (scores.jsonl), so that a
// study that was stopped, killed, or asked for more cells or seeds, goes on.

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "base/run.hpp"
#include "study/run_score.hpp"

namespace simclr {

struct Cell {
  std::string name;      // for people
  Assignments settings;  // of pretraining, beside what all cells share
};

struct GridAxis {
  std::string key;  // of a pretraining setting
  std::vector<std::string> values;
};

// "KEY=V1,V2", split at commas outside parentheses; settings that are lists at semicolons.
// Error(Exit::setting) for an unknown key, one that a study sets itself (out, seed), one of fine-tuning, a
// value out of range, or a value given twice; Error(Exit::usage) without a value.
GridAxis parse_axis(const std::string& text);

// Every combination, the last axis fastest: "lr=0.01 batch-size=64".
std::vector<Cell> cells_of(const std::vector<GridAxis>& axes);

struct StudyRequest {
  std::string kind;      // "grid", "couplets", ...: another kind in the same folder is refused
  Assignments settings;  // of pretraining, the same in all runs; paths absolute
  JudgingTerms judging;
  uint64_t first_seed = 0;
  size_t seeds = 3;
  unsigned jobs = 1, threads = 1;  // runs at a time, and threads of each
  std::filesystem::path out;
};

struct JudgedRun {
  size_t cell = 0;
  uint64_t seed = 0;
  std::string folder;                     // in the study's: "runs/lr-0.01-3fa2c1-seed0"
  std::vector<double> scores;             // one a set of labels; empty when it failed
  std::vector<double> untrained, pixels;  // likewise; NaN where not measured
  double loss = 0;                        // at the end of training, smoothed
  bool diverged = false;                  // its loss or weights became infinite: kept as a result
  std::string error;                      // "" when all went well
  double score() const;                   // mean over the sets of labels
};

class StudyFolder {
 public:
  // Makes or opens the folder and locks it. Error(Exit::usage) when it holds a study on other terms (naming
  // the first that differs), Error(Exit::data) for labelled or unlabelled pictures that can't be opened.
  explicit StudyFolder(const StudyRequest& request);

  // All cells once a seed, seed by seed: what is known already is not measured again. Runs that fail have
  // their message; the others go on. Error(Exit::stopped / interrupted) after a signal, once all children
  // have saved and ended.
  std::vector<JudgedRun> judge(const std::vector<Cell>& cells);

  const nlohmann::ordered_json& terms() const { return terms_; }

 private:
  std::vector<JudgedRun> judge_all(const std::vector<Cell>& cells);
  // Where a score has no baseline of its own: the untrained encoder of each run, judged in the same way.
  void judge_untrained(std::vector<JudgedRun>& runs, const std::vector<Cell>& cells);
  JudgedRun judge_one(const Cell& cell, size_t number, uint64_t seed);
  void train(JudgedRun& run, const Cell& cell);
  void score(JudgedRun& run);
  bool known(JudgedRun& run) const;
  void keep(const JudgedRun& run);
  int child(const std::vector<std::string>& words, const std::string& name);

  StudyRequest request_;
  nlohmann::ordered_json terms_;
  std::unique_ptr<RunLock> lock_;
  std::vector<nlohmann::ordered_json> before_;
  struct Log;
  std::shared_ptr<Log> log_;
};

}  // namespace simclr
