// Where F1 counts: a fine-tuned run on its test pictures, and probes of several classes on frozen features.
#include <algorithm>
#include <cmath>

#include "base/contestant_name.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

// "0.71–0.78" of an interval, "" without one
std::string range_of(const Json& scores, const std::string& key) {
  const auto [low, high] = interval_at(scores, key);
  return std::isfinite(low) ? decimal(low, 3) + "–" + decimal(high, 3) : "";
}

std::vector<Fact> facts_of_scores(const Json& scores) {
  const std::string positive = text_at(scores, "positive");
  std::vector<Fact> facts;
  const auto add = [&](const std::string& name, const char* key) {
    const double value = number_at(scores, key);
    if (std::isfinite(value)) facts.push_back({name, decimal(value, 3), range_of(scores, key)});
  };
  add(positive.empty() ? "F1, mean over classes" : "F1 of " + positive, "f1");
  add("F1, threshold tuned", "f1_tuned");
  if (positive.empty()) add("F1, all decisions", "f1_micro");
  if (text_at(scores, "task") == "multi-label") add("F1, mean over pictures", "f1_samples");
  add("area under ROC", "auc");
  add("average precision", "map");
  add("accuracy", "accuracy");
  return facts;
}

std::string class_rows(const Json& scores) {
  const auto classes = scores.find("classes");
  if (classes == scores.end() || !classes->is_array()) return "";
  std::string out =
      "<div class=\"scroll\"><table "
      "class=\"scores\"><thead><tr><th>class</th><th>pictures</th><th>precision</th>"
      "<th>recall</th><th>F1</th><th>F1, tuned</th><th>average "
      "precision</th><th>AUC</th></tr></thead><tbody>\n";
  for (const Json& one : *classes) {
    out += "<tr><th scope=\"row\">" + escape(text_at(one, "class")) + "</th><td>" +
           decimal(number_at(one, "positives"), 0) + "</td>";
    for (const char* key : {"precision", "recall", "f1", "f1_tuned", "ap", "auc"}) {
      out += "<td>" + decimal(number_at(one, key), 3);
      const std::string name = key;
      if (std::isfinite(number_at(one, name + "_low")))
        out += "<small>" + decimal(number_at(one, name + "_low"), 2) + "–" +
               decimal(number_at(one, name + "_high"), 2) + "</small>";
      out += "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string student_note(const Json& scores) {
  const Json& teacher = scores["teacher"];
  return "<p class=\"note\">A student of " + significant(1e-6 * number_at(scores, "parameters"), 3) +
         " million parameters. Its teacher <code>" + escape(text_at(teacher, "run")) + "</code> (" +
         escape(text_at(teacher, "encoder")) + ", " +
         significant(1e-6 * number_at(teacher, "parameters"), 3) + " million) has an F1 of " +
         decimal(number_at(teacher, "f1"), 3) + " (" + range_of(teacher, "f1") +
         ") on the same pictures; they decide alike on " + percent(number_at(scores, "agreement"), 1) +
         " of them. The student saw the labels of " + decimal(number_at(scores, "labels"), 0) +
         " pictures. Ranges are 95 % intervals: bootstrap over the test pictures, of the accuracy "
         "Wilson's.</p>\n";
}

std::string classifier_part(const Json& scores) {
  const bool student = scores.contains("teacher");
  std::string out = "<h3>" + std::string(student ? "Student" : "Fine-tuned") + ", on <code>" +
                    escape(text_at(scores, "test")) + "</code></h3>\n";
  out += score_notices(number_at(scores, "in_train"), text_at(scores, "caveat")) +
         tiles(facts_of_scores(scores)) + class_rows(scores);
  if (student) return out + student_note(scores);
  return out + "<p class=\"note\">" + decimal(number_at(scores, "pictures"), 0) +
         " test pictures; learnt from " + decimal(number_at(scores, "labels"), 0) + " labelled pictures (" +
         percent(number_at(scores, "label_fraction"), 1) + " of each class), " +
         decimal(number_at(scores, "validation_labels"), 0) +
         " more to stop by and to tune thresholds on. Ranges are 95 % intervals: bootstrap over the test "
         "pictures, of the accuracy Wilson's.</p>\n";
}

std::string probe_part(const Json& probe) {
  std::string out = "<h3>On frozen features, <code>" + escape(text_at(probe, "test")) + "</code></h3>\n" +
                    caveat_notice(text_at(probe, "caveat")) +
                    "<div class=\"scroll\"><table class=\"scores\"><thead><tr><th>features</th>"
                    "<th>F1</th><th>F1, tuned</th><th>F1, all decisions</th><th>AUC</th><th>average "
                    "precision</th></tr></thead><tbody>\n";
  for (const auto& [name, scores] : probe["multilabel"].items()) {
    out += "<tr><th scope=\"row\">" + escape(contestant_name(name)) + "</th>";
    for (const char* key : {"f1", "f1_tuned", "f1_micro", "auc", "map"}) {
      const std::string range = range_of(scores, key);
      out += "<td>" + decimal(number_at(scores, key), 3) +
             (range.empty() ? "" : "<small>" + range + "</small>") + "</td>";
    }
    out += "</tr>\n";
  }
  out +=
      "</tbody></table></div>\n<p class=\"note\">Logistic regression, each class against the rest, learnt "
      "from " +
      decimal(number_at(probe, "labels"), 0) +
      " labelled pictures; F1, AUC and average precision are means over classes. Each class with the "
      "pretrained encoder:</p>\n";
  const auto encoder = probe["multilabel"].find("encoder");
  return out + (encoder == probe["multilabel"].end() ? "" : class_rows(*encoder));
}

}  // namespace

std::string label_scores_section(const RunData& data) {
  if (data.classifier.empty() && data.probes.empty()) return "";
  std::string out = "<section id=\"f1\">\n<h2>Classes found</h2>\n";
  if (!data.classifier.empty()) out += classifier_part(data.classifier);
  for (const auto& probe : data.probes) out += probe_part(probe);
  return out + "</section>\n";
}

}  // namespace simclr
