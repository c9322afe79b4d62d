#include "cli/tuning.hpp"

#include "base/log.hpp"
#include "train/picture_form.hpp"

namespace simclr {

Assignments usual_settings(const RunInputs& run) {
  PretrainSettings settings = run.settings;
  const Fields its = fields(settings);
  Assignments all{{"image-size", std::to_string(run.plan.image_size)},
                  {"head", "auto"},
                  {"augment", "crop(min=0.3) > flip"},
                  {"growth", "none"},
                  {"optimizer", "adamw"},
                  {"lr", "3e-3"},
                  {"weight-decay", "1e-4"},
                  {"decode", run.settings.decode},
                  {"exif-orientation", run.settings.exif_orientation ? "true" : "false"}};
  // Gray and RGB pictures are turned into one another, bands with names are found by them; any other number
  // must be what the pictures have.
  if (!run.plan.band_names.empty()) {
    std::string names;
    for (const auto& name : run.plan.band_names) names += (names.empty() ? "" : ",") + name;
    all["bands"] = names;
    for (const char* name : {"band-names", "offset", "nodata", "upsample"})
      all[name] = find(its, name)->text();
  } else if (run.plan.bands == 1 || run.plan.bands == 3) {
    all["bands"] = std::to_string(run.plan.bands);
  }
  if (of_rasters(run.plan))
    for (const char* name : {"offset", "nodata", "upsample"}) all[name] = find(its, name)->text();
  return all;
}

void stop_early_if_validated(TrainingArguments& training) {
  const PretrainSettings asked = merged_settings(training);
  if (!asked.val_data.empty() || asked.val_fraction > 0)
    training.base["patience"] = "25";
  else
    log_info("no validation pictures (--val, --val-fraction): no early stopping, no tuned thresholds.");
}

void add_setting_flags(CLI::App& command, TrainingArguments& training,
                       const std::vector<SettingFlag>& flags) {
  for (const auto& [flag, setting, help, unit] : flags)
    command
        .add_option_function<std::string>(
            std::string("--") + flag,
            [&training, name = std::string(setting)](const std::string& text) {
              training.given[name] = text;
            },
            help)
        ->type_name(unit)
        ->take_last();
}

}  // namespace simclr
