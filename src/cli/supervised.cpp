#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "cli/training.hpp"
#include "loss/loss.hpp"
#include "train/run_inputs.hpp"

namespace simclr {
namespace {

constexpr const char* kPatience = "12";  // the plankton study's

struct SupervisedArguments {
  std::string like, method;
  TrainingArguments training;
};

// The settings of RUN with another loss, and as many steps as it was planned to make.
Assignments settings_like(const std::string& root, const std::string& method) {
  RunInputs like = read_run(root);
  const auto loss = make_loss(like.settings.loss);
  const bool was_supervised = loss->learns_from_labels() || loss->learns_from_teacher();
  like.settings.loss = method;
  // SupCon works on projections as NT-Xent does; the others bring heads of their own.
  if (was_supervised || make_loss(method)->usual_head() != make_loss("nt_xent")->usual_head())
    like.settings.head = "auto";
  if (like.plan.total_steps == 0)
    throw Error(Exit::checkpoint, printable(root) + " stopped before its number of steps was planned.",
                "Finish it first, or give --steps and --data in place of --like.");
  like.settings.steps = like.plan.total_steps;
  like.settings.epochs.reset();
  like.settings.max_minutes.reset();
  like.settings.out.clear();
  PretrainSettings usual;
  for (const Field& one : fields(usual))
    if (of_finetuning(one.name())) find(fields(like.settings), one.name())->set(one.text(), one.name());
  Assignments all;
  for (const Field& one : fields(like.settings)) all[one.name()] = one.text();
  return all;
}

void check_method(const std::string& method) {
  const auto names = labelled_loss_names();
  const std::string name = parse_spec(method, "method").name;
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(Exit::setting, "--method: there is no '" + printable(name) + "'." + suggestion(name, names));
  make_loss(method);
}

// A length that is asked for takes the place of the run's number of steps.
bool asks_for_length(const TrainingArguments& training) {
  const Assignments asked = asked_for(training);
  return asked.contains("epochs") || asked.contains("max-minutes");
}

int run_supervised(SupervisedArguments a) {
  auto& training = a.training;
  const auto out = training.given.find("out");
  const bool goes_on = training.resume && out != training.given.end() && RunFolder{out->second}.holds_run();
  if (a.method.empty() && !goes_on)
    throw Error(Exit::usage, "--method is required.", "One of softmax, sigmoid, triplet, arcface, supcon.");
  if (training.given.contains("loss"))
    throw Error(Exit::usage, "supervised takes --method in place of --loss.");
  if (training.given.contains("recipe") && !a.like.empty())
    throw Error(Exit::usage, "--recipe and --like exclude each other: all settings are those of the run.");
  if (!a.method.empty()) check_method(a.method);
  if (goes_on) {  // with the settings it has; another method is refused as any other setting
    if (!a.method.empty()) training.given["loss"] = make_loss(a.method)->text();
    return run_training(training);
  }
  const std::string method = make_loss(a.method)->text();
  training.base =
      a.like.empty() ? Assignments{{"loss", method}, {"head", "auto"}} : settings_like(a.like, method);
  if (asks_for_length(training)) training.base["steps"] = "auto";
  const PretrainSettings asked = merged_settings(training);
  if (!asked.val_data.empty() || asked.val_fraction > 0)
    training.base["patience"] = kPatience;
  else
    log_info("no validation pictures (--val-fraction, --val-data): no early stopping.");
  return run_training(training);
}

}  // namespace

void add_supervised(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "supervised",
      "Train an encoder from labels, to compare with: the same pictures, views and number of steps as a run.",
      "  simclr supervised --like runs/photos --method softmax --out runs/softmax\n"
      "  simclr supervised --like runs/photos --method \"triplet(mining=curriculum)\" --out runs/triplet\n"
      "  simclr supervised --data labelled/ --val-fraction 0.1 --method arcface --max-minutes 10 --out "
      "runs/arcface\n"
      "  simclr supervised --out runs/softmax --resume");
  auto arguments = std::make_shared<SupervisedArguments>();
  command->add_option("--like", arguments->like, "the run whose settings are taken; flags win")
      ->type_name("RUN");
  command
      ->add_option("--method", arguments->method,
                   "softmax, sigmoid (where pictures have several classes), "
                   "triplet(margin=0.5,mining=semi_hard), arcface(scale=64,margin=0.5), "
                   "supcon(temperature=0.1); mining: batch_hard, batch_all, semi_hard, curriculum")
      ->type_name("TEXT");
  add_training_flags(*command, arguments->training);
  command->callback([&run, arguments] { run = [arguments] { return run_supervised(*arguments); }; });
}

}  // namespace simclr
