#pragma once
// How a run folder begins: what may be started where, what an earlier run left there, and the first files.

#include <memory>

#include "train/plan.hpp"
#include "train/settings.hpp"

namespace simclr {

// Error(Exit::usage) when `run` is a file, or holds a run, its checkpoints, or files of others that a run
// would replace, and `overwrite` is not given.
void refuse_existing(const RunFolder& run, bool overwrite);

// Makes the folder, locks it, refuses once more what another process has begun meanwhile, removes (if
// `overwrite`) what an earlier run consists of and nothing else, and writes command.txt, environment.json,
// plan.json and, last of all, settings.toml. Error(Exit::disk) leaves no folder that was not there before.
std::unique_ptr<RunLock> begin_run(const RunFolder& run, const PretrainSettings& settings, const Plan& plan,
                                   bool overwrite);

// Half-written files of a process that was killed. Call with the RunLock held.
void remove_temporary_files(const RunFolder& run);

}  // namespace simclr
