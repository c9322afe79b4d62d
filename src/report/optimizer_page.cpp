// The pages about learning rates: optimizers each at its best, and the range test.

#include <cmath>

#include "report/html.hpp"
#include "report/run_data.hpp"
#include "report/sections.hpp"
#include "report/study_sections.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

std::vector<double> values_at(const Json& object, const char* key) {
  std::vector<double> out;
  for (const Json& one : object.at(key)) out.push_back(one.is_number() ? one.get<double>() : not_there);
  return out;
}

std::string setting_at(const Json& cell, const char* key) {
  return text_at(cell.at("settings"), key);
}

Series curve_of(const Json& cell, const std::string& name, int style) {
  return {name, values_at(cell.at("curve"), "steps"), values_at(cell.at("curve"), "loss"), style, false};
}

const Json& cell_named(const Json& results, const std::string& name) {
  for (const Json& cell : results.at("cells"))
    if (text_at(cell, "name") == name) return cell;
  return results.at("cells").at(0);
}

LinePlot best_curves(const Json& results) {
  LinePlot plot{"Each at its best rate", "step", "loss, smoothed", {}, {}, false};
  int style = 0;
  for (const Json& best : results.at("best")) {
    const std::string name = text_at(best, "name");
    plot.series.push_back(curve_of(cell_named(results, name), name, style++));
  }
  return plot;
}

// All rates of one optimizer.
LinePlot rate_curves(const Json& results, const std::string& optimizer) {
  LinePlot plot{optimizer, "step", "loss, smoothed", {}, {}, false};
  int style = 0;
  for (const Json& cell : results.at("cells"))
    if (setting_at(cell, "optimizer") == optimizer)
      plot.series.push_back(curve_of(cell, setting_at(cell, "lr"), style++));
  return plot;
}

LinePlot scores_by_rate(const Json& results) {
  LinePlot plot{"Score by learning rate", "learning rate", score_label(results), {}, {}, false};
  plot.x_logarithmic = true;
  int style = 0;
  for (const Json& best : results.at("best")) {
    Series series{setting_at(best, "optimizer"), {}, {}, style++, false};
    for (const Json& cell : results.at("cells")) {
      if (setting_at(cell, "optimizer") != series.name) continue;
      series.x.push_back(std::stod(setting_at(cell, "lr")));
      series.y.push_back(100 * number_at(cell, "mean"));
      series.low.push_back(100 * number_at(cell, "low"));
      series.high.push_back(100 * number_at(cell, "high"));
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

}  // namespace

void add_optimizers(StudyPage& page, const Json& results) {
  page.html += study_facts(results) + failure_section(results) + "<section>\n<h2>Side by side</h2>\n";
  add_lines(page, best_curves(results), "loss.svg", 360);
  add_lines(page, scores_by_rate(results), "scores.svg", 360);
  page.html += "</section>\n" + cell_section(results.at("best"), "Each at its best rate",
                                             text_at(results.at("best").at(0), "name"));
  std::string edges;
  for (const Json& best : results.at("best"))
    if (best.value("at_edge", false)) edges += (edges.empty() ? "" : ", ") + text_at(best, "name");
  if (!edges.empty())
    page.html += "<div class=\"notice\">Best at the edge of the rates that were tried: " + escape(edges) +
                 ". Others may be better still: --rates.</div>\n";
  page.html +=
      "<p class=\"note\">The rates were chosen by the same scores.</p>\n<section>\n<h2>Loss by rate</h2>\n"
      "<div class=\"multiples\">\n";
  for (const Json& best : results.at("best"))
    page.html += figure(draw(rate_curves(results, setting_at(best, "optimizer")), {340, 230}));
  page.html += "</div>\n</section>\n" +
               cell_section(results.at("cells"), "Every rate", text_at(results, "reference")) +
               trust_section(results);
}

void add_rate_range(StudyPage& page, const Json& results) {
  const double diverged = number_at(results, "diverged");
  page.html += fact_table(
      {{"pretrained on", text_at(results, "data")},
       {"encoder", text_at(results, "encoder")},
       {"loss", text_at(results, "loss")},
       {"optimizer", text_at(results, "optimizer")},
       {"batch size", grouped(results.at("batch_size").get<int64_t>())},
       {"falls fastest at", significant(number_at(results, "steepest"), 3)},
       {"least at", significant(number_at(results, "least"), 3)},
       {"lost from", std::isfinite(diverged) ? significant(diverged, 3) : "no rate that was tried"},
       {"suggested", significant(number_at(results, "suggestion"), 2)}});
  LinePlot plot{"Loss by learning rate", "learning rate", "loss", {}, {}, false};
  plot.x_logarithmic = true;
  const auto rates = values_at(results, "rates");
  plot.series.push_back({"a step", rates, values_at(results, "losses"), 1, true});
  plot.series.push_back({"smoothed", rates, values_at(results, "smoothed"), 0, false});
  plot.series.push_back(
      {"chance", rates, std::vector<double>(rates.size(), number_at(results, "chance")), 5, true});
  page.html += "<section>\n<h2>Loss</h2>\n";
  add_lines(page, plot, "loss.svg", 360);
  page.html +=
      "<p class=\"note\">The suggestion is a quarter of the rate at which the loss is lost: above 1.5 times "
      "its least value, half the way from there back to chance, or what it was when the rate began to "
      "rise.</p>\n</section>\n";
}

}  // namespace simclr
