#include "study/label_scores.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(LabelTask task) {
  return task == LabelTask::binary        ? "binary"
         : task == LabelTask::multi_class ? "multi-class"
                                          : "multi-label";
}

// The most probable class of each row.
std::vector<uint8_t> decide_one(const ScoredLabels& scored) {
  std::vector<uint8_t> decided(scored.scores.size());
  for (size_t i = 0; i < scored.rows; ++i) {
    const auto row = scored.scores.subspan(i * scored.classes, scored.classes);
    const auto best = static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    decided[i * scored.classes + best] = 1;
  }
  return decided;
}

// Of two classes the positive where its probability reaches the threshold.
std::vector<uint8_t> decide_two(const ScoredLabels& scored, size_t positive, double threshold) {
  std::vector<uint8_t> decided(scored.scores.size());
  for (size_t i = 0; i < scored.rows; ++i) {
    const bool taken = scored.scores[2 * i + positive] >= threshold;
    decided[2 * i + (taken ? positive : 1 - positive)] = 1;
  }
  return decided;
}

std::vector<uint8_t> decisions(const ScoredLabels& scored, const LabelScoring& scoring,
                               const std::vector<double>& thresholds) {
  if (scoring.task == LabelTask::binary) return decide_two(scored, scoring.positive, thresholds[0]);
  if (scoring.task == LabelTask::multi_class) return decide_one(scored);
  return decide(scored, thresholds);
}

double f1_of(const LabelFigures& f, const LabelScoring& scoring) {
  return scoring.task == LabelTask::binary ? f.f1[scoring.positive] : f.f1_macro;
}
double map_of(const LabelFigures& f, const LabelScoring& scoring) {
  return scoring.task == LabelTask::binary ? f.average_precision[scoring.positive] : f.map;
}

Json pair_of(double low, double high) {
  return Json::array({low, high});
}

Json intervals_of(const JudgedLabels& at_half, const JudgedLabels* tuned, const LabelScoring& scoring,
                  size_t rows) {
  const auto& [value, low, high, counts] = at_half;
  const Interval accuracy = wilson_interval(value.accuracy, rows);
  Json all{{"f1", pair_of(f1_of(low, scoring), f1_of(high, scoring))}};
  if (tuned != nullptr) all["f1_tuned"] = pair_of(f1_of(tuned->low, scoring), f1_of(tuned->high, scoring));
  all.update({{"f1_macro", pair_of(low.f1_macro, high.f1_macro)},
              {"f1_micro", pair_of(low.f1_micro, high.f1_micro)},
              {"f1_samples", pair_of(low.f1_samples, high.f1_samples)},
              {"map_micro", pair_of(low.map_micro, high.map_micro)},
              {"auc", pair_of(low.auc, high.auc)},
              {"map", pair_of(map_of(low, scoring), map_of(high, scoring))},
              {"accuracy", pair_of(accuracy.low, accuracy.high)}});
  return all;
}

Json classes_of(const JudgedLabels& at_half, const JudgedLabels* tuned, const LabelScoring& scoring,
                size_t rows) {
  Json all = Json::array();
  const LabelFigures& f = at_half.value;
  for (size_t c = 0; c < scoring.classes.size(); ++c) {
    const LabelCounts& n = at_half.counts[c];
    Json one{{"class", printable(scoring.classes[c])},
             {"positives", n.right + n.missed},
             {"tp", n.right},
             {"fp", n.false_alarms},
             {"fn", n.missed},
             {"tn", static_cast<int64_t>(rows) - n.right - n.false_alarms - n.missed}};
    for (const auto& [key, values] : {std::pair("precision", &LabelFigures::precision),
                                      {"recall", &LabelFigures::recall},
                                      {"f1", &LabelFigures::f1},
                                      {"ap", &LabelFigures::average_precision},
                                      {"auc", &LabelFigures::roc_auc}}) {
      const std::string name = key;
      one[name] = (f.*values)[c];
      one[name + "_low"] = (at_half.low.*values)[c];
      one[name + "_high"] = (at_half.high.*values)[c];
    }
    if (tuned != nullptr) one["f1_tuned"] = tuned->value.f1[c];
    if (tuned != nullptr && scoring.task == LabelTask::multi_label) one["threshold"] = scoring.tuned[c];
    all.push_back(std::move(one));
  }
  return all;
}

Json threshold_of(const LabelScoring& scoring) {
  if (scoring.tuned.empty()) return nullptr;
  if (scoring.task == LabelTask::binary) return scoring.tuned[0];
  return scoring.tuned;
}

std::string figure_text(const Json& scores, const char* key) {
  char text[64];
  if (!scores.contains(key) || !scores[key].is_number()) return "";
  const bool interval = scores["intervals"].contains(key) && scores["intervals"][key][0].is_number();
  if (interval)
    std::snprintf(text, sizeof text, "%.3f (%.3f–%.3f)", scores[key].get<double>(),
                  scores["intervals"][key][0].get<double>(), scores["intervals"][key][1].get<double>());
  else
    std::snprintf(text, sizeof text, "%.3f", scores[key].get<double>());
  return text;
}

// Student and teacher, size beside F1.
std::string sizes_text(const Json& student) {
  std::string out = "\n  parameters                     F1\n";
  for (const auto& [who, scores] :
       {std::pair<const char*, const Json&>{"teacher", student["teacher"]}, {"student", student}}) {
    char text[64];
    std::snprintf(text, sizeof text, "  %8.2f M  %s  ", 1e-6 * scores["parameters"].get<double>(), who);
    out += text + figure_text(scores, "f1") + "  " + scores["encoder"].get<std::string>() + "\n";
  }
  char text[80];
  std::snprintf(text, sizeof text, "  they decide alike on %.1f %% of the test pictures\n",
                100 * student["agreement"].get<double>());
  return out + text;
}

std::string number_text(const Json& one, const char* key) {
  char text[32];
  if (!one.contains(key) || !one[key].is_number()) return "     -";
  std::snprintf(text, sizeof text, "%6.3f", one[key].get<double>());
  return text;
}

}  // namespace

std::vector<double> tuned_thresholds(const PredictedLabels& validation, const LabelScoring& scoring) {
  if (validation.rows == 0 || scoring.task == LabelTask::multi_class) return {};
  std::vector<double> thresholds = best_f1_thresholds(validation.view());
  if (scoring.task == LabelTask::binary) return {thresholds[scoring.positive]};
  return thresholds;
}

Json label_scores(const PredictedLabels& test, const LabelScoring& scoring) {
  const ScoredLabels scored = test.view();
  const std::vector<double> half(test.classes, 0.5);
  const JudgedLabels at_half = judge_labels(scored, decisions(scored, scoring, half), scoring.seed);
  std::optional<JudgedLabels> tuned;
  if (!scoring.tuned.empty())
    tuned = judge_labels(scored, decisions(scored, scoring, scoring.tuned), scoring.seed);
  const JudgedLabels* const other = tuned ? &*tuned : nullptr;
  const LabelFigures& f = at_half.value;
  Json scores{{"task", name_of(scoring.task)},
              {"f1", f1_of(f, scoring)},
              {"f1_tuned", tuned ? Json(f1_of(tuned->value, scoring)) : Json(nullptr)},
              {"f1_macro", f.f1_macro},
              {"f1_macro_present", f.f1_present},
              {"f1_micro", f.f1_micro},
              {"f1_samples", f.f1_samples},
              {"auc", f.auc},
              {"map", map_of(f, scoring)},
              {"map_micro", f.map_micro},
              {"accuracy", f.accuracy},
              {"threshold", threshold_of(scoring)}};
  if (tuned) scores["accuracy_tuned"] = tuned->value.accuracy;
  scores["intervals"] = intervals_of(at_half, other, scoring, test.rows);
  scores["pictures"] = test.rows;
  scores["classes"] = classes_of(at_half, other, scoring, test.rows);
  if (scoring.task == LabelTask::binary) scores["positive"] = printable(scoring.classes[scoring.positive]);
  return scores;
}

std::string label_scores_text(const Json& scores) {
  const bool binary = scores["task"] == "binary";
  std::string out;
  const auto line = [&](const std::string& title, const char* key) {
    const std::string text = figure_text(scores, key);
    if (!text.empty())
      out += "  " + title + std::string(26 - std::min<size_t>(25, title.size()), ' ') + text + "\n";
  };
  line(binary ? "F1 of " + scores["positive"].get<std::string>() : "F1, mean over classes", "f1");
  line("F1, threshold tuned", "f1_tuned");
  if (!binary) line("F1, of all decisions", "f1_micro");
  if (scores["task"] == "multi-label") line("F1, mean over pictures", "f1_samples");
  line("area under ROC", "auc");
  line("average precision", "map");
  line("accuracy", "accuracy");
  size_t wide = 12;
  for (const auto& one : scores["classes"]) wide = std::max(wide, one["class"].get<std::string>().size());
  out += "  " + std::string("class") + std::string(wide - 5, ' ') +
         "  pictures  precision  recall     F1     AP\n";
  for (const auto& one : scores["classes"]) {
    char text[32];
    std::snprintf(text, sizeof text, "%10lld", static_cast<long long>(one["positives"].get<int64_t>()));
    const std::string name = one["class"].get<std::string>();
    out += "  " + name + std::string(wide - name.size(), ' ') + text + "     " +
           number_text(one, "precision") + "  " + number_text(one, "recall") + " " + number_text(one, "f1") +
           " " + number_text(one, "ap") + "\n";
  }
  if (scores.contains("teacher")) out += sizes_text(scores);
  return out;
}

}  // namespace simclr
