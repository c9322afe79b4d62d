#pragma once
// What the commands share that train on from an earlier run: finetune, from its weights, and distill, from
// what it says.

#include "cli/training.hpp"
#include "train/run_inputs.hpp"

namespace simclr {

// Pictures as the run sees them, and what is usual on few labels: adamw at 3e-3, views that keep most of a
// picture.
Assignments usual_settings(const RunInputs& run);

// With validation pictures: stop after 25 looks without gain (SimCLR-S2's); without: says there are none.
void stop_early_if_validated(TrainingArguments& training);

struct SettingFlag {
  const char *flag, *setting, *help, *unit;
};
// Flags that are called otherwise than their settings.
void add_setting_flags(CLI::App& command, TrainingArguments& training, const std::vector<SettingFlag>& flags);

}  // namespace simclr
