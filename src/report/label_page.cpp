#include "report/label_page.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/run.hpp"
#include "report/html.hpp"
#include "report/plot.hpp"
#include "report/sections.hpp"
#include "report/shell.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct CurvePoint {
  double accuracy = 0, low = 0, high = 0, balanced = 0, balanced_low = 0, balanced_high = 0;
};

struct LabelCurve {
  std::string name;
  std::map<size_t, CurvePoint> points;  // by labels
};

struct EvaluatorCurves {
  std::string evaluator;
  std::vector<LabelCurve> curves;
  std::set<size_t> labels;
};

std::vector<EvaluatorCurves> read_curves(const Json& study) {
  std::vector<EvaluatorCurves> all;
  for (const Json& curve : study.at("curves")) {
    const auto evaluator = curve.at("evaluator").get<std::string>();
    auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.evaluator == evaluator; });
    if (found == all.end()) found = all.insert(all.end(), {evaluator, {}, {}});
    LabelCurve one{curve.at("name").get<std::string>(), {}};
    for (const Json& p : curve.at("points")) {
      const auto labels = p.at("labels").get<size_t>();
      found->labels.insert(labels);
      one.points[labels] = {p.at("accuracy"),          p.at("low"),          p.at("high"),
                            p.at("balanced_accuracy"), p.at("balanced_low"), p.at("balanced_high")};
    }
    found->curves.push_back(std::move(one));
  }
  return all;
}

bool is_baseline(const std::string& name) {
  return name == "untrained" || name == "pixels";
}

// Evenly spaced numbers of labels, as the plankton study draws them.
LinePlot plot_of(const EvaluatorCurves& all, bool balanced) {
  LinePlot plot{all.evaluator, "labels in all", balanced ? "balanced accuracy, %" : "accuracy, %", {}, {},
                false};
  plot.side_by_side = true;
  for (const size_t labels : all.labels) plot.x_names.push_back(grouped(static_cast<int64_t>(labels)));
  int style = 0;
  for (const LabelCurve& curve : all.curves) {
    Series series{curve.name, {}, {}, style++, is_baseline(curve.name)};
    for (const auto& [labels, point] : curve.points) {
      series.x.push_back(static_cast<double>(std::distance(all.labels.begin(), all.labels.find(labels))));
      series.y.push_back(100 * (balanced ? point.balanced : point.accuracy));
      series.low.push_back(100 * (balanced ? point.balanced_low : point.low));
      series.high.push_back(100 * (balanced ? point.balanced_high : point.high));
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

std::string cell(const LabelCurve& curve, size_t labels, double best) {
  const auto found = curve.points.find(labels);
  if (found == curve.points.end()) return "<td class=\"none\">–</td>";
  const CurvePoint& p = found->second;
  const std::string value = decimal(100 * p.accuracy, 1);
  return "<td>" + (p.accuracy == best ? "<b>" + value + "</b>" : value) + "<small>" +
         decimal(100 * p.low, 0) + "–" + decimal(100 * p.high, 0) + "</small></td>";
}

std::string table_of(const EvaluatorCurves& all) {
  std::string out = "<div class=\"scroll\"><table class=\"scores\"><thead><tr><th>labels</th>";
  for (const LabelCurve& curve : all.curves) out += "<th>" + escape(curve.name) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const size_t labels : all.labels) {
    double best = 0;
    for (const LabelCurve& curve : all.curves)
      if (const auto found = curve.points.find(labels); found != curve.points.end())
        best = std::max(best, found->second.accuracy);
    out += "<tr><th scope=\"row\">" + grouped(static_cast<int64_t>(labels)) + "</th>";
    for (const LabelCurve& curve : all.curves) out += cell(curve, labels, best);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string facts(const Json& study) {
  const auto count = [&](const char* key) { return grouped(study.at(key).get<int64_t>()); };
  return fact_table(
      {{"labels drawn from", study.at("train").get<std::string>() + ", " + count("pool") + " pictures"},
       {"tested on", study.at("test").get<std::string>() + ", " + count("test_pictures") + " pictures"},
       {"classes", grouped(static_cast<int64_t>(study.at("class_names").size()))},
       {"draws of the labels", count("draws") + ", each class by its share, at least one"}});
}

Json read_study(const fs::path& file) {
  const Json study = Json::parse(read_file(file), nullptr, false);
  if (!study.is_object() || !study.contains("curves"))
    throw Error(Exit::data, printable(file.native()) + " is damaged.", "Run the study again; it goes on.");
  return study;
}

}  // namespace

std::string label_page(const Json& study, const std::string& title) {
  std::string body = facts(study) + caveat_notice(text_at(study, "caveat"));
  for (const EvaluatorCurves& all : read_curves(study)) {
    body += "<section>\n<h2>" + escape(all.evaluator) + "</h2>\n" + wide_figure(plot_of(all, false), 360) +
            wide_figure(plot_of(all, true), 360) + table_of(all) + "</section>\n";
  }
  body +=
      "<p class=\"note\">Accuracy in %, with the 95 % interval of its mean: over the runs of a method "
      "(Student's t), or "
      "over the draws where it has one run. Balanced accuracy counts each class alike. Bold: best of its "
      "row.</p>\n";
  return page_shell({title, "label study", "accuracy against the number of labels", "", false}, body);
}

fs::path write_label_page(const fs::path& study) {
  const Json json = read_study(study / "labels.json");
  const fs::path page = study / "report.html", figures = study / "figures";
  const fs::path named = without_last_slash(study);
  try {
    std::error_code failed;
    fs::create_directories(figures, failed);
    if (failed) throw disk_error("make the folder", figures, failed.value());
    constexpr Canvas canvas{860, 360};
    for (const EvaluatorCurves& all : read_curves(json)) {
      std::string name = all.evaluator;
      for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') c = '-';
      write_durably(figures / ("labels-" + name + ".svg"),
                    standalone(draw(plot_of(all, false), canvas), canvas));
    }
    write_durably(page, label_page(json, named.filename().native()));
  } catch (const Json::exception&) {
    throw Error(Exit::data, printable((study / "labels.json").native()) + " is damaged.",
                "Run the study again; it goes on.");
  }
  return page;
}

}  // namespace simclr
