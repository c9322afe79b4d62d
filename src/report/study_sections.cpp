#include "report/study_sections.hpp"

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/run_data.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

std::string points(double share, int decimals) {  // signed
  if (!std::isfinite(share)) return "–";
  return (share > 0 ? "+" : "") + decimal(100 * share, decimals);
}

std::string score_cell(const Json& cell) {
  const double mean = number_at(cell, "mean");
  if (!std::isfinite(mean)) return "<td class=\"none\">–</td>";
  const std::string value = decimal(100 * mean, 1);
  const double low = number_at(cell, "low"), high = number_at(cell, "high");
  return "<td>" + (cell.value("best", false) ? "<b>" + value + "</b>" : value) +
         (low < high ? "<small>" + decimal(100 * low, 1) + "–" + decimal(100 * high, 1) + "</small>" : "") +
         "</td>";
}

std::string difference_cells(const Json& cell) {
  if (!cell.contains("difference")) return "<td class=\"none\"></td><td class=\"none\"></td>";
  const Json& one = cell.at("difference");
  if (number_at(one, "pairs") < 2)
    return "<td>" + points(number_at(one, "mean"), 1) + "</td><td class=\"none\">–</td>";
  return "<td>" + points(number_at(one, "mean"), 1) + "<small>" + points(number_at(one, "low"), 1) + " to " +
         points(number_at(one, "high"), 1) + "</small></td><td>" + significant(number_at(one, "p_holm"), 2) +
         "</td>";
}

std::string plain_cell(double value, int decimals) {
  return "<td>" + decimal(value, decimals) + "</td>";
}

std::string sources_text(const Json& sets, const char* key) {
  std::string out;
  for (const Json& one : sets)
    if (const std::string source = text_at(one, key); !source.empty())
      out += (out.empty() ? "" : " · ") + source;
  return out;
}

bool by_finetuning(const Json& results) {
  return text_at(results, "score").starts_with("finetune");
}

}  // namespace

std::string score_label(const Json& results) {
  const std::string measure = by_finetuning(results) ? "F1" : text_at(results, "measure");
  return text_at(results, "score") + ", " + (measure == "balanced_accuracy" ? "balanced accuracy" : measure) +
         " in %";
}

std::string study_facts(const Json& results) {
  std::vector<std::pair<std::string, std::string>> rows;
  const Json settings = results.value("settings", Json::object());
  std::string all;
  for (const auto& [key, value] : settings.items())
    if (key != "data" && value.is_string())
      all += (all.empty() ? "" : " · ") + key + " " + value.get<std::string>();
  const Json sets = results.value("label_sets", Json::array());
  const double fraction = number_at(results, "test_fraction");
  rows.emplace_back("pretrained on", text_at(settings, "data"));
  rows.emplace_back("settings of all runs", all.empty() ? "the usual" : all);
  rows.emplace_back("classes learnt from", sources_text(sets, "train"));
  rows.emplace_back("scored on", fraction > 0 ? significant(fraction, 2) + " of these, held out"
                                              : sources_text(sets, "test"));
  rows.emplace_back("score", score_label(results));
  if (!by_finetuning(results)) rows.emplace_back("labels per class", text_at(results, "labels_per_class"));
  rows.emplace_back("seeds", grouped(results.value("seeds", int64_t{0})));
  return fact_table(rows);
}

std::string trust_section(const Json& results) {
  const Json agreement = results.value("reliability", Json::object());
  const Json effect = results.value("smallest_effect", Json::object());
  std::vector<std::pair<std::string, std::string>> rows;
  const double icc = number_at(agreement, "icc"), one = number_at(effect, "one_comparison");
  if (std::isfinite(icc))
    rows.emplace_back("reliability of a mean over the seeds (ICC)",
                      decimal(icc, 2) + "; do the cells differ: F " + decimal(number_at(agreement, "f"), 2) +
                          ", p " + significant(number_at(agreement, "p"), 2));
  if (std::isfinite(one))
    rows.emplace_back("smallest difference found with probability 0.8",
                      decimal(100 * one, 1) + " points for one comparison, " +
                          decimal(100 * number_at(effect, "after_holm"), 1) + " after Holm over " +
                          grouped(effect.value("comparisons", int64_t{0})));
  if (results.contains("label_set_correlation"))
    rows.emplace_back("the first two sets of labels",
                      "correlate with r " + decimal(number_at(results.at("label_set_correlation"), "r"), 2) +
                          ", p " + significant(number_at(results.at("label_set_correlation"), "p"), 2));
  std::string out = "<section>\n<h2>How far to trust it</h2>\n" + caveat_notice(text_at(results, "caveat"));
  if (results.value("reference_chosen", false))
    out +=
        "<div class=\"notice\">The best was chosen by the same scores that the others are compared by: these "
        "p-values are "
        "too small.</div>\n";
  if (results.value("seeds", 2) < 2)
    return out + (rows.empty() ? "" : fact_table(rows)) +
           "<p class=\"note\">With one seed nothing is known about what another would give: --seeds 3 "
           "adds intervals and tests, and trains only what is missing.</p>\n</section>\n";
  return out + fact_table(rows) + "</section>\n";
}

std::string cell_section(const Json& cells, const std::string& heading, const std::string& reference) {
  std::string out = "<section>\n<h2>" + escape(heading) +
                    "</h2>\n<div class=\"scroll\"><table class=\"scores\">"
                    "<thead><tr><th></th><th>score</th><th>difference</th><th>p (Holm)</th><th>untrained</th>"
                    "<th>pixels</th><th>loss</th><th>seeds</th></tr></thead><tbody>\n";
  for (const Json& cell : cells) {
    out += std::string(cell.value("best", false) ? "<tr class=\"own\">" : "<tr>") + "<th scope=\"row\">" +
           escape(text_at(cell, "name")) + "</th>" + score_cell(cell) + difference_cells(cell) +
           plain_cell(100 * number_at(cell, "untrained"), 1) +
           plain_cell(100 * number_at(cell, "pixels"), 1) + plain_cell(number_at(cell, "loss"), 3) +
           plain_cell(number_at(cell, "seeds"), 0) + "</tr>\n";
  }
  return out +
         "</tbody></table></div>\n<p class=\"note\">Score in %, with the 95 % interval of its mean over the "
         "seeds (Student's t). Differences are to " +
         escape(reference) +
         ", in points, over the same seeds. Losses compare only where augmentations, loss and batch size are "
         "the same.</p>\n</section>\n";
}

std::string failure_section(const Json& results) {
  std::string list;
  for (const Json& cell : results.at("cells"))
    for (const Json& run : cell.at("runs"))
      if (run.contains("error"))
        list += "<li>" + escape(text_at(cell, "name")) + ", seed " + grouped(run.value("seed", int64_t{0})) +
                ": " + escape(text_at(run, "error")) + "</li>\n";
  if (list.empty()) return "";
  return "<div class=\"notice\">Runs without a score:\n<ul>" + list + "</ul></div>\n";
}

RowPlot cell_plot(const Json& cells, const std::string& title, const std::string& score) {
  RowPlot plot{title, score, {}, ""};
  for (const Json& cell : cells)
    plot.rows.push_back({text_at(cell, "name"), 100 * number_at(cell, "mean"), 100 * number_at(cell, "low"),
                         100 * number_at(cell, "high"), false});
  std::stable_sort(plot.rows.begin(), plot.rows.end(), [](const RowBar& a, const RowBar& b) {
    return a.value > b.value || (std::isfinite(a.value) && !std::isfinite(b.value));
  });
  return plot;
}

void add_rows(StudyPage& page, const RowPlot& plot, const std::string& file) {
  const Canvas wide = row_canvas(plot, 860);
  page.html += "<div class=\"wide\">" + figure(draw(plot, wide)) + "</div><div class=\"narrow\">" +
               figure(draw(plot, row_canvas(plot, 340))) + "</div>\n";
  page.figures[file] = standalone(draw(plot, wide), wide);
}

void add_lines(StudyPage& page, const LinePlot& plot, const std::string& file, int height) {
  const Canvas wide{860, height};
  page.html += wide_figure(plot, height);
  page.figures[file] = standalone(draw(plot, wide), wide);
}

}  // namespace simclr
