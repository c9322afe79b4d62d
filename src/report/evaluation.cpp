// The evaluation beside its baselines: rows are features, columns are method x labels a class.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/contestant_name.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

struct Column {
  std::string method;
  int labels = 0;
  bool operator==(const Column&) const = default;
};

// "all" after every number.
int64_t order_of(int labels) {
  return labels == 0 ? int64_t{1} << 40 : labels;
}

std::vector<Column> columns_of(const RunEvaluation& evaluation) {
  std::vector<std::string> methods;
  for (const char* known : {"knn", "knn200", "linear"}) methods.emplace_back(known);
  for (const RunScore& score : evaluation.scores)
    if (std::find(methods.begin(), methods.end(), score.method) == methods.end())
      methods.push_back(score.method);
  std::vector<Column> columns;
  for (const std::string& method : methods) {
    const auto by_labels = [](int a, int b) { return order_of(a) < order_of(b); };
    std::set<int, decltype(by_labels)> labels(by_labels);
    for (const RunScore& score : evaluation.scores)
      if (score.method == method) labels.insert(score.labels_per_class);
    for (const int l : labels) columns.push_back({method, l});
  }
  return columns;
}

std::vector<std::string> rows_of(const RunEvaluation& evaluation) {
  std::vector<std::string> rows;
  for (const RunScore& score : evaluation.scores)
    if (std::find(rows.begin(), rows.end(), score.features) == rows.end()) rows.push_back(score.features);
  const auto rank = [](const std::string& row) {
    return row == "encoder" ? 0 : row == "random" ? 1 : row == "pixels" ? 2 : 3;
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return rows;
}

const RunScore* find_score(const RunEvaluation& evaluation, const std::string& row, const Column& column) {
  for (const RunScore& score : evaluation.scores)
    if (score.features == row && Column{score.method, score.labels_per_class} == column) return &score;
  return nullptr;
}

double low_of(const RunScore& s) {
  return std::isfinite(s.low) ? s.low : s.accuracy - (std::isfinite(s.std) ? s.std : 0);
}
double high_of(const RunScore& s) {
  return std::isfinite(s.high) ? s.high : s.accuracy + (std::isfinite(s.std) ? s.std : 0);
}
bool overlap(const RunScore& a, const RunScore& b) {
  return low_of(a) <= high_of(b) && low_of(b) <= high_of(a);
}

std::string as_percent(double fraction) {
  return decimal(fraction * 100, 1);
}

std::string spread_of(const RunScore& s) {
  if (s.draws > 1 && std::isfinite(s.std)) return "± " + as_percent(s.std);
  if (std::isfinite(s.low) && std::isfinite(s.high) && s.low < s.high)
    return as_percent(s.low) + "–" + as_percent(s.high);
  return "";
}

std::string cell(const RunScore* score, double best) {
  if (score == nullptr) return "<td class=\"none\">–</td>";
  const std::string value = as_percent(score->accuracy);
  // Bold goes by what is shown, so that equal figures look equal.
  const bool is_best = value == as_percent(best);
  std::string out = is_best ? "<td class=\"best\"><b>" + value + "</b>" : "<td>" + value;
  if (const std::string spread = spread_of(*score); !spread.empty()) out += " <small>" + spread + "</small>";
  return out + "</td>";
}

std::string table_head(const RunEvaluation& evaluation, const std::vector<Column>& columns) {
  std::string methods = "<tr><th scope=\"col\" rowspan=\"2\">features</th>", labels = "<tr>";
  for (size_t i = 0; i < columns.size();) {
    size_t end = i;
    while (end < columns.size() && columns[end].method == columns[i].method) ++end;
    methods += "<th scope=\"colgroup\" class=\"group\" colspan=\"" + std::to_string(end - i) + "\">" +
               escape(method_name(evaluation, columns[i].method)) + "</th>";
    for (; i < end; ++i)
      labels += "<th scope=\"col\">" + labels_name(columns[i].labels) +
                (columns[i].labels == 0 ? " labels" : " a class") + "</th>";
  }
  return "<thead>" + methods + "</tr>\n" + labels + "</tr></thead>\n";
}

std::string table_of(const RunEvaluation& evaluation, const std::vector<Column>& columns) {
  std::vector<double> best(columns.size(), -1);
  const std::vector<std::string> rows = rows_of(evaluation);
  for (size_t c = 0; c < columns.size(); ++c)
    for (const std::string& row : rows)
      if (const RunScore* score = find_score(evaluation, row, columns[c]))
        best[c] = std::max(best[c], score->accuracy);
  std::string out =
      "<div class=\"scroll\"><table class=\"scores\">\n" + table_head(evaluation, columns) + "<tbody>\n";
  for (const std::string& row : rows) {
    out += "<tr" + std::string(row == "encoder" ? " class=\"own\"" : "") + "><th scope=\"row\">" +
           escape(contestant_name(row)) + "</th>";
    for (size_t c = 0; c < columns.size(); ++c) out += cell(find_score(evaluation, row, columns[c]), best[c]);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

const RunScore* best_baseline(const RunEvaluation& evaluation, const Column& column) {
  const RunScore* best = nullptr;
  for (const RunScore& score : evaluation.scores)
    if (score.features != "encoder" && Column{score.method, score.labels_per_class} == column &&
        (best == nullptr || score.accuracy > best->accuracy))
      best = &score;
  return best;
}

std::string points_better(const RunScore& own, const RunScore& other) {
  if (own.accuracy == other.accuracy) return "as good as the pretrained encoder";
  return decimal((other.accuracy - own.accuracy) * 100, 1) + " points better than the pretrained encoder";
}

// Where the encoder wins, and plainly where it does not.
std::string honest_notes(const RunEvaluation& evaluation, const std::vector<Column>& columns) {
  size_t compared = 0, ahead = 0, close = 0;
  std::string lost;
  for (const Column& column : columns) {
    const RunScore* own = find_score(evaluation, "encoder", column);
    const RunScore* other = best_baseline(evaluation, column);
    if (own == nullptr || other == nullptr) continue;
    ++compared;
    const bool unclear = overlap(*own, *other);
    if (own->accuracy > other->accuracy) {
      ++ahead;
      close += unclear ? 1 : 0;
      continue;
    }
    lost += "<li><b>" + escape(contestant_name(other->features)) + "</b>: " + points_better(*own, *other) +
            " (" + escape(method_name(evaluation, column.method)) + ", " + labels_name(column.labels) +
            (column.labels == 0 ? " labels)" : " labels a class)") +
            (unclear ? "; their intervals overlap" : "") + ".</li>\n";
  }
  if (compared == 0)
    return "<p class=\"notice\"><b>No baseline here.</b> Without one, nobody can tell what the pretraining "
           "brought: evaluate --baselines random,pixels.</p>\n";
  std::string out =
      "<p>The pretrained encoder is ahead of both its untrained twin and raw pixels, where measured, in <b>" +
      std::to_string(ahead) + " of " + std::to_string(compared) + "</b> columns" +
      (close > 0
           ? "; in " + std::to_string(close) + " of them the intervals overlap, so the order may be chance"
           : "") +
      ".</p>\n";
  return lost.empty() ? out
                      : out + "<div class=\"notice\"><b>Where a baseline is as good or better</b><ul>\n" +
                            lost + "</ul></div>\n";
}

// Which pictures these scores are of, and whether they can be trusted.
std::string heading(const RunEvaluation& evaluation) {
  std::string out;
  if (!evaluation.test.empty()) {
    out = "<h3>On <code>" + escape(evaluation.test) + "</code></h3>\n<p class=\"note\">";
    if (std::isfinite(evaluation.test_pictures))
      out += grouped(static_cast<int64_t>(evaluation.test_pictures)) + " test pictures; ";
    out += "labels from <code>" + escape(evaluation.train) + "</code>.</p>\n";
  }
  return out + score_notices(evaluation.in_both, evaluation.caveat);
}

}  // namespace

std::string method_name(const RunEvaluation& evaluation, const std::string& method) {
  if (method == "linear") return "linear probe";
  if (method == "svc") return "SVC";
  if (method == "linear_svc") return "linear SVC";
  if (method != "knn" && method != "knn200") return method;
  int k = 0;
  for (const RunScore& score : evaluation.scores)
    if (score.method == method) k = std::max(k, score.k);
  return k > 0 ? "kNN, k = " + std::to_string(k) : method == "knn" ? "kNN" : "kNN, k = 200";
}

std::string draws_note(const RunEvaluation& evaluation) {
  int most = 1;
  for (const RunScore& score : evaluation.scores) most = std::max(most, score.draws);
  std::string out = "Accuracy on the test pictures, in %.";
  if (most > 1)
    out += " ± is the standard deviation over the draws of the labelled pictures (up to " + grouped(most) +
           " draws, the same rows for every kind of features).";
  return out + " A range is a 95\u202f% interval. Bold: the best of its column.";
}

BarPlot evaluation_plot(const RunEvaluation& evaluation) {
  BarPlot plot{"Accuracy by method and labels", "labels a class", "accuracy, %", {}, {}};
  const std::vector<std::string> rows = rows_of(evaluation);
  for (const std::string& row : rows) plot.series.push_back(contestant_name(row));
  for (const Column& column : columns_of(evaluation)) {
    if (column.method == "knn200") continue;  // in the table; the plot keeps to one k
    BarGroup group{method_name(evaluation, column.method), labels_name(column.labels), {}};
    for (const std::string& row : rows) {
      const RunScore* score = find_score(evaluation, row, column);
      group.bars.push_back(score == nullptr
                               ? Bar{}
                               : Bar{score->accuracy * 100, low_of(*score) * 100, high_of(*score) * 100,
                                     contestant_name(row) + ", " + group.section + ", " + group.label + ": " +
                                         as_percent(score->accuracy) + " % " + spread_of(*score)});
    }
    plot.groups.push_back(std::move(group));
  }
  return plot;
}

std::string labels_name(int labels) {
  return labels == 0 ? "all" : grouped(labels);
}

std::string score_table(const RunEvaluation& evaluation) {
  return table_of(evaluation, columns_of(evaluation));
}

std::vector<BarPlot> evaluation_plots(const RunData& data) {
  std::vector<BarPlot> plots;
  for (const RunEvaluation& evaluation : data.evaluations) plots.push_back(evaluation_plot(evaluation));
  return plots;
}

std::string evaluation_section(const RunData& data) {
  std::string out = "<section id=\"evaluation\">\n<h2>Evaluation</h2>\n";
  const std::string command =
      "simclr evaluate " + run_word(data) +
      " --train DIR --test DIR --with knn,linear --baselines random,pixels --labels-per-class 10 --draws 5";
  if (data.evaluations.empty())
    return out +
           missing_part("Not evaluated yet. With pictures in class folders, this fills the table here:",
                        command) +
           "</section>\n";
  for (const RunEvaluation& evaluation : data.evaluations) {
    const std::vector<Column> columns = columns_of(evaluation);
    out += heading(evaluation) + honest_notes(evaluation, columns) + table_of(evaluation, columns);
    out += "<p class=\"note\">" + draws_note(evaluation);
    out += "</p>\n" + wide_figure(evaluation_plot(evaluation), 330);
  }
  return out + "</section>\n";
}

}  // namespace simclr
