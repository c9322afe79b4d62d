#include "train/pretrain.hpp"

#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/after_training.hpp"
#include "cli/command.hpp"
#include "cli/doctor.hpp"
#include "train/checkpoint.hpp"
#include "train/settings.hpp"
#include "train/signals.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  Assignments given;  // flags as typed
  std::string config;
  bool resume = false, overwrite = false, dry_run = false, json = false;
};

void apply(PretrainSettings& settings, const Assignments& values, const std::string& prefix) {
  const Fields all = fields(settings);
  for (const auto& [name, text] : values) find(all, name)->set(text, prefix + name);
}

// default < --config < flag
PretrainSettings read_settings(const Arguments& arguments) {
  PretrainSettings settings;
  if (!arguments.config.empty()) {
    PretrainSettings scratch;
    apply(settings, read_toml(arguments.config, fields(scratch)), arguments.config + ": ");
  }
  apply(settings, arguments.given, "--");
  if (settings.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the run folder: --out runs/mine");
  return settings;
}

// On --resume the settings are those of the run; a flag that differs would change the result.
PretrainSettings resumed_settings(const RunFolder& run, const Arguments& arguments) {
  PretrainSettings settings, scratch, asked = read_settings(arguments);
  apply(settings, read_toml(run.settings(), fields(scratch)), run.settings().native() + ": ");
  std::set<std::string> named;
  for (const auto& [name, text] : arguments.given) named.insert(name);
  if (!arguments.config.empty())
    for (const auto& [name, text] : read_toml(arguments.config, fields(scratch))) named.insert(name);
  asked.data = asked.data.empty() ? "" : absolute_source(asked.data);
  asked.val_data = asked.val_data.empty() ? "" : absolute_source(asked.val_data);
  const Fields kept = fields(settings), wanted = fields(asked);
  for (const auto& name : named) {
    const Field *now = find(kept, name), *then = find(wanted, name);
    if (free_on_resume(name)) {
      now->set(then->text(), "--" + name);
    } else if (now->text() != then->text()) {
      throw Error(Exit::setting,
                  "--" + name + " " + printable(then->text()) + " differs from the run's " +
                      printable(now->text()) + ".",
                  "Leave it out to go on with --resume, or start a new run in another folder.");
    }
  }
  return settings;
}

void refuse_existing(const RunFolder& run, bool overwrite) {
  if (!fs::exists(run.root)) return;
  const std::string shown = printable(run.root.native());
  if (!fs::is_directory(run.root)) throw Error(Exit::usage, "--out " + shown + " is a file, not a folder.");
  if (run.holds_run() && !overwrite)
    throw Error(Exit::usage, "--out " + shown + " already holds a run.",
                "Go on with it by --resume, replace it by --overwrite, or choose another folder.");
  if (!run.holds_run() && !fs::is_empty(run.root) && overwrite)
    throw Error(Exit::usage, "--out " + shown + " is a folder that holds something other than a run.",
                "--overwrite replaces runs only; choose another folder.");
}

// Only what a run consists of is removed, so that other files in the folder survive.
void clear_run(const RunFolder& run) {
  for (const auto& path :
       {run.settings(), run.command(), run.environment(), run.plan(), run.log(), run.metrics(), run.summary(),
        run.bad_files(), run.checkpoints(), run.exported(), run.evaluations(), run.figures(), run.report(),
        run.root / "embeddings.npy", run.root / "embeddings.csv"})
    fs::remove_all(path);
  for (const auto& entry : fs::directory_iterator(run.root))
    if (entry.path().filename().native().starts_with("events.out.tfevents")) fs::remove(entry.path());
}

void make_folder(const RunFolder& run, const PretrainSettings& settings, const Plan& plan) {
  std::error_code error;
  fs::create_directories(run.root, error);
  if (error)
    throw Error(Exit::disk,
                "cannot make the folder " + printable(run.root.native()) + ": " + error.message() + ".");
  PretrainSettings written = settings;
  written.out.clear();  // the folder knows its own name, and may be moved
  write_durably(run.command(), command_line() + "\n");
  write_durably(run.environment(), environment().dump(2) + "\n");
  write_plan(run, plan);
  write_durably(run.settings(), to_toml(fields(written)));
}

int finish(const RunFolder& run, const PretrainSettings& settings, const Prepared& prepared,
           const PretrainResult& result, bool json) {
  const auto summary = to_json(result, run);
  write_durably(run.summary(), summary.dump(2) + "\n");
  if (result.stop_signal != 0) {
    log_info("stopped at step " + std::to_string(result.steps) + " after saving; go on with --resume");
    if (json) std::cout << summary.dump() << std::endl;
    return static_cast<int>(result.stop_signal == SIGINT ? Exit::interrupted : Exit::stopped);
  }
  after_training(run, settings, prepared);
  if (json) {
    std::cout << summary.dump() << std::endl;
  } else {
    std::cout << result.verdict.word << ": " << result.verdict.text << "\n"
              << loss_line(result.signs) << "\n"
              << run.report().native() << std::endl;
  }
  return 0;
}

bool finished(const RunFolder& run) {
  if (!fs::exists(run.summary())) return false;
  const auto found = newest_checkpoint(run);
  const Plan plan = read_plan(run);
  return found && plan.total_steps > 0 && found->step >= plan.total_steps && fs::exists(run.report());
}

int train_in(const RunFolder& run, const PretrainSettings& settings, bool resuming,
             const Arguments& arguments) {
  std::optional<Plan> known;
  if (resuming) known = read_plan(run);
  Prepared prepared = prepare(settings, known);
  if (arguments.dry_run) {
    std::cout << describe(prepared, settings) << std::endl;
    return 0;
  }
  if (!resuming) {
    fs::create_directories(run.root);
  }
  const RunLock lock(run);
  if (!resuming) {
    if (run.holds_run()) clear_run(run);
    make_folder(run, settings, prepared.plan);
  }
  log_to_file(run.log());
  log_info(describe(prepared, settings));
  listen_for_signals();
  const PretrainResult result = pretrain(run, settings, prepared);
  return finish(run, settings, prepared, result, arguments.json);
}

int run_pretrain(const Arguments& arguments) {
  if (arguments.resume && arguments.overwrite)
    throw Error(Exit::usage, "--resume and --overwrite exclude each other.");
  PretrainSettings settings = read_settings(arguments);
  const RunFolder run{settings.out};
  if (arguments.resume && run.holds_run()) {
    settings = resumed_settings(run, arguments);
    if (finished(run)) {
      log_info(printable(run.root.native()) + " is finished: nothing to do.");
      if (arguments.json)
        std::cout << nlohmann::ordered_json::parse(read_file(run.summary())).dump() << std::endl;
      return 0;
    }
    return train_in(run, settings, true, arguments);
  }
  if (arguments.resume) log_info("no run in " + printable(run.root.native()) + " yet: starting from step 0.");
  refuse_existing(run, arguments.overwrite);
  if (settings.data.empty())
    throw Error(Exit::usage, "--data is required.", "Name the folder of pictures: --data photos/");
  settings.data = absolute_source(settings.data);
  if (!settings.val_data.empty()) settings.val_data = absolute_source(settings.val_data);
  return train_in(run, settings, false, arguments);
}

}  // namespace

void add_pretrain(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "pretrain", "Learn an encoder from a folder of pictures, without labels.",
      "  simclr pretrain --data photos/ --out runs/photos\n"
      "  simclr pretrain --data photos/ --out runs/quick --encoder \"resnet18(width=0.25)\" --max-minutes 4\n"
      "  simclr pretrain --data photos/ --out runs/mine --augment \"crop(min=0.2) > flip > jitter@0.8\" "
      "--dry-run\n"
      "  simclr pretrain --out runs/photos --resume");
  auto arguments = std::make_shared<Arguments>();
  PretrainSettings defaults;
  add_flags(*command, fields(defaults), arguments->given);
  command->add_option("--config", arguments->config, "settings from a TOML file; flags win")
      ->type_name("FILE");
  command->add_flag("--resume", arguments->resume, "go on from the newest checkpoint, exactly");
  command->add_flag("--overwrite", arguments->overwrite, "replace the run in --out");
  command->add_flag("--dry-run", arguments->dry_run, "say what would be done, and make nothing");
  command->add_flag("--json", arguments->json, "the result as one JSON object on stdout");
  command->callback([&run, arguments] { run = [arguments] { return run_pretrain(*arguments); }; });
}

}  // namespace simclr
