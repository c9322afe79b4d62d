#include "train/plan.hpp"

#include <nlohmann/json.hpp>

#include "base/durable.hpp"
#include "base/error.hpp"

namespace simclr {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plan, images, held_out, bands, image_size, band_names, sample, mean, std,
                                   bytes_per_image, augment, growth, encoder, head, loss, optimizer,
                                   precision, lr, weight_decay, steps_per_epoch, warmup_steps, probe_steps,
                                   total_steps, planned, features, threads, classes, held_out_classes,
                                   outputs, pictures_sha256, validation_sha256, teacher_sha256, offsets,
                                   nodata, file_scale, levels)

nlohmann::json to_json(const Plan& plan) {
  Plan shown = plan;
  for (auto* names : {&shown.classes, &shown.held_out_classes, &shown.outputs, &shown.band_names})
    for (auto& name : *names) name = printable(name);
  return shown;
}

void write_plan(const RunFolder& run, const Plan& plan) {
  write_durably(run.plan(), to_json(plan).dump(2) + "\n");
}

Plan read_plan(const RunFolder& run) {
  const std::string shown = printable(run.plan().native());
  if (!std::filesystem::exists(run.plan()))
    throw Error(Exit::checkpoint, "no " + shown + ": the run stopped before its first step.",
                "Start it again with --overwrite.");
  try {
    auto plan = nlohmann::json::parse(read_file(run.plan()));
    if (plan.is_object())  // of runs begun before there were such
      for (const auto& [key, none] :
           {std::pair("held_out_classes", nlohmann::json::array()),
            std::pair("outputs", nlohmann::json::array()), std::pair("band_names", nlohmann::json::array()),
            std::pair("sample", nlohmann::json("")), std::pair("teacher_sha256", nlohmann::json("")),
            std::pair("offsets", nlohmann::json::array()), std::pair("nodata", nlohmann::json::array()),
            std::pair("file_scale", nlohmann::json(0)), std::pair("levels", nlohmann::json::array())})
        if (!plan.contains(key)) plan[key] = none;
    return plan.get<Plan>();
  } catch (const nlohmann::json::exception&) {
    throw Error(Exit::checkpoint, shown + " is damaged.", "Start the run again with --overwrite.");
  }
}

}  // namespace simclr
