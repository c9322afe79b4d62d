#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/training.hpp"
#include "train/run_inputs.hpp"

namespace simclr {
namespace {

constexpr const char* kRate = "3e-3";
constexpr const char* kRateOfProbe = "1e-2";     // of a classifier on a frozen encoder
constexpr const char* kLooksWithoutGain = "25";  // SimCLR-S2's

struct FinetuneArguments {
  std::string run;
  TrainingArguments training;
};

// Names that finetune gives to settings of all trainings.
constexpr std::pair<const char*, const char*> kPictures[] = {
    {"train", "data"}, {"val", "val-data"}, {"test", "test-data"}};

// Settings that have another name here, or that fine-tuning decides.
bool shown(const std::string& name) {
  constexpr std::string_view hidden[] = {"data",   "val-data", "test-data",        "init",
                                         "recipe", "loss",     "hold-out-classes", "encoder",
                                         "head",   "bands",    "exif-orientation"};
  return std::find(std::begin(hidden), std::end(hidden), name) == std::end(hidden);
}

// The network and the pictures' form are those of the run; the rest is what fine-tuning takes to be usual.
Assignments settings_for(const RunInputs& like) {
  Assignments all{{"init", like.run.root.native()},
                  {"encoder", like.plan.encoder},
                  {"image-size", std::to_string(like.plan.image_size)},
                  {"loss", "auto"},
                  {"head", "auto"},
                  {"augment", "crop(min=0.3) > flip"},
                  {"growth", "none"},
                  {"batch-size", "32"},
                  {"optimizer", "adamw"},
                  {"lr", kRate},
                  {"weight-decay", "1e-4"},
                  {"decode", like.settings.decode},
                  {"exif-orientation", like.settings.exif_orientation ? "true" : "false"}};
  // Gray and RGB pictures are turned into one another; any other number must be what the pictures have.
  if (like.plan.bands == 1 || like.plan.bands == 3) all["bands"] = std::to_string(like.plan.bands);
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
  training.base = settings_for(read_run(a.run));
  const PretrainSettings asked = merged_settings(training);
  check_asked(asked);
  if (asked.unfreeze == "0") training.base["lr"] = kRateOfProbe;
  if (!asked.val_data.empty() || asked.val_fraction > 0)
    training.base["patience"] = kLooksWithoutGain;
  else
    log_info("no validation pictures (--val, --val-fraction): no early stopping, no tuned thresholds.");
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
  constexpr const char* help[] = {"labelled pictures to learn from, PATH[:split]",
                                  "labelled pictures to stop early and tune thresholds by, PATH[:split]",
                                  "labelled pictures to score on at the end, PATH[:split]"};
  for (size_t i = 0; i < std::size(kPictures); ++i) {
    const auto& [flag, setting] = kPictures[i];
    command
        ->add_option_function<std::string>(
            std::string("--") + flag,
            [arguments, name = std::string(setting)](const std::string& text) {
              arguments->training.given[name] = text;
            },
            help[i])
        ->type_name("DIR")
        ->take_last();
  }
  add_training_flags(*command, arguments->training, shown);
  command->callback([&run, arguments] { run = [arguments] { return run_finetune(*arguments); }; });
}

}  // namespace simclr
