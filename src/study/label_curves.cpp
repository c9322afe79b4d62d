#include "study/label_curves.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "eval/metrics.hpp"
#include "formats/csv.hpp"
#include "formats/json_lines.hpp"

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
  Points(const LabelStudyRequest& request, const std::string& pictures_sha256)
      : file_(request.out / "points.jsonl") {
    const auto now = terms(request, pictures_sha256);
    std::filesystem::create_directories(request.out);
    const auto known = request.out / "study.json";
    if (std::filesystem::exists(known)) {
      const auto before = nlohmann::ordered_json::parse(read_file(known), nullptr, false);
      if (before != now)
        throw Error(
            Exit::usage,
            "--out " + printable(request.out.native()) + " holds a study of other pictures, labels or draws.",
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

class Study {
 public:
  explicit Study(const LabelStudyRequest& request) : request_(request) {
    result_.evaluators = request.evaluators;
    for (const StudyEntry& entry : request.entries) result_.names.push_back(entry.name);
    for (const auto& baseline : request.baselines) result_.names.push_back(study_name(baseline));
  }

  LabelStudy run() {
    for (size_t e = 0; e < request_.entries.size(); ++e)
      for (size_t r = 0; r < request_.entries[e].runs.size(); ++r) judge_run(e, r);
    return std::move(result_);
  }

 private:
  void judge_run(size_t entry, size_t number) {
    const auto& [name, runs] = request_.entries[entry];
    const RunInputs inputs = read_run(runs[number]);
    const Checkpoint checkpoint = intact_checkpoint(inputs.run);
    Sides sides = open_sides(inputs, request_.sides);
    check_same(sides, runs[number]);
    judge("encoder", name, inputs, checkpoint, sides);
    for (const auto& baseline : request_.baselines)
      if (entry == 0 && (baseline == "random" || number == 0))
        judge(baseline, study_name(baseline), inputs, checkpoint, sides);
    std::filesystem::create_directories(inputs.run.evaluations());
    list_bad_files(sides, inputs.run.evaluations());
  }

  void check_same(const Sides& sides, const std::string& run) {
    if (result_.labels.empty()) {
      result_.classes = sides.classes;
      result_.pool = sides.train.pictures->size();
      result_.test_pictures = sides.test.pictures->size();
      result_.labels = choose_labels(request_.labels, result_.pool, sides.classes.size());
      result_.pictures_sha256 = hash_of(sides);
      points_.emplace(request_, result_.pictures_sha256);
    }
    if (hash_of(sides) != result_.pictures_sha256)
      throw Error(Exit::setting,
                  "the classes that " + printable(run) +
                      " is judged on differ from those of the first "
                      "run: it held out others.",
                  "Compare runs with the same --hold-out-classes.");
  }

  void judge(const std::string& contestant, const std::string& name, const RunInputs& inputs,
             const Checkpoint& checkpoint, const Sides& sides) {
    const std::string pixels =
        "pixels " + std::to_string(inputs.plan.image_size) + " x " + std::to_string(inputs.plan.bands);
    const std::string weights = contestant == "pixels" ? pixels : contestant + checkpoint.weights_sha256;
    std::optional<EmbeddedSides> rows;  // embedded only if a point is missing
    for (const size_t labels : result_.labels) {
      std::vector<std::string> missing;
      for (const auto& evaluator : request_.evaluators) {
        const LabelPoint wanted{name, inputs.run.root.native(), evaluator, labels, {}, {}};
        if (const auto known = points_->find(wanted, weights))
          result_.points.push_back(*known);
        else
          missing.push_back(evaluator);
      }
      if (missing.empty()) continue;
      if (!rows) {
        log_info("embedding with " + name + " (" + printable(inputs.run.root.native()) + ")");
        rows = embed_sides(contestant, inputs, checkpoint, sides, request_.embedding);
      }
      measure(missing, labels, name, inputs, weights, *rows);
    }
  }

  void measure(const std::vector<std::string>& evaluators, size_t labels, const std::string& name,
               const RunInputs& inputs, const std::string& weights, const EmbeddedSides& rows) {
    const Labelled train = rows.train.view(), test = rows.test.view();
    progress_line(name + ": " + std::to_string(labels) + " labels");
    std::vector<std::vector<uint32_t>> draws;
    const bool all = labels >= train.table.rows;
    for (int draw = 0; draw < (all ? 1 : request_.draws); ++draw)
      draws.push_back(draw_stratified_rows(train.labels, result_.classes.size(),
                                           std::min(labels, train.table.rows), request_.sides.seed,
                                           static_cast<uint32_t>(draw)));
    for (const auto& evaluator : evaluators) {
      const auto scores =
          evaluate_draws(train, test, result_.classes.size(), {evaluator}, draws, request_.sides.seed);
      const LabelPoint point{name,   inputs.run.root.native(), evaluator,
                             labels, scores[0].of_draws,       scores[0].balanced_of_draws};
      points_->add(point, weights);
      result_.points.push_back(point);
    }
    progress_done();
  }

  const LabelStudyRequest& request_;
  std::optional<Points> points_;  // opened when the first pictures are known to be good
  LabelStudy result_;
};

// Of each draw the mean over the runs of a method; empty where a run has other draws.
std::vector<double> by_draw(const LabelStudy& study, const std::string& name, const std::string& evaluator,
                            size_t labels) {
  std::vector<double> sum;
  double runs = 0;
  for (const LabelPoint& point : study.points) {
    if (point.name != name || point.evaluator != evaluator || point.labels != labels) continue;
    if (runs == 0) sum.assign(point.accuracies.size(), 0);
    if (sum.size() != point.accuracies.size()) return {};
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += point.accuracies[i];
    ++runs;
  }
  for (double& value : sum) value /= runs;
  return sum;
}

// "svc, softmax: ahead at 30, 40 labels; behind at 800; open at 90"
std::string standings(const LabelStudy& study, const std::vector<LabelDifference>& compared) {
  std::string out;
  for (const auto& evaluator : study.evaluators)
    for (size_t other = 1; other < study.names.size(); ++other) {
      std::string where[3];
      for (const LabelDifference& one : compared) {
        if (one.evaluator != evaluator || one.other != study.names[other]) continue;
        std::string& list = where[one.p_holm >= 0.05 ? 2 : one.test.mean > 0 ? 0 : 1];
        list += (list.empty() ? "" : ", ") + std::to_string(one.labels);
      }
      out += "  " + evaluator + ", " + printable(study.names[other]) + ":";
      const char* words[] = {" ahead at ", " behind at ", " open at "};
      bool first = true;
      for (size_t i = 0; i < 3; ++i) {
        if (where[i].empty()) continue;
        out += (first ? "" : ";") + std::string(words[i]) + where[i];
        first = false;
      }
      out += " labels\n";
    }
  return out;
}

}  // namespace

StudyEntry parse_study_entry(const std::string& text) {
  const size_t equals = text.find('=');
  StudyEntry entry;
  entry.runs = split_outside(equals == std::string::npos ? text : text.substr(equals + 1), ',');
  std::erase(entry.runs, "");
  if (entry.runs.empty() || equals == 0)
    throw Error(Exit::usage, "'" + printable(text) + "' names no run.", "Write NAME=RUN or NAME=RUN,RUN.");
  std::filesystem::path first = std::filesystem::path(entry.runs[0]).lexically_normal();
  if (!first.has_filename()) first = first.parent_path();
  entry.name = equals == std::string::npos ? first.filename().native() : text.substr(0, equals);
  return entry;
}

LabelStudy study_labels(const LabelStudyRequest& request) {
  check_evaluators(request.evaluators);
  check_names(request);
  return Study(request).run();
}

CurveValue curve_value(const LabelStudy& study, const std::string& name, const std::string& evaluator,
                       size_t labels) {
  std::vector<double> means, balanced;
  std::vector<double> draws, balanced_draws;
  for (const LabelPoint& point : study.points) {
    if (point.name != name || point.evaluator != evaluator || point.labels != labels) continue;
    means.push_back(spread(point.accuracies).mean);
    balanced.push_back(spread(point.balanced).mean);
    draws = point.accuracies;
    balanced_draws = point.balanced;
  }
  if (means.empty()) return {};
  const Spread accuracy = spread(means.size() > 1 ? means : draws);
  const Spread balance = spread(means.size() > 1 ? balanced : balanced_draws);
  return {accuracy.mean,
          std::max(0.0, accuracy.mean_interval.low),
          std::min(1.0, accuracy.mean_interval.high),
          balance.mean,
          std::max(0.0, balance.mean_interval.low),
          std::min(1.0, balance.mean_interval.high),
          means.size(),
          draws.size()};
}

std::vector<LabelDifference> differences(const LabelStudy& study) {
  std::vector<LabelDifference> all;
  for (const auto& evaluator : study.evaluators) {
    const size_t first = all.size();
    std::vector<double> p;
    for (size_t other = 1; other < study.names.size(); ++other)
      for (const size_t labels : study.labels) {
        const auto ours = by_draw(study, study.names[0], evaluator, labels),
                   theirs = by_draw(study, study.names[other], evaluator, labels);
        if (ours.empty() || ours.size() != theirs.size()) continue;
        all.push_back({evaluator, study.names[other], labels, paired_test(ours, theirs)});
        p.push_back(all.back().test.p);
      }
    const auto adjusted = holm(p);
    for (size_t i = 0; i < adjusted.size(); ++i) all[first + i].p_holm = adjusted[i];
  }
  return all;
}

nlohmann::ordered_json to_json(const LabelStudy& study, const LabelStudyRequest& request) {
  nlohmann::ordered_json out = terms(request, study.pictures_sha256);
  auto classes = nlohmann::ordered_json::array();
  for (const auto& name : study.classes) classes.push_back(printable(name));
  out["class_names"] = classes;
  out["pool"] = study.pool;
  out["test_pictures"] = study.test_pictures;
  out["curves"] = nlohmann::ordered_json::array();
  for (const auto& name : study.names)
    for (const auto& evaluator : study.evaluators) {
      auto points = nlohmann::ordered_json::array();
      for (const size_t labels : study.labels) {
        const CurveValue value = curve_value(study, name, evaluator, labels);
        if (value.runs == 0) continue;
        points.push_back({{"labels", labels},
                          {"accuracy", value.accuracy},
                          {"low", value.low},
                          {"high", value.high},
                          {"balanced_accuracy", value.balanced},
                          {"balanced_low", value.balanced_low},
                          {"balanced_high", value.balanced_high},
                          {"runs", value.runs},
                          {"draws", value.draws}});
      }
      out["curves"].push_back({{"name", printable(name)}, {"evaluator", evaluator}, {"points", points}});
    }
  out["differences"] = nlohmann::ordered_json::array();
  for (const LabelDifference& one : differences(study))
    out["differences"].push_back({{"evaluator", one.evaluator},
                                  {"first", printable(study.names[0])},
                                  {"other", printable(one.other)},
                                  {"labels", one.labels},
                                  {"mean", one.test.mean},
                                  {"low", one.test.mean_interval.low},
                                  {"high", one.test.mean_interval.high},
                                  {"p", one.test.p},
                                  {"sign_flip_p", one.test.sign_flip_p},
                                  {"p_holm", one.p_holm},
                                  {"draws", one.test.pairs}});
  return out;
}

void write_label_study(const LabelStudy& study, const LabelStudyRequest& request) {
  const auto json = to_json(study, request);
  write_durably(request.out / "labels.json", json.dump(2) + "\n");
  std::string csv =
      "name,evaluator,labels,accuracy,low,high,balanced_accuracy,balanced_low,balanced_high,runs,draws\n";
  for (const auto& curve : json["curves"])
    for (const auto& point : curve["points"]) {
      std::vector<std::string> cells{curve["name"].get<std::string>(), curve["evaluator"].get<std::string>()};
      for (const auto& [key, value] : point.items()) cells.push_back(value.dump());
      csv += csv_row(cells);
    }
  write_durably(request.out / "labels.csv", csv);
}

std::string to_text(const LabelStudy& study) {
  std::string out;
  const auto compared = differences(study);
  char text[64];
  for (const auto& evaluator : study.evaluators) {
    std::snprintf(text, sizeof text, "%-12s", evaluator.c_str());
    out += text;
    for (const auto& name : study.names) {
      std::snprintf(text, sizeof text, "%16s", name.c_str());
      out += text;
    }
    out += "\n";
    for (const size_t labels : study.labels) {
      std::snprintf(text, sizeof text, "%6zu labels", labels);
      out += text;
      for (const auto& name : study.names) {
        const CurveValue value = curve_value(study, name, evaluator, labels);
        std::snprintf(text, sizeof text, "  %5.1f (%2.0f–%2.0f)", 100 * value.accuracy, 100 * value.low,
                      100 * value.high);
        out += value.runs == 0 ? std::string(16, ' ') : text;
      }
      out += "\n";
    }
  }
  if (!compared.empty())
    out += printable(study.names[0]) +
           " against the others, paired by the draws of the labels (5 %, Holm):\n" +
           standings(study, compared);
  return out + "accuracy in % on " + std::to_string(study.test_pictures) +
         " test pictures, with the 95 % interval of its mean over " +
         "runs (over draws of the labels, where a method has one run)\n";
}

}  // namespace simclr
