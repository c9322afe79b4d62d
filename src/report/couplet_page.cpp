// The page of a couplet study: the map of all pairs, sorted bars, what is kept and what is dropped.

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/run_data.hpp"
#include "report/sections.hpp"
#include "report/study_sections.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

// Below the diagonal: columns are the first of a pair, rows the second, as the study drew it; where both
// orders were run, rows are the first.
HeatMap couplet_map(const Json& results) {
  HeatMap map{"Pairs, " + score_label(results), " %", {}, {}, 100, 0, "", 1};
  for (const Json& one : results.at("operations")) map.labels.push_back(text_at(one, "name"));
  const size_t n = map.labels.size();
  map.values.assign(n * n, not_there);
  const bool ordered = results.at("ordered").get<bool>();
  for (const Json& pair : results.at("pairs")) {
    const auto first = pair.at("first").get<size_t>(), second = pair.at("second").get<size_t>();
    const size_t row = ordered ? first : std::max(first, second),
                 column = ordered ? second : std::min(first, second);
    const double value = 100 * number_at(pair, "mean");
    map.values.at(row * n + column) = value;
    map.low = std::min(map.low, value);
    map.high = std::max(map.high, value);
  }
  for (const Json& cell : results.at("cells"))  // operations alone are on the diagonal
    for (size_t i = 0; i < n; ++i) {
      const double value = 100 * number_at(cell, "mean");
      if (text_at(cell, "name") != map.labels[i] || !std::isfinite(value)) continue;
      map.values[i * n + i] = value;
      map.low = std::min(map.low, value);
      map.high = std::max(map.high, value);
    }
  return map;
}

std::string pair_table(const Json& results) {
  std::string out =
      "<section>\n<h2>Pairs</h2>\n<div class=\"scroll\"><table class=\"scores\"><thead><tr><th></th>"
      "<th>mean</th><th>shrunken</th><th>P(worst quarter)</th><th></th></tr></thead><tbody>\n";
  std::vector<const Json*> pairs;
  for (const Json& one : results.at("pairs")) pairs.push_back(&one);
  std::stable_sort(pairs.begin(), pairs.end(), [](const Json* a, const Json* b) {
    return number_at(*a, "worst_quarter") < number_at(*b, "worst_quarter");
  });
  for (const Json* one : pairs)
    out += "<tr><th scope=\"row\">" + escape(text_at(*one, "name")) + "</th><td>" +
           decimal(100 * number_at(*one, "mean"), 1) + "</td><td>" +
           decimal(100 * number_at(*one, "shrunken"), 1) + "<small>" +
           decimal(100 * number_at(*one, "low"), 1) + "–" + decimal(100 * number_at(*one, "high"), 1) +
           "</small></td><td>" + decimal(number_at(*one, "worst_quarter"), 2) + "</td><td>" +
           (one->value("dropped", false) ? "dropped" : "") + "</td></tr>\n";
  return out +
         "</tbody></table></div>\n<p class=\"note\">Shrunken: what is left of a pair's score when what its "
         "operations give on average, and how far scores repeat, are taken into account (a hierarchical "
         "model), with its 95 % interval.</p>\n</section>\n";
}

std::string operation_table(const Json& results) {
  const Json& effects = results.at("operation_effects");
  std::string rows;
  for (const Json& one : results.at("operations"))
    if (one.contains("level"))
      rows += "<tr><th scope=\"row\">" + escape(text_at(one, "name")) + "</th><td>" +
              decimal(100 * number_at(one, "level"), 1) + "</td></tr>\n";
  if (rows.empty()) return "";
  return "<section>\n<h2>Operations</h2>\n<div class=\"scroll\"><table "
         "class=\"scores\"><thead><tr><th></th><th>"
         "score of a pair of its like</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>\n<p class=\"note\">By the additive model; standard error of each " +
         decimal(100 * number_at(effects, "error"), 1) + ". Do they differ at all: p " +
         significant(number_at(effects, "p"), 2) + ".</p>\n</section>\n";
}

std::string agreement_note(const Json& results) {
  const Json& agreement = results.at("agreement");
  const double icc = number_at(agreement, "icc");
  if (!std::isfinite(icc))
    return "<div class=\"notice\">Every pair was scored once: how well scores repeat is unknown.</div>\n";
  if (results.value("seeds", 2) < 2)
    return "<div class=\"notice\">Two sets of labels score the same runs with a reliability (ICC) of " +
           decimal(icc, 2) + ". What another seed would give is unknown.</div>\n";
  const std::string text = "Reliability of a pair's mean over " + text_at(agreement, "over") +
                           " (ICC): " + decimal(icc, 2) + ". Of the lowest quarter, about " +
                           percent(number_at(agreement, "expected_overlap"), 0) +
                           " is truly the worst (25 % by chance).";
  return std::string(icc < 0.5 ? "<div class=\"notice\">" : "<p class=\"note\">") + escape(text) +
         (icc < 0.5 ? "</div>\n" : "</p>\n");
}

// Which length of training the parts of the page are of.
std::string rungs_section(const Json& results) {
  if (!results.contains("rungs")) return "";
  const Json& rungs = results.at("rungs");
  const std::string first = decimal(number_at(rungs.front(), "steps"), 0),
                    last = decimal(number_at(rungs.back(), "steps"), 0);
  std::string out =
      "<section>\n<h2>Rungs</h2>\n<div class=\"notice\">The map, the pairs, the operations and the "
      "reliability are "
      "of the first rung, " +
      first + " steps a run; the bars and all policies of the last, " + last +
      " steps. Who goes on was chosen by the scores of the same seeds and pictures.</div>\n"
      "<div class=\"scroll\"><table class=\"scores\"><thead><tr><th>steps</th><th>policies</th><th>best</th>"
      "<th>score</th></tr></thead><tbody>\n";
  for (const Json& rung : rungs) {
    const Json* best = nullptr;
    for (const Json& cell : rung.at("cells"))
      if (best == nullptr || number_at(cell, "mean") > number_at(*best, "mean")) best = &cell;
    if (best == nullptr) continue;
    out += "<tr><th scope=\"row\">" + decimal(number_at(rung, "steps"), 0) + "</th><td>" +
           grouped(static_cast<int64_t>(rung.at("cells").size())) + "</td><td>" +
           escape(text_at(*best, "name")) + "</td><td>" + decimal(100 * number_at(*best, "mean"), 1) +
           "</td></tr>\n";
  }
  return out + "</tbody></table></div>\n</section>\n";
}

// Pairs that some seed gave no score.
std::string unjudged_note(const Json& results) {
  std::string list;
  for (const Json& one : results.value("unjudged", Json::array()))
    list += "<li>" + escape(text_at(one, "name")) +
            (one.value("dropped", false) ? ": diverged, dropped" : "") + "</li>\n";
  return list.empty()
             ? ""
             : "<div class=\"notice\">Not scored on every seed, so in no comparison of pairs:\n<ul>" + list +
                   "</ul></div>\n";
}

std::string policy_section(const Json& results) {
  const std::string policy = text_at(results, "policy"), rule = text_at(results, "rule");
  size_t dropped = 0;
  for (const Json& one : results.at("pairs")) dropped += one.value("dropped", false) ? 1 : 0;
  if (policy.empty()) return "";
  const std::string how =
      rule == "halving" ? "The pairs of the last rung."
      : rule == "rank"
          ? "Without the quarter that ranks lowest: " + grouped(static_cast<int64_t>(dropped)) + " dropped."
          : "Without the pairs that are among the worst quarter with a probability "
            "above 0.9: " +
                grouped(static_cast<int64_t>(dropped)) + " dropped.";
  return "<section>\n<h2>Policy</h2>\n<p>" + escape(how) + "</p>\n" + command_block(policy) +
         "<p class=\"note\">In policy.txt, for simclr pretrain --augment @policy.txt</p>\n</section>\n";
}

}  // namespace

void add_couplets(StudyPage& page, const Json& results) {
  page.html += study_facts(results) + failure_section(results) + unjudged_note(results) +
               agreement_note(results) + rungs_section(results);
  constexpr Canvas square{700, 700};
  const HeatMap map = couplet_map(results);
  const std::string svg = draw(map, square);
  page.html += "<section>\n<h2>Scores</h2>\n" + figure(svg);
  page.figures["couplets.svg"] = standalone(svg, square);
  RowPlot bars = cell_plot(results.at("cells"), "Augmentations, best on top", score_label(results));
  for (RowBar& row : bars.rows)
    for (const Json& pair : results.at("pairs"))
      if (text_at(pair, "name") == row.label && pair.value("dropped", false)) row.pale = true;
  if (std::any_of(bars.rows.begin(), bars.rows.end(), [](const RowBar& row) { return row.pale; }))
    bars.pale_name = "dropped";
  add_rows(page, bars, "bars.svg");
  page.html += "</section>\n" + policy_section(results) + operation_table(results) + pair_table(results) +
               cell_section(results.at("cells"), "All policies", text_at(results, "reference")) +
               trust_section(results);
}

}  // namespace simclr
