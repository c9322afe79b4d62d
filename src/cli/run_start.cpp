#include "cli/run_start.hpp"

#include <algorithm>
#include <regex>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "cli/doctor.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

// What a run writes from nothing; a start that was cut short leaves none of these.
std::vector<fs::path> written_anew(const RunFolder& run) {
  return {run.metrics(),
          run.summary(),
          run.log(),
          run.bad_files(),
          run.report(),
          run.embeddings(),
          fs::path(run.embeddings()).replace_extension(".csv")};
}

// What a run consists of, settings.toml last.
std::vector<fs::path> files_of(const RunFolder& run) {
  std::vector<fs::path> all = written_anew(run);
  for (auto& path : {run.command(), run.environment(), run.plan(), run.checkpoints(), run.exported(),
                     run.evaluations(), run.figures()})
    all.push_back(path);
  for (const auto& entry : fs::directory_iterator(run.root))
    if (entry.path().filename().native().starts_with("events.out.tfevents")) all.push_back(entry.path());
  all.push_back(run.settings());
  return all;
}

// settings.toml goes last: a folder cleared by half still counts as a run. In a folder that holds none, the
// same names may be someone's own files.
void clear(const RunFolder& run) {
  if (!run.holds_run() && !fs::exists(run.checkpoints())) return;
  for (const auto& path : files_of(run)) fs::remove_all(path);
}

// settings.toml goes last: a folder without it was never begun.
void write_first_files(const RunFolder& run, const PretrainSettings& settings, const Plan& plan) {
  PretrainSettings written = settings;
  written.out.clear();  // the folder knows its own name, and may be moved
  write_durably(run.command(), command_line() + "\n");
  write_durably(run.environment(), environment().dump(2) + "\n");
  write_plan(run, plan);
  Fields all = fields(written);
  if (parent(written).empty()) std::erase_if(all, [](const Field& one) { return of_finetuning(one.name()); });
  write_durably(run.settings(), to_toml(all));
}

// What DurableFile and checkpoints call their files until these are whole: metrics.jsonl.1234.tmp,
// step-9.tmp.
bool is_temporary(const std::string& name) {
  static const std::regex pattern("(.+\\.[0-9]+|step-[0-9]+|last)\\.tmp");
  return std::regex_match(name, pattern);
}

bool holds_nothing_else(const RunFolder& run) {
  auto known = files_of(run);
  known.push_back(run.root / "lock");
  for (const auto& entry : fs::directory_iterator(run.root))
    if (std::find(known.begin(), known.end(), entry.path()) == known.end() &&
        !is_temporary(entry.path().filename().native()))
      return false;
  return true;
}

}  // namespace

void refuse_existing(const RunFolder& run, bool overwrite) {
  if (!fs::exists(run.root)) return;
  const std::string shown = printable(run.root.native());
  if (!fs::is_directory(run.root)) throw Error(Exit::usage, "--out " + shown + " is a file, not a folder.");
  const bool a_run = run.holds_run(), checkpoints = fs::exists(run.checkpoints());
  if (!a_run && !checkpoints && !overwrite)
    for (const auto& path : written_anew(run))
      if (fs::exists(path))
        throw Error(Exit::usage,
                    "--out " + shown + " holds no run, but a file " + printable(path.filename().native()) +
                        " that a run would replace.",
                    "Choose another folder, or move that file away.");
  if ((a_run || checkpoints) && !overwrite)
    throw Error(
        Exit::usage,
        "--out " + shown +
            (a_run ? " already holds a run." : " holds the checkpoints of a run without its settings.toml."),
        a_run ? "Go on with it by --resume, replace it by --overwrite, or choose another folder."
              : "Bring settings.toml back, replace the run by --overwrite, or choose another folder.");
  if (!a_run && overwrite && !holds_nothing_else(run))
    throw Error(Exit::usage, "--out " + shown + " is a folder that holds something other than a run.",
                "--overwrite replaces runs only; choose another folder.");
}

std::unique_ptr<RunLock> begin_run(const RunFolder& run, const PretrainSettings& settings, const Plan& plan,
                                   bool overwrite) {
  std::error_code error;
  const bool made = fs::create_directories(run.root, error);
  if (error) throw disk_error("make the folder", run.root, error.value());
  auto lock = std::make_unique<RunLock>(run);
  refuse_existing(run, overwrite);
  try {
    if (overwrite) clear(run);
    write_first_files(run, settings, plan);
  } catch (...) {
    if (made) fs::remove_all(run.root, error);
    throw;
  }
  return lock;
}

void remove_temporary_files(const RunFolder& run) {
  std::vector<fs::path> stale;
  for (const auto& folder : {run.root, run.checkpoints(), run.exported(), run.evaluations(), run.figures()}) {
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder))
      if (is_temporary(entry.path().filename().native())) stale.push_back(entry.path());
  }
  for (const auto& path : stale) fs::remove_all(path);
}

}  // namespace simclr
