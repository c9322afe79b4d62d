#pragma once
// The pretraining loop: views -> encoder -> head -> loss -> optimizer, with checkpoints, monitors and logs.

#include <nlohmann/json.hpp>

#include "train/prepare.hpp"
#include "train/progress.hpp"
#include "train/verdict.hpp"

namespace simclr {

struct PretrainResult {
  int64_t steps = 0, total_steps = 0;
  double epochs = 0, train_seconds = 0, images_per_second = 0;
  Signs signs;
  Verdict verdict;
  int stop_signal = 0;  // not 0: stopped from outside, after a saved checkpoint
};

// Trains into `run` from its newest checkpoint, or from step 0. Error(Exit::non_finite) names step and files.
PretrainResult pretrain(const RunFolder& run, const PretrainSettings& settings, Prepared& prepared);

bool stopped_early(const Progress& at, const PretrainSettings& settings);  // by --patience

Verdict unfinished(const PretrainResult& result);  // what to say of a run that was stopped
nlohmann::ordered_json to_json(const PretrainResult& result, const RunFolder& run);

}  // namespace simclr
