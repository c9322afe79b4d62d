// The same test set's scores of several runs in one table, and accuracy against labels.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/contestant_name.hpp"
#include "report/compare_sections.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

// One text for the pair; a line break is in neither name as printed.
std::string pair_text(const RunEvaluation& evaluation) {
  return evaluation.train + "\n" + evaluation.test;
}

const RunEvaluation* evaluation_of(const ComparedRun& run, const std::string& pair) {
  for (const RunEvaluation& evaluation : run.data->evaluations)
    if (pair_text(evaluation) == pair) return &evaluation;
  return nullptr;
}

std::vector<RunScore> scores_of(const RunEvaluation& evaluation, const std::string& features) {
  std::vector<RunScore> out;
  for (const RunScore& score : evaluation.scores)
    if (score.features == features) out.push_back(score);
  return out;
}

bool same_scores(const std::vector<RunScore>& a, const std::vector<RunScore>& b) {
  return std::is_permutation(
      a.begin(), a.end(), b.begin(), b.end(), [](const RunScore& x, const RunScore& y) {
        return x.method == y.method && x.labels_per_class == y.labels_per_class && x.accuracy == y.accuracy;
      });
}

std::vector<std::string> baselines_of(const RunEvaluation& evaluation) {
  std::vector<std::string> out;
  for (const RunScore& score : evaluation.scores)
    if (score.features != "encoder" && std::find(out.begin(), out.end(), score.features) == out.end())
      out.push_back(score.features);
  return out;
}

void take(const std::vector<RunScore>& scores, const std::string& name, RunEvaluation& merged) {
  for (RunScore score : scores) {
    score.features = name;
    merged.scores.push_back(std::move(score));
  }
}

// Every encoder by its run's name, then the baselines; one that scores alike in several runs (raw pixels of
// the same pictures) stands once.
RunEvaluation merge(const ComparedRuns& runs, const std::string& pair, size_t most, bool baselines) {
  RunEvaluation merged;
  std::vector<std::pair<std::string, std::vector<RunScore>>> seen;
  for (size_t i = 0; i < std::min(runs.size(), most); ++i)
    if (const RunEvaluation* one = evaluation_of(runs[i], pair)) {
      if (merged.scores.empty())
        merged = {one->train, one->test, one->test_pictures, one->in_both, {}, one->caveat};
      merged.in_both = std::fmax(merged.in_both, one->in_both);
      take(scores_of(*one, "encoder"), runs[i].name, merged);
    }
  for (size_t i = 0; baselines && i < std::min(runs.size(), most); ++i) {
    const RunEvaluation* one = evaluation_of(runs[i], pair);
    if (one == nullptr) continue;
    for (const std::string& baseline : baselines_of(*one)) {
      const std::vector<RunScore> scores = scores_of(*one, baseline);
      const bool known = std::any_of(seen.begin(), seen.end(), [&](const auto& other) {
        return other.first == baseline && same_scores(other.second, scores);
      });
      if (known) continue;
      const bool first =
          std::none_of(seen.begin(), seen.end(), [&](const auto& other) { return other.first == baseline; });
      take(scores, contestant_name(baseline) + (first ? "" : ", " + runs[i].name), merged);
      seen.emplace_back(baseline, scores);
    }
  }
  return merged;
}

using Budgets = std::set<int>;  // "all" is the largest int here

int as_rank(int labels) {
  return labels == 0 ? std::numeric_limits<int>::max() : labels;
}

Budgets budgets_of(const RunEvaluation& merged, const std::string& method) {
  Budgets budgets;
  for (const RunScore& score : merged.scores)
    if (score.method == method) budgets.insert(as_rank(score.labels_per_class));
  return budgets;
}

LinePlot label_curve(const RunEvaluation& merged, const std::string& method) {
  LinePlot plot{method_name(merged, method), "labels a class", "accuracy, %", {}, {}, false};
  plot.side_by_side = true;
  const Budgets budgets = budgets_of(merged, method);
  for (const int rank : budgets)
    plot.x_names.push_back(labels_name(rank == std::numeric_limits<int>::max() ? 0 : rank));
  for (const RunScore& score : merged.scores) {
    if (score.method != method) continue;
    const auto same = std::find_if(plot.series.begin(), plot.series.end(),
                                   [&](const Series& series) { return series.name == score.features; });
    if (same == plot.series.end())
      plot.series.push_back({score.features, {}, {}, static_cast<int>(plot.series.size()), false});
  }
  for (Series& series : plot.series) {
    double place = 0;
    for (const int rank : budgets) {
      for (const RunScore& score : merged.scores)
        if (score.method == method && score.features == series.name &&
            as_rank(score.labels_per_class) == rank) {
          series.x.push_back(place);
          series.y.push_back(score.accuracy * 100);
        }
      ++place;
    }
  }
  return plot;
}

std::string label_curves(const RunEvaluation& merged) {
  std::vector<std::string> methods;
  for (const RunScore& score : merged.scores)
    if (std::find(methods.begin(), methods.end(), score.method) == methods.end())
      methods.push_back(score.method);
  std::string figures;
  for (const std::string& method : methods)
    if (budgets_of(merged, method).size() > 1)
      figures += figure(draw(label_curve(merged, method), {420, 290}));
  return figures.empty()
             ? ""
             : "<h4>Accuracy against labels</h4>\n<div class=\"multiples\">\n" + figures +
                   "</div>\n<p class=\"note\">Budgets are spaced evenly, not by their size.</p>\n";
}

std::string one_set(const ComparedRuns& runs, const std::string& pair) {
  const RunEvaluation all = merge(runs, pair, runs.size(), true);
  const RunEvaluation few = merge(runs, pair, most_plotted, false);
  std::string out = "<h3>On <code>" + escape(all.test) + "</code></h3>\n<p class=\"note\">";
  if (std::isfinite(all.test_pictures))
    out += grouped(static_cast<int64_t>(all.test_pictures)) + " test pictures; ";
  out += "labels from <code>" + escape(all.train) + "</code>. " + draws_note(all) + "</p>\n";
  out += score_notices(all.in_both, all.caveat) + score_table(all);
  const std::string curves = label_curves(few);
  return out + (curves.empty() ? wide_figure(evaluation_plot(few), 330) : curves);
}

}  // namespace

std::string scores_section(const ComparedRuns& runs) {
  std::string out = "<section id=\"evaluation\">\n<h2>Evaluation</h2>\n";
  const auto pairs = shared_texts(runs, [](const RunData& data) {
    std::vector<std::string> texts;
    for (const RunEvaluation& evaluation : data.evaluations) texts.push_back(pair_text(evaluation));
    return texts;
  });
  if (pairs.empty())
    return out +
           missing_part("No two of them were evaluated on the same training and test set. For each run:",
                        "simclr evaluate RUN --train DIR --test DIR --with knn,linear") +
           "</section>\n";
  for (const std::string& pair : pairs) out += one_set(runs, pair);
  size_t alone = 0;
  for (const ComparedRun& run : runs)
    for (const RunEvaluation& evaluation : run.data->evaluations)
      alone += std::find(pairs.begin(), pairs.end(), pair_text(evaluation)) == pairs.end() ? 1 : 0;
  if (alone > 0)
    out += "<p class=\"note\">" + grouped(static_cast<int64_t>(alone)) +
           (alone == 1 ? " evaluation has" : " evaluations have") +
           " no match in another run and stand on the runs' own pages.</p>\n";
  return out + "</section>\n";
}

}  // namespace simclr
