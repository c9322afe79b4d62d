#pragma once
// Arguments that the commands which judge embeddings share.

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "study/contestant.hpp"
#include "train/run_inputs.hpp"

namespace simclr {

// Which pictures, against what, and by which arithmetic.
struct JudgingArguments {
  std::string train, test, classes = "all", label_map, baselines = "random,pixels", precision = "float32",
                           device = "auto";
  double test_fraction = 0;
  int64_t seed = 0;

  // Error(Exit::usage) unless there are labelled pictures and one set to test on.
  SidesRequest sides() const;
  EmbedOptions embedding() const;
};
Fields fields(JudgingArguments& arguments);

// How rasters that don't say it are read, in place of what the run was told of its own.
void add_reading_flags(CLI::App& command, Assignments& reading);
RunInputs read_run(const std::string& root, const Assignments& reading);

// "random,pixels", each once; "none" for none. Error(Exit::setting) for an unknown one.
std::vector<std::string> parse_baselines(const std::string& text);

}  // namespace simclr
