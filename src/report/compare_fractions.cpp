// F1 of fine-tuned runs against the share of the labels they learnt from.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "report/compare_sections.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

struct FractionPoint {
  std::vector<double> f1, low, high;  // of each run
};
using FractionCurve = std::map<double, FractionPoint>;  // by share of the labels

std::string curve_name(const nlohmann::ordered_json& scores) {
  const auto scratch = scores.find("from_scratch");
  const std::string unfrozen = text_at(scores, "unfreeze");
  if (scratch != scores.end() && scratch->is_boolean() && scratch->get<bool>()) return "from scratch";
  if (unfrozen == "all") return "fine-tuned";
  return unfrozen == "0" ? "frozen, linear probe" : "fine-tuned, last " + unfrozen + " blocks";
}

std::map<std::string, FractionCurve> curves_of(const ComparedRuns& runs) {
  std::map<std::string, FractionCurve> curves;
  for (const ComparedRun& run : runs) {
    const auto& scores = run.data->classifier;
    if (scores.contains("teacher")) continue;  // students have a section of their own
    const double f1 = number_at(scores, "f1"), share = number_at(scores, "label_fraction");
    if (!std::isfinite(f1) || !std::isfinite(share)) continue;
    FractionPoint& point = curves[curve_name(scores)][share];
    point.f1.push_back(f1);
    const auto [low, high] = interval_at(scores, "f1");
    if (!std::isfinite(low)) continue;
    point.low.push_back(low);
    point.high.push_back(high);
  }
  return curves;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? not_there : sum / static_cast<double>(values.size());
}

// Of one run its interval over test pictures; of several, such as seeds, from the lowest to the highest.
double lower(const FractionPoint& p) {
  return p.f1.size() > 1 ? *std::min_element(p.f1.begin(), p.f1.end()) : mean(p.low);
}
double upper(const FractionPoint& p) {
  return p.f1.size() > 1 ? *std::max_element(p.f1.begin(), p.f1.end()) : mean(p.high);
}

std::string share_name(double share) {
  return decimal(100 * share, share < 0.01 ? 1 : 0) + " %";
}

LinePlot plot_of_curves(const std::map<std::string, FractionCurve>& curves, const std::set<double>& shares) {
  LinePlot plot{"F1 against labels", "share of the labels", "F1", {}, {}, false};
  for (const double share : shares) plot.x_names.push_back(share_name(share));
  for (const auto& [name, curve] : curves) {
    Series series{name, {}, {}, static_cast<int>(plot.series.size() % most_plotted)};
    for (const auto& [share, point] : curve) {
      series.x.push_back(static_cast<double>(std::distance(shares.begin(), shares.find(share))));
      series.y.push_back(mean(point.f1));
      series.low.push_back(lower(point));
      series.high.push_back(upper(point));
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

std::string table_of_curves(const std::map<std::string, FractionCurve>& curves,
                            const std::set<double>& shares) {
  std::string out = "<div class=\"scroll\"><table class=\"scores\"><thead><tr><th>labels</th>";
  for (const auto& [name, curve] : curves) out += "<th>" + escape(name) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const double share : shares) {
    out += "<tr><th scope=\"row\">" + share_name(share) + "</th>";
    for (const auto& [name, curve] : curves) {
      const auto found = curve.find(share);
      out += found == curve.end() ? "<td class=\"none\">–</td>"
                                  : "<td>" + decimal(mean(found->second.f1), 3) + "<small>" +
                                        decimal(lower(found->second), 2) + "–" +
                                        decimal(upper(found->second), 2) + "</small></td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string fractions_section(const ComparedRuns& runs) {
  const auto curves = curves_of(runs);
  std::set<double> shares;
  size_t points = 0;
  for (const auto& [name, curve] : curves)
    for (const auto& [share, point] : curve) {
      shares.insert(share);
      ++points;
    }
  if (points < 2) return "";
  return "<section id=\"f1\">\n<h2>F1 against labels</h2>\n" + caveat_of_scores(runs) +
         wide_figure(plot_of_curves(curves, shares), 330) + table_of_curves(curves, shares) +
         "<p class=\"note\">Fine-tuned runs on their test pictures. A band is the 95 % interval over test "
         "pictures of one run; of several, such as seeds, from the lowest to the highest around their mean. "
         "Shares are spaced evenly, not by their size.</p>\n</section>\n";
}

}  // namespace simclr
