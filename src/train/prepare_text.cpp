// What a training is about to do, for people.
#include <cstdio>

#include "train/growth.hpp"
#include "train/picture_form.hpp"
#include "train/prepare.hpp"

namespace simclr {

namespace {

// "32", or "16, 24, 32" where views grow
std::string sizes_of_views(const Plan& plan) {
  const Growth growth(plan.growth, plan.image_size);
  std::string out;
  for (const Stage& stage : growth.stages()) out += (out.empty() ? "" : ", ") + std::to_string(stage.size);
  return out;
}

}  // namespace

std::string describe(const Prepared& prepared, const PretrainSettings& settings) {
  const Plan& plan = prepared.plan;
  char text[512];
  std::snprintf(text, sizeof text, "%lld pictures, %d band%s, %s px · ", static_cast<long long>(plan.images),
                plan.bands, plan.bands == 1 ? "" : "s", sizes_of_views(plan).c_str());
  std::string out = text + plan.encoder + " · " + plan.head + " · " + plan.loss + "\n" +
                    short_policy(plan.augment) + "\n" + plan.optimizer;
  std::snprintf(text, sizeof text, " · lr %.4g · weight decay %.4g · batch %lld · %s · ", plan.lr,
                plan.weight_decay, static_cast<long long>(settings.batch_size), plan.precision.c_str());
  out += text;
  if (of_rasters(plan) && plan.sample != "uint8") out = to_text(numbers_of(plan)) + "\n" + out;
  if (of_rasters(plan)) out = statistics_text(plan) + "\n" + out;
  if (plan.total_steps == 0) {
    std::snprintf(text, sizeof text, "as many steps as fit in %.3g minutes", *settings.max_minutes);
  } else {
    const double epochs = static_cast<double>(plan.total_steps) / static_cast<double>(plan.steps_per_epoch);
    std::snprintf(text, sizeof text, "%lld steps (%.3g epoch%s), %lld of warm-up",
                  static_cast<long long>(plan.total_steps), epochs, epochs == 1 ? "" : "s",
                  static_cast<long long>(plan.warmup_steps));
  }
  return out + text + "\ndecoded pictures are kept " + prepared.cache.why;
}

}  // namespace simclr
