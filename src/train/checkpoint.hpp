#pragma once
// checkpoints/step-N/{model.safetensors, optimizer.safetensors, state.json}, written under a .tmp name with
// the hashes last and renamed when whole; checkpoints/last points at the newest. The last two are kept.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/run.hpp"
#include "optim/optimizer.hpp"
#include "train/model.hpp"

namespace simclr {

struct Checkpoint {
  std::filesystem::path folder;
  int64_t step = 0;
  nlohmann::json state;  // what the trainer put there
  std::string weights_sha256;
};

void save_checkpoint(const RunFolder& run, int64_t step, const Model& model, Optimizer& optimizer,
                     nlohmann::json state);

// The newest whose hashes match; damaged ones are skipped with a warning that says why. None: empty.
std::optional<Checkpoint> newest_checkpoint(const RunFolder& run);

// The newest, or Error(Exit::checkpoint) when none is intact.
Checkpoint intact_checkpoint(const RunFolder& run);

bool holds_checkpoints(const RunFolder& run);  // intact or not

// Removes checkpoints after `step`: damaged ones, whose steps are about to be trained again.
void discard_checkpoints_after(const RunFolder& run, int64_t step);

// Its weights. Error(Exit::checkpoint) when they are of another architecture.
Model load_model(const Checkpoint& checkpoint, const Plan& plan);
void load_checkpoint(const Checkpoint& checkpoint, Model& model, Optimizer* optimizer);

}  // namespace simclr
