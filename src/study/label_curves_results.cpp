// What a label study found: curves with their intervals, differences in pairs, for programs and for people.

#include <algorithm>
#include <cstdio>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "eval/metrics.hpp"
#include "formats/csv.hpp"
#include "study/label_curves.hpp"

namespace simclr {
namespace {

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

nlohmann::ordered_json to_json(const LabelStudy& study) {
  nlohmann::ordered_json out = study.terms;
  auto classes = nlohmann::ordered_json::array();
  for (const auto& name : study.classes) classes.push_back(printable(name));
  out["class_names"] = classes;
  out["pool"] = study.pool;
  out["test_pictures"] = study.test_pictures;
  if (!study.caveat.empty()) out["caveat"] = study.caveat;
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

void write_label_study(const nlohmann::ordered_json& json, const std::filesystem::path& folder) {
  write_durably(folder / "labels.json", json.dump(2) + "\n");
  std::string csv =
      "name,evaluator,labels,accuracy,low,high,balanced_accuracy,balanced_low,balanced_high,runs,draws\n";
  for (const auto& curve : json.at("curves"))
    for (const auto& point : curve.at("points")) {
      std::vector<std::string> cells{curve.at("name").get<std::string>(),
                                     curve.at("evaluator").get<std::string>()};
      for (const auto& [key, value] : point.items()) cells.push_back(value.dump());
      csv += csv_row(cells);
    }
  write_durably(folder / "labels.csv", csv);
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
