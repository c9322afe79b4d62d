// F1 of students against their size, beside that of their teachers.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "report/compare_sections.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

struct Sized {
  std::string name, kind;  // kind: "students", "teachers", "fine-tuned", "from scratch"
  const Json* scores = nullptr;
  double parameters = 0;
};

const Json* teacher_of(const Json& scores) {
  const auto found = scores.find("teacher");
  return found != scores.end() && found->is_object() ? &*found : nullptr;
}

bool is_true(const Json& scores, const char* key) {
  const auto found = scores.find(key);
  return found != scores.end() && found->is_boolean() && found->get<bool>();
}

std::filesystem::path folder_of(const Json& teacher) {
  return plain_folder(text_at(teacher, "run"));
}
std::filesystem::path folder_of(const ComparedRun& run) {
  return plain_folder(run.data->run.root);
}

bool taught(const ComparedRuns& runs, const ComparedRun& one) {
  return std::any_of(runs.begin(), runs.end(), [&](const ComparedRun& run) {
    const Json* teacher = teacher_of(run.data->classifier);
    return teacher != nullptr && folder_of(*teacher) == folder_of(one);
  });
}

bool add(std::vector<Sized>& rows, const std::string& name, const std::string& kind, const Json& scores) {
  const double parameters = number_at(scores, "parameters");
  if (!std::isfinite(parameters) || !std::isfinite(number_at(scores, "f1"))) return false;
  rows.push_back({name, kind, &scores, parameters});
  return true;
}

// Runs that were scored on their test pictures, and teachers that are not among them; largest first.
std::vector<Sized> sized(const ComparedRuns& runs) {
  std::vector<Sized> rows;
  std::set<std::filesystem::path> shown;  // folders of teachers
  for (const ComparedRun& run : runs) {
    const Json& scores = run.data->classifier;
    const bool teaches = taught(runs, run);
    const char* const kind = teacher_of(scores) != nullptr     ? "students"
                             : teaches                         ? "teachers"
                             : is_true(scores, "from_scratch") ? "from scratch"
                                                               : "fine-tuned";
    if (add(rows, run.name, kind, scores) && teaches) shown.insert(folder_of(run));
  }
  for (const ComparedRun& run : runs) {
    const Json* teacher = teacher_of(run.data->classifier);
    if (teacher == nullptr || !shown.insert(folder_of(*teacher)).second) continue;
    add(rows, folder_of(*teacher).filename().native(), "teachers", *teacher);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Sized& a, const Sized& b) { return a.parameters > b.parameters; });
  return rows;
}

LinePlot plot_of_sizes(const std::vector<Sized>& rows) {
  LinePlot plot{"F1 against size", "parameters, millions", "F1", {}, {}, false};
  plot.x_logarithmic = true;
  for (const char* kind : {"students", "teachers", "fine-tuned", "from scratch"}) {
    Series series{kind, {}, {}, static_cast<int>(plot.series.size())};
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      if (row->kind != kind) continue;
      series.x.push_back(1e-6 * row->parameters);
      series.y.push_back(number_at(*row->scores, "f1"));
      const auto [low, high] = interval_at(*row->scores, "f1");
      series.low.push_back(low);
      series.high.push_back(high);
    }
    if (!series.x.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

std::string table_of_sizes(const std::vector<Sized>& rows) {
  std::string out =
      "<div class=\"scroll\"><table class=\"scores\"><thead><tr><th>run</th><th></th><th>encoder</th>"
      "<th>parameters</th><th>F1</th><th>AUC</th><th>accuracy</th><th>decides as its teacher</th></tr>"
      "</thead><tbody>\n";
  for (const Sized& row : rows) {
    const auto [low, high] = interval_at(*row.scores, "f1");
    out += "<tr><th scope=\"row\">" + escape(row.name) + "</th><td>" + escape(row.kind) + "</td><td>" +
           escape(text_at(*row.scores, "encoder")) + "</td><td>" + significant(1e-6 * row.parameters, 3) +
           " M</td><td>" + decimal(number_at(*row.scores, "f1"), 3) +
           (std::isfinite(low) ? "<small>" + decimal(low, 2) + "–" + decimal(high, 2) + "</small>" : "") +
           "</td><td>" + decimal(number_at(*row.scores, "auc"), 3) + "</td><td>" +
           percent(number_at(*row.scores, "accuracy"), 1) + "</td><td>" +
           percent(number_at(*row.scores, "agreement"), 1) + "</td></tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string sizes_section(const ComparedRuns& runs) {
  const std::vector<Sized> rows = sized(runs);
  if (std::none_of(rows.begin(), rows.end(), [](const Sized& row) { return row.kind == "students"; }))
    return "";
  return "<section id=\"size\">\n<h2>Size against F1</h2>\n" + caveat_of_scores(runs) +
         wide_figure(plot_of_sizes(rows), 330) + table_of_sizes(rows) +
         "<p class=\"note\">Each on its own test pictures, which are the same where they were given so; "
         "students saw what their teacher says of pictures. Ranges are 95 % intervals over test pictures: "
         "another seed may differ by more.</p>\n</section>\n";
}

}  // namespace simclr
