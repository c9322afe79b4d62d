#pragma once
// From settings to a plan: opens the pictures, looks at a sample, and decides what was left to "auto".
// Everything that can be wrong with the settings or the pictures is found here, before a folder is made.

#include <memory>
#include <optional>

#include "augment/pipeline.hpp"
#include "loss/loss.hpp"
#include "train/cache.hpp"
#include "train/device.hpp"
#include "train/pictures.hpp"
#include "train/plan.hpp"
#include "train/settings.hpp"
#include "train/teacher.hpp"

namespace simclr {

struct Prepared {
  Plan plan;
  std::shared_ptr<Pictures> pictures;       // to train on
  std::shared_ptr<Pictures> validation;     // held out; null when nothing was
  std::vector<int64_t> classes;             // of each picture to train on; for a loss that learns from labels
  std::vector<int64_t> validation_classes;  // of those held out
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Loss> loss;
  std::shared_ptr<const Teacher> teacher;  // null unless the loss learns from one
  Statistics statistics;
  CacheChoice cache;
  c10::Device device = c10::Device(c10::kCPU);
};

// `known`: the plan of the run that is resumed; statistics and sizes are then taken from it.
Prepared prepare(const PretrainSettings& settings, const std::optional<Plan>& known);

double peak_rate(const PretrainSettings& settings);  // as --lr, --lr-scaling and the optimizer have it
int64_t warmup_steps(const PretrainSettings& settings, const Plan& plan);
int64_t decay_end(const PretrainSettings& settings, const Plan& plan);  // the step from which the rate is 0
// Of a warm-up as long as the run, and of steps at a rate of 0.
void warn_of_schedule(const PretrainSettings& settings, const Plan& plan);

std::string describe(const Prepared& prepared,
                     const PretrainSettings& settings);  // for people, several lines

}  // namespace simclr
