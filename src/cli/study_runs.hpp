#pragma once
// Arguments that the studies of many runs share: what all runs have in common, how they are judged, and how
// many go at a time.

#include "cli/command.hpp"
#include "study/cell_table.hpp"
#include "train/settings.hpp"

namespace simclr {

struct StudyRunArguments {
  std::string kind;
  Assignments given, training;  // flags as typed: of the study, and of pretraining
  std::string config;
  std::vector<std::string> train, test, label_map;
  double test_fraction = 0;
  std::string classes = "all", labels_per_class = "all", score = "knn", measure = "accuracy",
              baselines = "random,pixels", out;
  int64_t seeds = 3;
  std::optional<int64_t> jobs, threads;
  bool json = false;
};
Fields fields(StudyRunArguments& arguments);

// Adds their flags, those of pretraining without `taken` (what the study sets itself), --train and --test.
void add_study_flags(CLI::App& command, StudyRunArguments& arguments, const std::vector<std::string>& taken);

// The request, once `given` is set. Error(Exit::usage) for what is missing or contradicts itself.
StudyRequest study_request(StudyRunArguments& arguments);

// Writes results.json, results.csv and the page, prints the text or the JSON, and gives the exit code: 1 when
// runs `failed`.
int finish_study(const StudyRequest& request, size_t failed, const nlohmann::ordered_json& json,
                 const std::string& text, bool as_json);

void add_study_grid(CLI::App& group, Run& run);
void add_study_couplets(CLI::App& group, Run& run);
void add_study_optimizers(CLI::App& group, Run& run);
void add_study_lr(CLI::App& group, Run& run);

}  // namespace simclr
