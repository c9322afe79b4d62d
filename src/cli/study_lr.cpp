#include <algorithm>
#include <iostream>
#include <string_view>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/doctor.hpp"
#include "cli/study_runs.hpp"
#include "cli/training.hpp"
#include "report/study_page.hpp"
#include "study/lr_range.hpp"
#include "train/run_inputs.hpp"

namespace simclr {
namespace {

struct RangeArguments {
  RangeTerms terms;
  Assignments given, own;
  std::string config, out;
  bool overwrite = false, json = false;
};

Fields range_fields(RangeArguments& a) {
  return {
      field("from", a.terms.from, "lowest rate; auto: a thousandth of the usual one")
          .range(0, 1000)
          .unit("X"),
      field("to", a.terms.to, "highest rate; auto: a thousand times the usual one").range(0, 1e6).unit("X"),
      field("warm-steps", a.terms.warm_steps, "steps at the usual rate before").range(0, 100000).unit("N"),
      field("range-steps", a.terms.range_steps, "steps of rising rate").range(10, 100000).unit("N"),
      field("out", a.out, "folder of the results").unit("STUDY")};
}

void check_same_test(const RunFolder& run, const Assignments& asked) {
  RunInputs before = read_run(run.root.native());
  for (const char* name : {"schedule", "steps"}) {
    const std::string text = find(fields(before.settings), name)->text();
    if (text != asked.at(name))
      throw Error(Exit::setting,
                  printable(run.root.parent_path().native()) +
                      " holds a range test of other rates or steps: --" + name + " " + text + " instead of " +
                      asked.at(name) + ".",
                  "Choose another folder, or begin it again with --overwrite.");
  }
}

// Trains the run of the test, or goes on with it: the exit code. A loss that is lost ends it as well.
int train_range_run(const RangeArguments& a, const RunFolder& run) {
  TrainingArguments training;
  training.given = a.given;
  training.config = a.config;
  const PretrainSettings settings = layered_settings(training);
  if (settings.data.empty())
    throw Error(Exit::usage, "--data is required.", "Name the folder of pictures: --data photos/");
  for (const auto& [name, text] : range_settings(settings, a.terms)) training.given[name] = text;
  training.given["out"] = run.root.native();
  training.quiet = true;
  training.overwrite = a.overwrite;
  training.resume = !a.overwrite;
  if (training.resume && run.holds_run()) check_same_test(run, training.given);
  try {
    const int code = run_training(training);
    if (code != 0) log_info("the same command goes on with the range test.");
    return code;
  } catch (const Error& error) {
    if (error.code() != Exit::non_finite) throw;
    log_info(error.what());
    return 0;
  }
}

void check_range_folder(const std::filesystem::path& out) {
  namespace fs = std::filesystem;
  constexpr std::string_view ours[] = {"run", "results.json", "results.csv", "report.html", "figures"};
  const auto is_ours = [&](const std::string& name) {
    return std::any_of(std::begin(ours), std::end(ours), [&](std::string_view one) {
      return name == one ||
             (name.starts_with(std::string(one) + ".") && name.ends_with(".tmp"));  // half written
    });
  };
  std::error_code none;
  if (!fs::exists(out, none)) return;
  if (!fs::is_directory(out, none))
    throw Error(Exit::usage, "--out " + printable(out.native()) + " is a file, not a folder.");
  for (const auto& entry : fs::directory_iterator(out)) {
    const std::string name = entry.path().filename().native();
    if (!is_ours(name))
      throw Error(Exit::usage,
                  "--out " + printable(out.native()) +
                      " holds something other than a range test: " + printable(name) + ".",
                  "Choose another folder.");
  }
  const auto results = out / "results.json";
  if (!fs::exists(results, none)) return;
  const auto before = nlohmann::json::parse(read_file(results), nullptr, false);
  if (before.is_object() && before.value("study", "") == "lr") return;
  throw Error(Exit::usage, "--out " + printable(out.native()) + " holds the results of another study.",
              "Choose another folder.");
}

int run_lr(RangeArguments a) {
  set_flags(range_fields(a), a.own);
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the study's folder: --out studies/lr");
  check_range_folder(a.out);
  const RunFolder run{std::filesystem::path(a.out) / "run"};
  if (const int code = train_range_run(a, run); code != 0) return code;
  const RangeTest test = read_range_test(run);
  auto json = to_json(test);
  json["data"] = printable(read_run(run.root.native()).settings.data);
  write_durably(std::filesystem::path(a.out) / "results.json", json.dump(2) + "\n");
  std::string csv = "rate,loss,smoothed\n";
  for (size_t i = 0; i < test.rates.size(); ++i)
    csv += shortest(test.rates[i]) + "," + shortest(test.losses[i]) + "," + shortest(test.range.smooth[i]) +
           "\n";
  write_durably(std::filesystem::path(a.out) / "results.csv", csv);
  const auto page = write_study_page(a.out);
  std::cout << (a.json ? json.dump() + "\n" : to_text(test) + page.native() + "\n") << std::flush;
  return 0;
}

}  // namespace

void add_study_lr(CLI::App& group, Run& run) {
  auto* command = add_command(
      group, "lr", "A learning-rate range test: where the loss falls fastest, and where it is lost.",
      "  simclr study lr --data photos/ --out studies/lr\n"
      "  simclr study lr --data photos/ --optimizer adam --batch-size 128 --from 1e-5 --to 1 --out "
      "studies/adam");
  auto a = std::make_shared<RangeArguments>();
  add_flags(*command, range_fields(*a), a->own);
  PretrainSettings defaults;
  Fields training = fields(defaults);
  std::erase_if(training, [](const Field& one) {
    if (of_finetuning(one.name())) return true;
    for (const char* none : {"out", "growth", "schedule", "decay-steps", "warmup-epochs", "steps", "epochs",
                             "max-minutes", "patience", "checkpoint-every"})
      if (one.name() == none) return true;
    return false;
  });
  add_flags(*command, training, a->given);
  command->add_option("--config", a->config, "settings of pretraining from a TOML file; flags win")
      ->type_name("FILE");
  command->add_flag("--overwrite", a->overwrite, "begin the test in --out again");
  command->add_flag("--json", a->json, "the results as one JSON object on stdout");
  command->callback([&run, a] { run = [a] { return run_lr(*a); }; });
}

}  // namespace simclr
