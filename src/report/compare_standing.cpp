// Verdicts, losses and the settings that differ.
#include <algorithm>
#include <cmath>

#include "report/compare_sections.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"
#include "report/standing.hpp"

namespace simclr {
namespace {

std::string cells(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += "<td>" + escape(text) + "</td>";
  return out;
}

double last_knn(const RunData& data) {
  for (auto epoch = data.epochs.rbegin(); epoch != data.epochs.rend(); ++epoch)
    if (std::isfinite(epoch->knn)) return epoch->knn;
  return not_there;
}

bool any_from_labels(const ComparedRuns& runs) {
  return std::any_of(runs.begin(), runs.end(),
                     [](const ComparedRun& run) { return learns_from_labels(*run.data); });
}

// What a row's nearest is counted for differs: the other view of the picture, or its class.
std::vector<std::string> top1_cells(const RunData& data, double top1, bool both) {
  const bool labels = learns_from_labels(data);
  std::vector<std::string> texts{percent(labels ? not_there : top1, 1)};
  if (both) texts.push_back(percent(labels ? top1 : not_there, 1));
  return texts;
}

std::string standing_row(const ComparedRun& run, bool both) {
  const Standing s = standing_of(*run.data);
  const auto& summary = run.data->summary;
  const double steps = run.data->steps.empty() ? not_there : run.data->steps.back().step;
  const double ended = number_at(summary, "steps");
  return "<tr><th scope=\"row\">" + escape(run.name) + "</th><td>" +
         escape(capitalised(s.verdict.empty() ? "no verdict" : s.verdict)) + "</td>" +
         cells({decimal(s.loss, 3), decimal(s.chance, 3), decimal(s.floor, 3), percent(s.way(), 0)}) +
         cells(top1_cells(*run.data, s.top1, both)) +
         cells({percent(last_knn(*run.data), 1), decimal(std::isfinite(ended) ? ended : steps, 0),
                decimal(number_at(summary, "epochs"), 1), duration(number_at(summary, "train_seconds")),
                significant(number_at(summary, "images_per_second"), 4)}) +
         "</tr>\n";
}

bool about_equal(double a, double b) {
  return !std::isfinite(a) || !std::isfinite(b) || std::abs(a - b) < 0.01 * std::abs(a);
}

// Losses at other batch sizes or temperatures have other limits: then the way between them is compared.
bool same_limits(const ComparedRuns& runs) {
  for (const ComparedRun& run : runs) {
    const Standing a = standing_of(*runs[0].data), b = standing_of(*run.data);
    if (!about_equal(a.chance, b.chance) || !about_equal(a.floor, b.floor)) return false;
  }
  return true;
}

double shown_loss(const RunStep& step, bool as_way) {
  if (!as_way) return step.loss;
  return step.chance > step.floor ? 100 * (step.chance - step.loss) / (step.chance - step.floor) : not_there;
}

LinePlot loss_plot(const ComparedRuns& runs, bool as_way) {
  const bool epochs = std::all_of(runs.begin(), runs.end(), [](const ComparedRun& run) {
    return run.data->steps.empty() || std::isfinite(run.data->steps.back().epoch);
  });
  LinePlot plot{as_way ? "From chance to the floor of the loss" : "Training loss",
                epochs ? "epoch" : "step",
                as_way         ? "% of the way"
                : runs.empty() ? "loss"
                               : loss_label(*runs[0].data),
                {},
                {},
                false};
  for (size_t i = 0; i < std::min(runs.size(), most_plotted); ++i) {
    Series series{runs[i].name, {}, {}, static_cast<int>(i), false};
    for (const RunStep& step : runs[i].data->steps) {
      series.x.push_back(epochs ? step.epoch : step.step);
      series.y.push_back(shown_loss(step, as_way));
    }
    if (!series.x.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

std::vector<std::string> all_keys(const ComparedRuns& runs) {
  std::vector<std::string> keys;
  for (const ComparedRun& run : runs)
    for (const auto& [key, value] : run.data->settings)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  return keys;
}

std::string words(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

}  // namespace

std::string standings_section(const ComparedRuns& runs) {
  std::string out =
      "<section id=\"standing\">\n<h2>Where they stand</h2>\n<div class=\"scroll\"><table "
      "class=\"scores\"><thead><tr><th scope=\"col\">run</th>";
  const bool both = any_from_labels(runs);
  for (const char* name :
       {"verdict", "loss", "chance", "floor", "of the way", "contrastive top-1", both ? "class top-1" : "",
        "kNN while training", "steps", "epochs", "training time", "images/s"})
    if (*name != 0) out += std::string("<th scope=\"col\">") + name + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const ComparedRun& run : runs) out += standing_row(run, both);
  out += "</tbody></table></div>\n";
  const bool as_way = !same_limits(runs);
  if (as_way)
    out +=
        "<p class=\"note\">Chance or floor differ (batch size, temperature), so the losses themselves cannot "
        "be compared: the plot shows how far each is on its own way from chance to its floor. Not even that "
        "says whose embeddings are better.</p>\n";
  const LinePlot plot = loss_plot(runs, as_way);
  if (plot.series.empty())
    return out + "<p class=\"missing\">None of them has logged a step.</p>\n</section>\n";
  out += wide_figure(plot, 340);
  if (runs.size() > most_plotted)
    out += "<p class=\"note\">Plots show the first " + std::to_string(most_plotted) + " runs.</p>\n";
  return out + "</section>\n";
}

std::string differences_section(const ComparedRuns& runs) {
  std::string out = "<section id=\"settings\">\n<h2>Settings that differ</h2>\n", rows;
  size_t same = 0;
  for (const std::string& key : all_keys(runs)) {
    std::vector<std::string> values;
    for (const ComparedRun& run : runs) {
      const std::string value = run.data->setting(key);
      values.push_back(value.empty() ? "–" : value);
    }
    if (std::all_of(values.begin(), values.end(), [&](const auto& value) { return value == values[0]; }))
      ++same;
    else
      rows += "<tr><th scope=\"row\">" + escape(words(key)) + "</th>" + cells(values) + "</tr>\n";
  }
  if (rows.empty() && same == 0)
    return out + "<p class=\"missing\">No settings.toml could be read.</p>\n</section>\n";
  if (!rows.empty()) {
    out += "<div class=\"scroll\"><table class=\"facts differ\"><thead><tr><th scope=\"col\">setting</th>";
    for (const ComparedRun& run : runs) out += "<th scope=\"col\">" + escape(run.name) + "</th>";
    out += "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n";
  }
  return out + "<p class=\"note\">" + (rows.empty() ? "None: all " : "The other ") +
         grouped(static_cast<int64_t>(same)) + " settings are the same.</p>\n</section>\n";
}

}  // namespace simclr
