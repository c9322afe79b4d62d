#include "study/grid.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <limits>
#include <mutex>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "formats/json_lines.hpp"
#include "study/child_process.hpp"
#include "study/study_terms.hpp"
#include "train/settings.hpp"
#include "train/signals.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kLongestSlug = 48;
constexpr const char* kStepsOfBatchNorm = "50";  // its averages then hold 0.5 % of what they began with
constexpr double kUnmeasured = std::numeric_limits<double>::quiet_NaN();

std::string slug(const Cell& cell) {
  std::string out;
  for (const char c : cell.name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_';
    if (plain)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  std::string settings;
  for (const auto& [key, text] : cell.settings) settings += key + '=' + plain_setting(key, text) + '\0';
  while (out.size() > kLongestSlug || out.ends_with('-')) out.pop_back();
  return (out.empty() ? "cell" : out) + "-" + sha256(settings).substr(0, 6);
}

void remove_unbegun(const RunFolder& run) {  // of a process that was killed while it made the folder
  if (!run.holds_run()) fs::remove_all(run.root);
}

double final_loss(const RunFolder& run) {
  const Json summary = Json::parse(read_file(run.summary()), nullptr, false);
  const bool there = summary.is_object() && summary.contains("loss") && summary["loss"].is_number();
  return there ? summary["loss"].get<double>() : kUnmeasured;
}

std::vector<double> numbers(const Json& list) {  // null is NaN
  std::vector<double> out;
  for (const Json& one : list) out.push_back(one.is_number() ? one.get<double>() : kUnmeasured);
  return out;
}

// Nothing but what a study makes before its terms are written.
bool begun_alone(const fs::path& folder) {
  return std::all_of(
      fs::directory_iterator(folder), fs::directory_iterator(), [](const fs::directory_entry& entry) {
        const std::string name = entry.path().filename().native();
        return name == "lock" || ((name == "runs" || name == "logs") && fs::is_empty(entry.path())) ||
               (name.starts_with("study.json.") && name.ends_with(".tmp"));
      });
}

// What a cell's encoder is before it learns: some steps at rate 0, which settle its batch norms. Cells that
// differ in how they learn share it.
Cell untrained(const Cell& cell) {
  constexpr const char* kOfLearning[] = {"loss",     "optimizer",     "lr-scaling",  "weight-decay",
                                         "schedule", "warmup-epochs", "decay-steps", "epochs"};
  Cell twin{"untrained", cell.settings};
  for (const char* key : kOfLearning) twin.settings.erase(key);
  twin.settings["augment"] = twin.settings["growth"] = "none";
  twin.settings["patience"] = "0";
  twin.settings["lr"] = "0";
  twin.settings["steps"] = kStepsOfBatchNorm;
  return twin;
}

struct Failed {  // one run of many: its message goes into the table
  std::string message;
  bool diverged = false;
};

}  // namespace

double JudgedRun::score() const {
  double sum = 0;
  for (const double one : scores) sum += one;
  return scores.empty() ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(scores.size());
}

struct StudyFolder::Log {
  explicit Log(const fs::path& path) : lines(path) {}
  std::mutex guard;
  JsonLines lines;
};

StudyFolder::StudyFolder(const StudyRequest& request) : request_(request) {
  score_kind(request.judging.score).command(request.judging, {});  // says what doesn't go together
  const Json training = training_terms(request), judging = judging_terms(request.judging);
  const fs::path known_terms = request.out / "study.json", scores = request.out / "scores.jsonl";
  std::error_code error;
  const bool there = fs::exists(known_terms, error);
  if (!there && fs::is_directory(request.out, error) && !begun_alone(request.out))
    throw Error(Exit::usage, "--out " + printable(request.out.native()) + " holds other files than a study.",
                "Choose a folder of its own for the study.");
  fs::create_directories(request.out / "runs", error);
  if (!error) fs::create_directories(request.out / "logs", error);
  if (error) throw disk_error("make the folder", request.out, error.value());
  lock_ = std::make_unique<RunLock>(RunFolder{request.out});
  if (there) {
    const auto before = Json::parse(read_file(known_terms), nullptr, false);
    if (before != training)
      throw Error(Exit::usage,
                  "--out " + printable(request.out.native()) + " holds a study with another " +
                      (before.is_object() ? first_difference(before, training) : "study.json") + ".",
                  "Give it as it was, or choose another folder. Cells and seeds may be added, and --score, "
                  "--train and --test may change.");
    if (fs::exists(scores)) before_ = read_json_lines(scores).objects;
  }
  write_durably(known_terms, training.dump(2) + "\n");
  log_ = std::make_shared<Log>(scores);
  terms_ = training;
  terms_.update(judging);
  terms_["judging_sha256"] = sha256(judging.dump());
  if (terms_.contains("caveat")) log_warning(terms_["caveat"].get<std::string>() + ".");
}

bool StudyFolder::known(JudgedRun& run) const {
  const std::lock_guard lock(log_->guard);
  for (const Json& one : before_) {
    try {
      if (one.at("run") != run.folder || one.at("judging_sha256") != terms_.at("judging_sha256")) continue;
      run.scores = one.at("scores").get<std::vector<double>>();
      run.diverged = one.contains("diverged");
      if (run.diverged) run.error = one.at("diverged").get<std::string>();
      run.untrained = numbers(one.at("untrained"));
      run.pixels = numbers(one.at("pixels"));
      run.loss = numbers(Json::array({one.at("loss")}))[0];
      return true;
    } catch (const nlohmann::json::exception&) {  // a damaged line is measured anew
    }
  }
  return false;
}

void StudyFolder::keep(const JudgedRun& run) {
  Json line{{"run", run.folder},    {"judging_sha256", terms_.at("judging_sha256")},
            {"scores", run.scores}, {"untrained", run.untrained},
            {"pixels", run.pixels}, {"loss", run.loss}};
  if (run.diverged) line["diverged"] = run.error;
  const std::lock_guard lock(log_->guard);
  log_->lines.write(line);
  before_.push_back(std::move(line));
}

int StudyFolder::child(const std::vector<std::string>& words, const std::string& name) {
  const auto logs = request_.out / "logs";
  return run_child({words, request_.threads, logs / (name + ".json"), logs / (name + ".log")});
}

void StudyFolder::train(JudgedRun& run, const Cell& cell) {
  const RunFolder folder{request_.out / run.folder};
  remove_unbegun(folder);
  std::vector<std::string> words{
      "pretrain", "--json", "--resume", "--out", folder.root.native(), "--seed", std::to_string(run.seed)};
  Assignments settings = request_.settings;
  for (const auto& [key, text] : cell.settings) settings[key] = text;
  settings.emplace("workers", std::to_string(request_.threads));
  PretrainSettings scratch;
  const Fields all = fields(scratch);
  for (const auto& [key, text] : settings) {
    if (find(all, key)->is_flag()) {
      if (text == "true") words.push_back("--" + key);
    } else {
      words.insert(words.end(), {"--" + key, text});
    }
  }
  const std::string name = folder.root.filename().native();
  const fs::path log = request_.out / "logs" / (name + ".log");
  std::error_code none;
  fs::remove(log, none);  // it spoke of an earlier attempt
  if (const int code = child(words, name); code != 0)
    throw Failed{last_words(log, code), code == static_cast<int>(Exit::non_finite)};
  run.loss = final_loss(folder);
}

void StudyFolder::score(JudgedRun& run) {
  const ScoreKind& kind = score_kind(request_.judging.score);
  const fs::path folder = request_.out / run.folder;
  const std::string name = folder.filename().native();
  for (size_t set = 0; set < request_.judging.label_sets.size(); ++set) {
    const int code = child(kind.command(request_.judging, {folder.native(), run.seed, set}), name);
    if (code != 0) throw Failed{last_words(request_.out / "logs" / (name + ".log"), code)};
    try {
      const Json printed = Json::parse(read_file(request_.out / "logs" / (name + ".json")));
      run.scores.push_back(kind.score(printed, request_.judging));
      for (const auto& [name_of, scores] : {std::pair("random", &run.untrained), {"pixels", &run.pixels}})
        scores->push_back(kind.baseline ? kind.baseline(printed, request_.judging, name_of) : kUnmeasured);
    } catch (const nlohmann::json::exception& error) {
      throw Failed{std::string("the score could not be read: ") + error.what()};
    }
  }
}

JudgedRun StudyFolder::judge_one(const Cell& cell, size_t number, uint64_t seed) {
  JudgedRun run;
  run.cell = number;
  run.seed = seed;
  run.folder = "runs/" + slug(cell) + "-seed" + std::to_string(seed);
  if (known(run)) return run;
  if (stop_signal() != 0) return run;
  try {
    train(run, cell);
    if (stop_signal() == 0) score(run);
    if (stop_signal() == 0) keep(run);
  } catch (const Failed& failed) {
    run.scores.clear();
    run.untrained.clear();
    run.pixels.clear();
    run.error = failed.message;
    run.diverged = failed.diverged;
    if (run.diverged) keep(run);
  }
  return run;
}

std::vector<JudgedRun> StudyFolder::judge(const std::vector<Cell>& cells) {
  listen_for_signals();
  std::vector<JudgedRun> runs = judge_all(cells);
  const bool compared = request_.judging.baselines.find("random") != std::string::npos;
  if (compared && score_kind(request_.judging.score).baseline == nullptr) judge_untrained(runs, cells);
  return runs;
}

void StudyFolder::judge_untrained(std::vector<JudgedRun>& runs, const std::vector<Cell>& cells) {
  std::vector<Cell> twins;
  std::vector<size_t> twin_of;
  for (size_t c = 0; c < cells.size(); ++c) {
    bool scored = false;
    for (size_t i = c; i < runs.size(); i += cells.size()) scored |= !runs[i].scores.empty();
    twin_of.push_back(twins.size());
    if (!scored) continue;
    Cell twin = untrained(cells[c]);
    const auto same = [&](const Cell& one) { return one.settings == twin.settings; };
    const auto found = std::find_if(twins.begin(), twins.end(), same);
    twin_of.back() = static_cast<size_t>(found - twins.begin());
    if (found == twins.end()) twins.push_back(std::move(twin));
  }
  if (twins.empty()) return;
  log_info("untrained, judged in the same way:");
  const std::vector<JudgedRun> judged = judge_all(twins);
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].scores.empty()) continue;
    const JudgedRun& twin = judged[i / cells.size() * twins.size() + twin_of[i % cells.size()]];
    if (!twin.scores.empty()) runs[i].untrained = twin.scores;
  }
}

std::vector<JudgedRun> StudyFolder::judge_all(const std::vector<Cell>& cells) {
  std::vector<JudgedRun> runs(cells.size() * request_.seeds);
  log_info(std::to_string(runs.size()) + " runs, " + std::to_string(request_.jobs) + " at a time on " +
           std::to_string(request_.threads) + (request_.threads == 1 ? " thread" : " threads") + " each");
  std::mutex guard;
  size_t done = 0;
  parallel_for(runs.size(), request_.jobs, [&](size_t i) {
    const Cell& cell = cells[i % cells.size()];
    runs[i] = judge_one(cell, i % cells.size(), request_.first_seed + i / cells.size());
    if (stop_signal() != 0) return;
    const std::lock_guard lock(guard);
    const std::string where = "[" + std::to_string(++done) + "/" + std::to_string(runs.size()) + "] " +
                              printable(cell.name) + ", seed " + std::to_string(runs[i].seed) + ": ";
    char score[48];
    std::snprintf(score, sizeof score, "%.1f %%, loss %.3f", 100 * runs[i].score(), runs[i].loss);
    if (runs[i].error.empty())
      log_info(where + score);
    else
      log_warning(where + runs[i].error);
  });
  if (const int signal = stop_signal(); signal != 0)
    throw Error(signal == SIGINT ? Exit::interrupted : Exit::stopped, "the study was stopped.",
                "The same command goes on with it.");
  return runs;
}

}  // namespace simclr
