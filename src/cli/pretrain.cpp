#include "train/pretrain.hpp"

#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>

#include "augment/pipeline.hpp"
#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/after_training.hpp"
#include "cli/doctor.hpp"
#include "cli/run_start.hpp"
#include "cli/training.hpp"
#include "report/page.hpp"
#include "study/label_scores.hpp"
#include "train/checkpoint.hpp"
#include "train/estimate.hpp"
#include "train/profile.hpp"
#include "train/recipes.hpp"
#include "train/settings.hpp"
#include "train/signals.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

void apply(PretrainSettings& settings, const Assignments& values, const std::string& prefix) {
  const Fields all = fields(settings);
  for (const auto& [name, text] : values) find(all, name)->set(text, prefix + name);
}

// Paths as files of the run name them, to be found from any folder.
void make_absolute(PretrainSettings& settings) {
  for (std::string* source : {&settings.data, &settings.val_data, &settings.test_data})
    if (!source->empty()) *source = absolute_source(*source);
  for (std::string* list : {&settings.hold_out_classes, &settings.label_map, &settings.exclude})
    *list = absolute_list(*list);
  for (std::string* run : {&settings.init, &settings.teacher})
    if (!run->empty()) *run = (fs::absolute(*run) / "").lexically_normal().parent_path().native();
}

PretrainSettings read_settings(const TrainingArguments& arguments) {
  PretrainSettings settings = layered_settings(arguments);
  if (settings.out.empty() && !arguments.profile)
    throw Error(Exit::usage, "--out is required.", "Name the run folder: --out runs/mine");
  return settings;
}

// On --resume the settings are those of the run; a flag that differs would change the result.
PretrainSettings resumed_settings(const RunFolder& run, const TrainingArguments& arguments) {
  PretrainSettings settings, scratch, asked = read_settings(arguments);
  apply(settings, read_toml(run.settings(), fields(scratch)), run.settings().native() + ": ");
  make_absolute(asked);
  const Fields kept = fields(settings), wanted = fields(asked);
  for (const auto& [name, text] : asked_for(arguments)) {
    const Field *now = find(kept, name), *then = find(wanted, name);
    const bool a_path =
        name == "data" || name == "val-data" || name == "test-data" || name == "init" || name == "teacher";
    if (free_on_resume(name)) {
      now->set(then->text(), "--" + name);
    } else if (a_path ? now->text() != then->text()
                      : plainly_written(now->text()) != plainly_written(then->text())) {
      throw Error(Exit::setting,
                  "--" + name + " " + printable(then->text()) + " differs from the run's " +
                      printable(now->text()) + ".",
                  "Leave it out to go on, or start a new run in another folder.");
    }
  }
  return settings;
}

int finish(const RunFolder& run, const PretrainSettings& settings, const Prepared& prepared,
           const PretrainResult& result, const TrainingArguments& arguments) {
  auto summary = to_json(result, run);
  write_durably(run.summary(), summary.dump(2) + "\n");
  if (result.stop_signal != 0) {
    log_info("stopped at step " + std::to_string(result.steps) + " after saving; go on with --resume");
    if (arguments.json) std::cout << summary.dump() << std::endl;
    return static_cast<int>(result.stop_signal == SIGINT ? Exit::interrupted : Exit::stopped);
  }
  after_training(run, settings, prepared);
  std::string scores;
  if (!settings.test_data.empty()) {
    const auto of_test = score_classifier(run, settings, prepared);
    std::filesystem::create_directories(run.evaluations());
    write_durably(run.evaluations() / "classifier.json", of_test.dump(2) + "\n");
    summary.update(of_test);
    write_durably(run.summary(), summary.dump(2) + "\n");
    write_report(run);
    scores = label_scores_text(of_test);
  }
  if (arguments.json) {
    std::cout << summary.dump() << std::endl;
  } else if (!arguments.quiet) {
    std::cout << result.verdict.word << ": " << result.verdict.text << "\n"
              << loss_line(result.signs) << "\n"
              << scores << run.report().native() << std::endl;
  }
  return 0;
}

bool finished(const RunFolder& run, const PretrainSettings& settings) {
  if (!fs::exists(run.summary())) return false;
  const auto summary = nlohmann::json::parse(read_file(run.summary()), nullptr, false);
  if (!summary.is_object() || (!settings.test_data.empty() && !summary.contains("f1"))) return false;
  const auto found = newest_checkpoint(run);
  const Plan plan = read_plan(run);
  if (!found || plan.total_steps == 0 || !fs::exists(run.report())) return false;
  return found->step >= plan.total_steps || stopped_early(restore_progress(*found), settings);
}

int train_in(const RunFolder& run, const PretrainSettings& settings, Prepared& prepared,
             const TrainingArguments& arguments) {
  log_to_file(run.log());
  log_info(describe(prepared, settings));
  return finish(run, settings, prepared, pretrain(run, settings, prepared), arguments);
}

int only_describe(Prepared& prepared, const PretrainSettings& settings, int64_t done, bool json) {
  log_info("training a few steps, of which nothing is kept, to see how long one takes");
  const Estimate expected = estimate(settings, prepared, done);
  if (json) {
    nlohmann::ordered_json out = to_json(prepared.plan);
    out["estimate"] = to_json(expected);
    std::cout << out.dump() << std::endl;
  } else {
    std::cout << describe(prepared, settings) << "\n" << describe(expected, settings) << std::endl;
  }
  return 0;
}

int resume(const RunFolder& run, const TrainingArguments& arguments) {
  PretrainSettings settings = resumed_settings(run, arguments);
  if (finished(run, settings)) {
    log_info(printable(run.root.native()) + " is finished: nothing to do.");
    if (arguments.json)
      std::cout << nlohmann::ordered_json::parse(read_file(run.summary())).dump() << std::endl;
    return 0;
  }
  std::optional<RunLock> lock;
  if (!arguments.dry_run) {
    lock.emplace(run);
    settings = resumed_settings(run, arguments);  // until now another process may have been writing them
  }
  Prepared prepared = prepare(settings, read_plan(run));
  if (arguments.dry_run) {
    const auto found = newest_checkpoint(run);
    const int64_t done = found ? found->step : 0;
    if (!arguments.json) std::cout << "would go on from step " << done << "\n";
    return only_describe(prepared, settings, done, arguments.json);
  }
  listen_for_signals();
  ready_cache(*prepared.pictures, prepared.cache);
  remove_temporary_files(run);
  fs::remove(run.summary());  // it spoke of the stop before
  return train_in(run, settings, prepared, arguments);
}

int start(const RunFolder& run, PretrainSettings settings, const TrainingArguments& arguments) {
  refuse_existing(run, arguments.overwrite);
  if (settings.data.empty())
    throw Error(Exit::usage, "--data is required.", "Name the folder of pictures: --data photos/");
  make_absolute(settings);
  std::error_code none;
  if (fs::equivalent(run.root, settings.data, none))
    throw Error(Exit::usage, "--out is the folder of --data.", "Choose another folder for the run.");
  if (!parent(settings).empty() && fs::equivalent(run.root, parent(settings), none))
    throw Error(Exit::usage, "--out is the run that this one begins with.",
                "Choose another folder for the run.");
  Prepared prepared = prepare(settings, std::nullopt);
  if (arguments.dry_run) return only_describe(prepared, settings, 0, arguments.json);
  listen_for_signals();
  ready_cache(*prepared.pictures, prepared.cache);  // first: a full disk leaves no run behind
  const auto lock = begin_run(run, settings, prepared.plan, arguments.overwrite);
  return train_in(run, settings, prepared, arguments);
}

int only_profile(PretrainSettings settings, bool json) {
  if (settings.data.empty())
    throw Error(Exit::usage, "--data is required.", "Name the folder of pictures: --data photos/");
  Prepared prepared = prepare(settings, std::nullopt);
  const Profile seen = profile(settings, prepared);
  std::cout << (json ? to_json(seen).dump() : describe(seen)) << std::endl;
  return 0;
}

}  // namespace

PretrainSettings layered_settings(const TrainingArguments& arguments) {
  PretrainSettings settings, asked;
  Assignments config;
  if (!arguments.config.empty()) config = read_toml(arguments.config, fields(asked));
  const auto apply_given = [&](PretrainSettings& to) {
    apply(to, config, arguments.config + ": ");
    apply(to, arguments.given, "--");
  };
  apply_given(asked);
  apply(settings, recipe_settings(asked.recipe, asked.device), "--recipe " + asked.recipe + ": ");
  apply(settings, arguments.base, "");
  apply_given(settings);
  settings.augment = policy_or_file(settings.augment);
  return settings;
}

PretrainSettings merged_settings(const TrainingArguments& training) {
  PretrainSettings settings;
  const auto apply = [&](const Assignments& values) {
    for (const auto& [name, text] : values) find(fields(settings), name)->set(text, "--" + name);
  };
  apply(training.base);
  if (!training.config.empty()) read_toml(training.config, fields(settings));
  apply(training.given);
  return settings;
}

Assignments asked_for(const TrainingArguments& training) {
  PretrainSettings scratch;
  Assignments asked = training.given;
  if (!training.config.empty()) asked.merge(read_toml(training.config, fields(scratch)));
  return asked;
}

int run_training(const TrainingArguments& arguments) {
  if (arguments.profile) return only_profile(read_settings(arguments), arguments.json);
  if (arguments.resume && arguments.overwrite)
    throw Error(Exit::usage, "--resume and --overwrite exclude each other.");
  const PretrainSettings settings = read_settings(arguments);
  const RunFolder run{settings.out};
  if (arguments.resume && run.holds_run()) return resume(run, arguments);
  if (arguments.resume) log_info("no run in " + printable(run.root.native()) + " yet: starting from step 0.");
  return start(run, settings, arguments);
}

void add_training_flags(CLI::App& command, TrainingArguments& arguments,
                        const std::function<bool(const std::string&)>& shown) {
  PretrainSettings defaults;
  Fields all = fields(defaults);
  std::erase_if(all, [&](const Field& one) { return !shown(one.name()); });
  add_flags(command, all, arguments.given);
  command.add_option("--config", arguments.config, "settings from a TOML file; flags win")->type_name("FILE");
  command.add_flag("--resume", arguments.resume, "go on from the newest checkpoint, exactly");
  command.add_flag("--overwrite", arguments.overwrite, "replace the run in --out");
  command.add_flag("--dry-run", arguments.dry_run,
                   "say what would be done, how long it would take and how much memory, and make nothing");
  command.add_flag("--json", arguments.json, "the result as one JSON object on stdout");
}

void add_pretrain(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "pretrain", "Learn an encoder from a folder of pictures, without labels.",
      "  simclr pretrain --data photos/ --out runs/photos\n"
      "  simclr pretrain --data photos/ --out runs/quick --encoder \"resnet18(width=0.25)\" --max-minutes 4\n"
      "  simclr pretrain --data photos/ --out runs/mine --augment \"crop(min=0.2) > flip > jitter@0.8\" "
      "--dry-run\n"
      "  simclr pretrain --out runs/photos --resume");
  auto arguments = std::make_shared<TrainingArguments>();
  add_training_flags(*command, *arguments);
  command->add_flag("--profile", arguments->profile,
                    "train a few steps, say where the time of one goes, and make nothing");
  command->callback([&run, arguments] { run = [arguments] { return run_training(*arguments); }; });
}

}  // namespace simclr
