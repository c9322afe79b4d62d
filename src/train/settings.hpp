#pragma once
// The settings of a pretraining run. Each is defined once, in fields(): that gives the flag, the key in a
// TOML file and in the run's settings.toml, the help, the range and the default.

#include <filesystem>
#include <optional>
#include <string>

#include "base/fields.hpp"

namespace simclr {

struct PretrainSettings {
  std::string data, val_data, hold_out_classes, out;
  std::string recipe = "auto";
  std::string encoder = "resnet18";
  std::string head = "mlp(layers=2,out=128)";
  std::string loss = "nt_xent(temperature=0.2)";
  std::string augment = "auto";
  std::string growth = "linear";
  std::optional<int64_t> image_size, epochs, steps, decay_steps, workers;
  std::string bands = "auto", band_names = "auto", mean = "auto", std = "auto", upsample = "bilinear",
              label_map, exclude;
  std::optional<double> offset, nodata;
  bool all_statistics = false;
  int64_t batch_size = 64, seed = 0, checkpoint_every = 500, patience = 0;
  std::optional<double> max_minutes, lr, weight_decay, warmup_epochs;
  double fraction = 1, val_fraction = 0;
  std::string optimizer = "muon", lr_scaling = "none", schedule = "cosine", precision = "auto",
              device = "auto", cache = "auto", cache_dir, decode = "exact";
  bool exif_orientation = false;
  // Of fine-tuning and distillation:
  std::string init;     // the run it starts from; empty: no fine-tuning
  std::string teacher;  // the run whose scores are learnt; empty: no distillation
  std::string from = "h", classifier = "linear", unfreeze = "all", positive, test_data;
  double label_fraction = 1;
  bool from_scratch = false, balanced = false;
};

Fields fields(PretrainSettings& settings);

bool of_finetuning(std::string_view name);  // a setting that simclr finetune and distill alone have

bool of_distillation(std::string_view name);  // those of them that simclr distill has

// The run whose pictures, bands and statistics are taken on: --init or --teacher; empty: none.
inline const std::string& parent(const PretrainSettings& settings) {
  return settings.init.empty() ? settings.teacher : settings.init;
}

// Settings that may differ on --resume: they change nothing in the result.
bool free_on_resume(std::string_view name);

// The text of a setting without what changes nothing in it: spaces, and how a number is written.
std::string plainly_written(std::string_view text);

// Flat key = value of a TOML file. Error(Exit::setting) with file and line for a syntax error, a table, or an
// unknown key (with the nearest suggestion); Error(Exit::data) when the file can't be read.
Assignments read_toml(const std::filesystem::path& path, const Fields& known);
std::string to_toml(const Fields& fields);  // values in their TOML types, one a line with its help

}  // namespace simclr
