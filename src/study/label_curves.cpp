#include "study/label_curves.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/run.hpp"
#include "base/spec.hpp"
#include "formats/json_lines.hpp"
#include "study/embedding_file.hpp"

namespace simclr {
namespace {

std::vector<size_t> usual_labels() {
  std::vector<size_t> labels;
  for (size_t n = 30; n < 100; n += 10) labels.push_back(n);
  for (size_t n = 100; n < 1000; n += 100) labels.push_back(n);
  for (size_t n = 1000; n <= 3000; n += 200) labels.push_back(n);
  return labels;
}

// What was asked for, or of the usual numbers those that fit.
std::vector<size_t> choose_labels(const std::vector<size_t>& asked, size_t pool, size_t classes) {
  for (const size_t n : asked) {
    if (n < classes)
      throw Error(Exit::data,
                  std::to_string(n) + " labels are fewer than the " + std::to_string(classes) + " classes.",
                  "Ask for at least one label a class with --labels.");
    if (n > pool)
      throw Error(
          Exit::data,
          std::to_string(n) + " labels are more than the " + std::to_string(pool) + " training pictures.",
          "Ask for at most as many with --labels.");
  }
  if (!asked.empty()) return asked;
  std::vector<size_t> labels = usual_labels();
  std::erase_if(labels, [&](size_t n) { return n < classes || n > pool; });
  if (labels.empty() || labels.back() < pool) labels.push_back(pool);
  log_info("numbers of labels beyond the " + std::to_string(pool) + " training pictures, or below the " +
           std::to_string(classes) + " classes, are left out; all " + std::to_string(pool) +
           " are the last.");
  return labels;
}

// Everything a point depends on but the run: another study in the same folder is refused by it.
nlohmann::ordered_json terms(const LabelStudyRequest& request, const std::string& pictures_sha256) {
  return {{"train", printable(request.sides.train)},
          {"test", test_name(request.sides)},
          {"classes", request.sides.classes},
          {"draws", request.draws},
          {"seed", request.sides.seed},
          {"precision", request.embedding.precision},
          {"pictures_sha256", pictures_sha256}};
}

// Ids and classes of all pictures: where one changed, earlier points are of other data.
std::string hash_of(const Sides& sides) {
  std::string all;
  for (const Side* side : {&sides.train, &sides.test}) {
    for (size_t i = 0; i < side->labels.size(); ++i)
      all += std::string(side->pictures->record(i).id) + '\0' +
             sides.classes[static_cast<size_t>(side->labels[i])] + '\0';
    all += '\1';
  }
  return sha256(all);
}

class Points {
 public:
  Points(const std::filesystem::path& folder, const nlohmann::ordered_json& now)
      : file_(folder / "points.jsonl") {
    std::filesystem::create_directories(folder);
    const auto known = folder / "study.json";
    if (std::filesystem::exists(known)) {
      const auto before = nlohmann::ordered_json::parse(read_file(known), nullptr, false);
      if (before != now)
        throw Error(
            Exit::usage,
            "--out " + printable(folder.native()) + " holds a study of other pictures, labels or draws.",
            "Choose another folder, or remove this one.");
      if (std::filesystem::exists(file_)) before_ = read_json_lines(file_).objects;
    }
    write_durably(known, now.dump(2) + "\n");
    lines_.emplace(file_);
  }

  // Of these weights, or none.
  std::optional<LabelPoint> find(const LabelPoint& wanted, const std::string& weights) const {
    for (const auto& one : before_) {
      try {
        if (one.at("name") != wanted.name || one.at("weights") != weights ||
            one.at("evaluator") != wanted.evaluator || one.at("labels") != wanted.labels)
          continue;
        LabelPoint point = wanted;
        point.accuracies = one.at("accuracies").get<std::vector<double>>();
        point.balanced = one.at("balanced").get<std::vector<double>>();
        return point;
      } catch (const nlohmann::json::exception&) {  // a damaged line is measured anew
      }
    }
    return std::nullopt;
  }

  void add(const LabelPoint& point, const std::string& weights) {
    lines_->write({{"name", point.name},
                   {"run", point.run},
                   {"weights", weights},
                   {"evaluator", point.evaluator},
                   {"labels", point.labels},
                   {"accuracies", point.accuracies},
                   {"balanced", point.balanced}});
  }

 private:
  std::filesystem::path file_;
  std::vector<nlohmann::ordered_json> before_;
  std::optional<JsonLines> lines_;
};

std::string study_name(const std::string& baseline) {
  return baseline == "random" ? "untrained" : baseline;
}

// One name, one method: runs under one name are taken as its seeds.
void check_names(const LabelStudyRequest& request) {
  std::set<std::string> names;
  for (const auto& baseline : request.baselines) names.insert(study_name(baseline));
  for (const StudyEntry& entry : request.entries)
    if (!names.insert(entry.name).second)
      throw Error(Exit::usage, "two methods are called '" + printable(entry.name) + "'.",
                  "Name them apart: NAME=RUN, or NAME=RUN,RUN for seeds of one method.");
}

struct Contestant {
  std::string name, run, weights;  // run: its folder, or the file of embeddings; weights: which, exactly
  std::function<EmbeddedSides()> embed;
};

class Study {
 public:
  explicit Study(const LabelStudyRequest& request) : request_(request) {
    for (const StudyEntry& entry : request.entries)
      for (const std::string& run : entry.runs)
        if (first_run_.empty() && !is_embedding_file(run)) {
          first_entry_ = &entry;
          first_run_ = run;
        }
    result_.evaluators = request.evaluators;
    for (const StudyEntry& entry : request.entries) result_.names.push_back(entry.name);
    for (const auto& baseline : request.baselines)
      if (!first_run_.empty()) result_.names.push_back(study_name(baseline));
    if (first_run_.empty() && !request.baselines.empty())
      log_info("no run is among the methods: baselines, which take its network and size, are left out.");
  }

  LabelStudy run() {
    for (const bool files : {true, false})  // files first: what is wrong with one is known at once
      for (const StudyEntry& entry : request_.entries)
        for (const std::string& run : entry.runs) {
          if (is_embedding_file(run) != files) continue;
          files ? judge_file(entry, run) : judge_run(entry, run);
        }
    return std::move(result_);
  }

 private:
  void judge_run(const StudyEntry& entry, const std::string& run) {
    const RunInputs inputs = read_run(run);
    const Checkpoint checkpoint = intact_checkpoint(inputs.run);
    Sides sides = open_sides(inputs, request_.sides);
    check_same(sides, run);
    const auto judge_as = [&](const std::string& contestant, const std::string& called) {
      const std::string pixels =
          "pixels " + std::to_string(inputs.plan.image_size) + " x " + std::to_string(inputs.plan.bands);
      judge({called, inputs.run.root.native(),
             contestant == "pixels" ? pixels : contestant + checkpoint.weights_sha256,
             [&] { return embed_sides(contestant, inputs, checkpoint, sides, request_.embedding); }});
    };
    judge_as("encoder", entry.name);
    for (const auto& baseline : request_.baselines)
      if (&entry == first_entry_ && (baseline == "random" || run == first_run_))
        judge_as(baseline, study_name(baseline));
    std::filesystem::create_directories(inputs.run.evaluations());
    list_bad_files(sides, inputs.run.evaluations());
  }

  // Judged on the pictures that the first run is judged on.
  void judge_file(const StudyEntry& entry, const std::string& path) {
    const EmbeddingFile file = read_embedding_file(path);
    const RunInputs inputs = first_run_.empty() ? RunInputs{} : read_run(first_run_);
    const Sides sides = open_sides(inputs, request_.sides);
    EmbeddedSides rows = embed_sides(file, sides);
    check_same(sides, path);
    judge({entry.name, path, "file " + file.sha256(), [&] { return std::move(rows); }});
  }

  void check_same(const Sides& sides, const std::string& run) {
    if (result_.labels.empty()) {
      result_.classes = sides.classes;
      result_.pool = sides.train.pictures->size();
      result_.test_pictures = sides.test.pictures->size();
      result_.caveat = sides.test.pictures->source().caveat();
      if (!result_.caveat.empty()) log_warning(result_.caveat + ".");
      result_.labels = choose_labels(request_.labels, result_.pool, sides.classes.size());
      result_.terms = terms(request_, hash_of(sides));
      points_.emplace(request_.out, result_.terms);
    }
    if (result_.terms["pictures_sha256"] != hash_of(sides))
      throw Error(Exit::setting,
                  "the classes that " + printable(run) +
                      " is judged on differ from those of the first "
                      "run: it held out others.",
                  "Compare runs with the same --hold-out-classes.");
  }

  void judge(const Contestant& one) {
    std::optional<EmbeddedSides> rows;  // embedded only if a point is missing
    for (const size_t labels : result_.labels) {
      std::vector<std::string> missing;
      for (const auto& evaluator : request_.evaluators) {
        const LabelPoint wanted{one.name, one.run, evaluator, labels, {}, {}};
        if (const auto known = points_->find(wanted, one.weights))
          result_.points.push_back(*known);
        else
          missing.push_back(evaluator);
      }
      if (missing.empty()) continue;
      if (!rows) {
        log_info("embedding with " + one.name + " (" + printable(one.run) + ")");
        rows = one.embed();
      }
      measure(missing, labels, one, *rows);
    }
  }

  void measure(const std::vector<std::string>& evaluators, size_t labels, const Contestant& one,
               const EmbeddedSides& rows) {
    const Labelled train = rows.train.view(), test = rows.test.view();
    progress_line(one.name + ": " + std::to_string(labels) + " labels");
    std::vector<std::vector<uint32_t>> draws;
    const bool all = labels >= train.table.rows;
    for (int draw = 0; draw < (all ? 1 : request_.draws); ++draw)
      draws.push_back(draw_stratified_rows(train.labels, result_.classes.size(),
                                           std::min(labels, train.table.rows), request_.sides.seed,
                                           static_cast<uint32_t>(draw)));
    for (const auto& evaluator : evaluators) {
      const auto scores =
          evaluate_draws(train, test, result_.classes.size(), {evaluator}, draws, request_.sides.seed);
      const LabelPoint point{
          one.name, one.run, evaluator, labels, scores[0].of_draws, scores[0].balanced_of_draws};
      points_->add(point, one.weights);
      result_.points.push_back(point);
    }
    progress_done();
  }

  const LabelStudyRequest& request_;
  const StudyEntry* first_entry_ = nullptr;  // that has a run
  std::string first_run_;                    // "": embedding files alone
  std::optional<Points> points_;             // opened when the first pictures are known to be good
  LabelStudy result_;
};

}  // namespace

StudyEntry parse_study_entry(const std::string& text) {
  const size_t equals = text.find('=');
  StudyEntry entry;
  entry.runs = split_outside(equals == std::string::npos ? text : text.substr(equals + 1), ',');
  std::erase(entry.runs, "");
  if (entry.runs.empty() || equals == 0)
    throw Error(Exit::usage, "'" + printable(text) + "' names no run.", "Write NAME=RUN or NAME=RUN,RUN.");
  const std::filesystem::path first = without_last_slash(entry.runs[0]);
  entry.name = equals != std::string::npos        ? text.substr(0, equals)
               : is_embedding_file(entry.runs[0]) ? first.stem().native()
                                                  : first.filename().native();
  return entry;
}

LabelStudy study_labels(const LabelStudyRequest& request) {
  check_evaluators(request.evaluators);
  check_names(request);
  return Study(request).run();
}

}  // namespace simclr
