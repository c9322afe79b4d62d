#include <algorithm>

#include "base/error.hpp"
#include "cli/tuning.hpp"

namespace simclr {
namespace {

constexpr const char* kRateOfProbe = "1e-2";  // of a classifier on a frozen encoder

struct FinetuneArguments {
  std::string run;
  TrainingArguments training;
};

// Settings that have another name here, or that fine-tuning decides.
bool shown_to_finetune(const std::string& name) {
  constexpr std::string_view hidden[] = {"data",    "val-data", "test-data",     "init",
                                         "teacher", "recipe",   "loss",          "hold-out-classes",
                                         "encoder", "head",     "bands",         "exif-orientation",
                                         "mean",    "std",      "all-statistics"};
  return std::find(std::begin(hidden), std::end(hidden), name) == std::end(hidden);
}

// The network is that of the run.
Assignments settings_to_finetune(const RunInputs& run) {
  Assignments all = usual_settings(run);
  all["encoder"] = run.plan.encoder;
  all["loss"] = "auto";
  all["batch-size"] = "32";
  return all;
}

void check_asked(const PretrainSettings& asked) {
  if (asked.data.empty())
    throw Error(Exit::usage, "--train is required.", "Name labelled pictures: --train labelled/train");
  if (asked.test_data.empty())
    throw Error(Exit::usage, "--test is required.",
                "Name labelled pictures to score on: --test labelled/test");
}

int run_finetune(FinetuneArguments a) {
  auto& training = a.training;
  const auto out = training.given.find("out");
  if (training.resume && out != training.given.end() && RunFolder{out->second}.holds_run()) {
    if (!a.run.empty()) training.given["init"] = a.run;
    return run_training(training);
  }
  if (a.run.empty())
    throw Error(Exit::usage, "RUN is required: the run folder of simclr pretrain to start from.");
  training.base = settings_to_finetune(read_run(a.run));
  training.given["init"] = a.run;
  const PretrainSettings asked = merged_settings(training);
  check_asked(asked);
  if (asked.unfreeze == "0") training.base["lr"] = kRateOfProbe;
  stop_early_if_validated(training);
  return run_training(training);
}

}  // namespace

void add_finetune(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "finetune",
      "Train a run's encoder on from labels, for one or several classes a picture, and score it: F1, AUC and "
      "more.",
      "  simclr finetune runs/photos --train a/train --val a/val --test a/test --out runs/tuned\n"
      "  simclr finetune runs/photos --train a --val-fraction 0.2 --test a:test --label-fraction 0.03 --out "
      "runs/few\n"
      "  simclr finetune runs/photos --train a --val-fraction 0.2 --test a:test --from-scratch --out "
      "runs/scratch\n"
      "  simclr finetune runs/ben --train ben:train --val ben:val --test ben:test --balanced \\\n"
      "      --label-map \"irrigated=12|13|14|15|16\" --out runs/irrigated\n"
      "  simclr finetune --out runs/tuned --resume\n"
      "Unless said otherwise: adamw at 3e-3 (1e-2 with --unfreeze 0), batches of 32, views crop(min=0.3) > "
      "flip, 50 epochs but at\nleast 400 steps, and an end after 25 looks at validation pictures without a "
      "lower loss.");
  auto arguments = std::make_shared<FinetuneArguments>();
  command->add_option("RUN", arguments->run, "run folder of simclr pretrain");
  add_setting_flags(
      *command, arguments->training,
      {{"train", "data", "labelled pictures to learn from, PATH[:split]", "DIR"},
       {"val", "val-data", "labelled pictures to stop early and tune thresholds by, PATH[:split]", "DIR"},
       {"test", "test-data", "labelled pictures to score on at the end, PATH[:split]", "DIR"}});
  add_training_flags(*command, arguments->training, shown_to_finetune);
  command->callback([&run, arguments] { run = [arguments] { return run_finetune(*arguments); }; });
}

}  // namespace simclr
