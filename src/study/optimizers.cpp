#include "study/optimizers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "eval/rate_range.hpp"
#include "formats/json_lines.hpp"
#include "optim/optimizer.hpp"
#include "train/settings.hpp"

namespace simclr {
namespace {

constexpr size_t kMostPoints = 200;

std::vector<std::string> distinct(const std::string& list, const char* flag) {
  auto all = split_outside(list, ',');
  std::erase(all, "");
  std::set<std::string> seen;
  for (const auto& one : all)
    if (!seen.insert(plainly_written(one)).second)
      throw Error(Exit::setting, std::string(flag) + ": '" + printable(one) + "' is given twice.");
  if (all.empty()) throw Error(Exit::setting, std::string(flag) + " names nothing.");
  return all;
}

// Of the rates that were tried the lowest or the highest: there may be better ones beyond.
bool at_edge(size_t cell, size_t rates) {
  return rates > 1 && (cell % rates == 0 || cell % rates == rates - 1);
}

// The best rate of each optimizer, as a study of its own.
void take_best(OptimizerStudy& study, size_t rates) {
  for (size_t first = 0; first < study.cells.size(); first += rates) {
    size_t best = first;
    for (size_t c = first; c < first + rates; ++c)
      if (better(study.table.rows[c], study.table.rows[best])) best = c;
    for (const JudgedRun& run : study.runs)
      if (run.cell == best) {
        study.best_runs.push_back(run);
        study.best_runs.back().cell = study.best.size();
      }
    study.best.push_back(best);
    study.best_cells.push_back(study.cells[best]);
  }
  study.best_table = cell_table(study.best_cells, study.best_runs);
}

}  // namespace

std::string usual_optimizers() {
  return "adam,sgd,lars,adamw";
}

std::string usual_rates() {
  return "0.0001,0.0005,0.001,0.01,0.035,0.05";
}

OptimizerTerms parse_optimizers(const std::string& optimizers, const std::string& rates) {
  OptimizerTerms terms{distinct(optimizers, "--optimizers"), distinct(rates, "--rates")};
  for (const auto& one : terms.optimizers) make_optimizer(one, {}, 0);
  for (const auto& one : terms.rates) {
    double rate = 0;
    const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), rate);
    if (error != std::errc() || end != one.data() + one.size() || !(rate > 0) || rate > 1000)
      throw Error(Exit::setting, "--rates: '" + printable(one) + "' is not a number above 0, at most 1000.");
  }
  std::stable_sort(terms.rates.begin(), terms.rates.end(),
                   [](const std::string& a, const std::string& b) { return std::stod(a) < std::stod(b); });
  return terms;
}

std::vector<Cell> cells_of(const OptimizerTerms& terms) {
  return cells_of(std::vector<GridAxis>{{"optimizer", terms.optimizers}, {"lr", terms.rates}});
}

LossCurve loss_curve(const std::filesystem::path& study, const CellRow& row) {
  std::map<double, std::pair<double, double>> by_step;  // sum and number
  for (const JudgedRun* run : row.runs) {
    const auto metrics = RunFolder{study / run->folder}.metrics();
    if (!std::filesystem::exists(metrics)) continue;
    std::vector<double> steps, losses;
    for (const auto& line : read_json_lines(metrics).objects) {
      if (!line.contains("loss") || !line.contains("step") || !line["loss"].is_number()) continue;
      steps.push_back(line["step"].get<double>());
      losses.push_back(line["loss"].get<double>());
    }
    const auto smooth = smoothed(losses, 0.98);
    for (size_t i = 0; i < steps.size(); ++i) {
      by_step[steps[i]].first += smooth[i];
      by_step[steps[i]].second += 1;
    }
  }
  LossCurve curve;
  const size_t every = by_step.size() / kMostPoints + 1;
  size_t i = 0;
  for (const auto& [step, sum] : by_step) {
    if (i++ % every != 0 && i != by_step.size()) continue;
    curve.steps.push_back(step);
    curve.loss.push_back(sum.first / sum.second);
  }
  return curve;
}

OptimizerStudy judge_optimizers(StudyFolder& folder, const StudyRequest& request,
                                const OptimizerTerms& terms) {
  OptimizerStudy study;
  study.cells = cells_of(terms);
  study.runs = folder.judge(study.cells);
  refuse_all_failed(study.runs, request.out);
  study.table = cell_table(study.cells, study.runs);
  take_best(study, terms.rates.size());
  return study;
}

nlohmann::ordered_json to_json(const OptimizerStudy& study, const StudyRequest& request,
                               const OptimizerTerms& terms, const nlohmann::ordered_json& of_study) {
  nlohmann::ordered_json json = study_json(request, of_study, study.table, study.cells, 0);
  json["rates"] = terms.rates;
  auto best = to_json(study.best_table, study.best_cells, 0);
  for (size_t i = 0; i < best.size(); ++i) best[i]["at_edge"] = at_edge(study.best[i], terms.rates.size());
  json["best"] = best;
  for (size_t c = 0; c < study.cells.size(); ++c) {
    const LossCurve curve = loss_curve(request.out, study.table.rows[c]);
    json["cells"][c]["curve"] = {{"steps", curve.steps}, {"loss", curve.loss}};
  }
  return json;
}

std::string to_text(const OptimizerStudy& study, const OptimizerTerms& terms) {
  std::string out = to_text(study.table, 0) + "\neach optimizer at its own best rate:\n" +
                    to_text(study.best_table, 0) +
                    "the rates were chosen by the same scores: the differences flatter where seeds are few\n";
  for (const size_t cell : study.best)
    if (at_edge(cell, terms.rates.size()))
      out += "best at the edge of the rates tried: " + printable(study.cells[cell].name) +
             "; try others with --rates\n";
  return out;
}

}  // namespace simclr
