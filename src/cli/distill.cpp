#include <algorithm>

#include "base/error.hpp"
#include "cli/tuning.hpp"
#include "loss/distill.hpp"
#include "train/teacher.hpp"

namespace simclr {
namespace {

struct DistillArguments {
  std::string teacher;
  Assignments loss;  // arguments of the loss, as typed
  TrainingArguments training;
};

// Settings that have another name here, or that the teacher decides.
bool shown_to_distill(const std::string& name) {
  if (of_finetuning(name) && !of_distillation(name)) return false;
  constexpr std::string_view hidden[] = {
      "encoder", "val-data",         "test-data",        "teacher", "recipe", "loss",          "head",
      "bands",   "hold-out-classes", "exif-orientation", "mean",    "std",    "all-statistics"};
  return std::find(std::begin(hidden), std::end(hidden), name) == std::end(hidden);
}

// What a picture is and which classes there are is the teacher's to say. Where labels count beside it, the
// same share of them is taken, and the same pictures are held out, so that they are the labels that it saw.
Assignments settings_to_distill(const RunInputs& teacher, bool labels_count) {
  const PretrainSettings& its = teacher.settings;
  Assignments all = usual_settings(teacher);
  all["batch-size"] = "64";
  all["label-map"] = its.label_map;
  all["label-fraction"] = shortest(its.label_fraction);
  all["balanced"] = its.balanced ? "true" : "false";
  all["positive"] = its.positive;
  all["seed"] = std::to_string(its.seed);
  if (labels_count) all["val-fraction"] = shortest(its.val_fraction);
  return all;
}

// `text` with the flags in the place of its arguments.
std::string loss_of(const std::string& text, const Assignments& flags) {
  Distillation loss(text);
  set_flags(loss.fields(), flags);
  return loss.text();
}

void check_asked_of_student(const TrainingArguments& training, const Assignments& asked, bool labels_count) {
  if (!asked.contains("data"))
    throw Error(Exit::usage, "--data is required.", "Name pictures, labelled or not: --data photos/");
  if (!asked.contains("encoder"))
    throw Error(Exit::usage, "--student is required.", "Name a smaller encoder: --student resnet18");
  for (const char* name : {"label-fraction", "balanced"})
    if (training.given.contains(name) && !labels_count)
      throw Error(Exit::usage,
                  std::string("--") + name + " chooses labels, and with --alpha 1 none is learnt from.",
                  "Let labels count as well: --alpha 0.5");
}

// With the settings it has; others that are asked for are refused.
int go_on(DistillArguments a, const std::string& out) {
  if (!a.teacher.empty()) a.training.given["teacher"] = a.teacher;
  if (!a.loss.empty()) a.training.given["loss"] = loss_of(read_run(out).settings.loss, a.loss);
  return run_training(a.training);
}

int run_distill(DistillArguments a) {
  auto& training = a.training;
  const auto out = training.given.find("out");
  if (training.resume && out != training.given.end() && RunFolder{out->second}.holds_run())
    return go_on(a, out->second);
  if (a.teacher.empty())
    throw Error(Exit::usage,
                "TEACHER_RUN is required: the run folder of simclr finetune whose classes are learnt.");
  const RunInputs teacher = read_run(a.teacher);
  taught_classes(teacher.plan, a.teacher);
  const Assignments asked = asked_for(training);
  const auto in_config = asked.find("loss");  // no flag is called so
  a.loss["several"] = scores_label_sets(teacher.plan) ? "true" : "false";
  const std::string loss = loss_of(in_config == asked.end() ? "distill" : in_config->second, a.loss);
  const bool labels_count = Distillation(loss).learns_from_labels();
  check_asked_of_student(training, asked, labels_count);
  training.given["teacher"] = a.teacher;
  training.given["loss"] = loss;
  training.base = settings_to_distill(teacher, labels_count);
  stop_early_if_validated(training);
  return run_training(training);
}

void add_loss_flags(CLI::App& command, Assignments& given) {
  Distillation usual("distill");
  Fields all = usual.fields();
  std::erase_if(all, [](const Field& one) { return one.name() == "several"; });  // the teacher decides
  add_flags(command, all, given);
}

}  // namespace

void add_distill(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "distill",
      "Train a smaller encoder to say of pictures, labelled or not, what a fine-tuned run says of them.",
      "  simclr distill runs/tuned --student resnet18 --data photos/ --out runs/small\n"
      "  simclr distill runs/tuned --student \"resnet18(width=0.25)\" --data photos/ --val-fraction 0.1 \\\n"
      "      --test a:test --out runs/tiny\n"
      "  simclr distill runs/tuned --student resnet18 --data a:train --alpha 0.5 --temperature 2 --out "
      "runs/both\n"
      "  simclr distill --out runs/small --resume\n"
      "  simclr report runs/tuned runs/small runs/tiny        (size against F1)\n"
      "Unless said otherwise: soft targets at temperature 1, no labels (--alpha 1), adamw at 3e-3, batches "
      "of 64, "
      "views\ncrop(min=0.3) > flip, 50 epochs but at least 400 steps, an end after 25 looks at validation "
      "pictures "
      "without a lower\nloss, and the teacher's image size, label map, share of the labels, positive class "
      "and seed. "
      "With --test the teacher is\nscored beside the student.");
  auto arguments = std::make_shared<DistillArguments>();
  command->add_option("TEACHER_RUN", arguments->teacher, "run folder of simclr finetune (or distill)");
  add_setting_flags(
      *command, arguments->training,
      {{"student", "encoder", "encoder to train: resnet18, 34, 50, 101, 152; arguments: width, stem", "TEXT"},
       {"val", "val-data",
        "other pictures to stop early by, and where they have labels to tune thresholds, PATH[:split]",
        "DIR"},
       {"test", "test-data", "labelled pictures to score student and teacher on at the end, PATH[:split]",
        "DIR"}});
  add_loss_flags(*command, arguments->loss);
  add_training_flags(*command, arguments->training, shown_to_distill);
  command->callback([&run, arguments] { run = [arguments] { return run_distill(*arguments); }; });
}

}  // namespace simclr
