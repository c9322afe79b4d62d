#pragma once
// What the commands that train share: pretrain, and supervised, which trains the same way from labels.

#include <functional>

#include "cli/command.hpp"
#include "train/settings.hpp"

namespace simclr {

struct TrainingArguments {
  Assignments given;  // flags as typed
  Assignments base;   // what stands in for the defaults: settings of another run
  std::string config;
  bool resume = false, overwrite = false, dry_run = false, profile = false, json = false;
  bool quiet = false;  // nothing on stdout: another command tells what came out
};

// The flags of the settings that are `shown`, by name, and --config, --resume, --overwrite, --dry-run and
// --json.
void add_training_flags(
    CLI::App& command, TrainingArguments& arguments,
    const std::function<bool(const std::string&)>& shown = [](const std::string& name) {
      return !of_finetuning(name);
    });

// default < recipe < base < --config < flag, and the policy of a file read.
PretrainSettings layered_settings(const TrainingArguments& arguments);

// The settings that are asked for by `--config` and flags, over what stands in for the defaults.
PretrainSettings merged_settings(const TrainingArguments& arguments);

// What is asked for by name, by `--config` and flags.
Assignments asked_for(const TrainingArguments& training);

// Trains into --out and leaves exports and page there; the exit code.
int run_training(const TrainingArguments& arguments);

}  // namespace simclr
