#include "study/cell_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "eval/power.hpp"
#include "formats/csv.hpp"

namespace simclr {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double mean_of(const std::vector<double>& values) {
  return values.empty() ? kNone : spread(values).mean;
}

std::vector<double> scores_of(const CellRow& row) {
  std::vector<double> scores;
  for (const JudgedRun* run : row.runs) scores.push_back(run->score());
  return scores;
}

CellRow row_of(const std::string& name, size_t cell, const std::vector<JudgedRun>& runs) {
  CellRow row{name, {}, {}, {}, kNone, kNone, kNone};
  std::vector<double> untrained, pixels, losses;
  for (const JudgedRun& run : runs) {
    if (run.cell != cell) continue;
    if (run.scores.empty()) {
      row.failed.push_back(&run);
      continue;
    }
    row.runs.push_back(&run);
    untrained.push_back(mean_of(run.untrained));
    pixels.push_back(mean_of(run.pixels));
    losses.push_back(run.loss);
  }
  row.score = spread(scores_of(row));
  if (row.runs.empty()) row.score.mean = kNone;
  auto& [low, high] = row.score.mean_interval;
  low = std::max(low, std::min(0.0, row.score.mean));  // scores are shares
  high = std::min(high, std::max(1.0, row.score.mean));
  if (row.runs.size() < 2) row.score.mean_interval = {kNone, kNone};  // one seed knows nothing of others
  row.untrained = mean_of(untrained);
  row.pixels = mean_of(pixels);
  row.loss = mean_of(losses);
  return row;
}

std::string interval_text(const Interval& interval) {
  if (!std::isfinite(interval.low)) return "";
  char text[48];
  std::snprintf(text, sizeof text, " (%.1f–%.1f)", 100 * interval.low, 100 * interval.high);
  return text;
}

std::string percent_text(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", 100 * share);
  return std::isfinite(share) ? text : "–";
}

nlohmann::ordered_json run_json(const JudgedRun& run) {
  nlohmann::ordered_json one{{"seed", run.seed}, {"run", run.folder}};
  if (run.scores.empty()) {
    one["error"] = printable(run.error);
  } else {
    one["score"] = run.score();
    one["scores"] = run.scores;
    one["loss"] = run.loss;
  }
  return one;
}

}  // namespace

bool better(const CellRow& a, const CellRow& b) {
  if (a.runs.size() != b.runs.size()) return a.runs.size() > b.runs.size();
  return a.score.mean > b.score.mean;
}

CellTable cell_table(const std::vector<Cell>& cells, const std::vector<JudgedRun>& runs) {
  CellTable table;
  std::vector<double> complete, first, second;
  size_t seeds = 0, rows = 0;
  for (size_t c = 0; c < cells.size(); ++c) {
    table.rows.push_back(row_of(cells[c].name, c, runs));
    const CellRow& row = table.rows.back();
    seeds = std::max(seeds, row.runs.size() + row.failed.size());
    if (better(row, table.rows[table.best])) table.best = c;
  }
  for (const CellRow& row : table.rows) {
    if (row.runs.empty() || row.runs.size() != seeds) continue;
    ++rows;
    for (const JudgedRun* run : row.runs) complete.push_back(run->score());
    if (row.runs[0]->scores.size() < 2) continue;
    double sums[2] = {0, 0};
    for (const JudgedRun* run : row.runs)
      for (const size_t i : {0U, 1U}) sums[i] += run->scores[i] / static_cast<double>(seeds);
    first.push_back(sums[0]);
    second.push_back(sums[1]);
  }
  table.seeds = reliability(complete, rows, rows == 0 ? 0 : seeds);
  table.two_label_sets = !first.empty();
  if (table.two_label_sets) table.label_sets = pearson(first, second);
  return table;
}

std::vector<CellDifference> differences(const CellTable& table, size_t reference) {
  std::vector<CellDifference> all;
  std::vector<double> p;
  for (size_t c = 0; c < table.rows.size(); ++c) {
    if (c == reference) continue;
    std::vector<double> ours, theirs;
    for (const JudgedRun* a : table.rows[c].runs)
      for (const JudgedRun* b : table.rows[reference].runs)
        if (a->seed == b->seed) {
          ours.push_back(a->score());
          theirs.push_back(b->score());
        }
    if (ours.empty()) continue;
    all.push_back({c, paired_test(ours, theirs), 1});
    p.push_back(all.back().test.p);
  }
  const auto adjusted = holm(p);
  for (size_t i = 0; i < all.size(); ++i) all[i].p_holm = adjusted[i];
  return all;
}

SmallestEffect smallest_effect(const CellTable& table, size_t seeds, size_t comparisons) {
  if (seeds < 2 || table.seeds.rows < 2) return {kNone, kNone, seeds, comparisons};
  const double std = std::sqrt(2.0) * table.seeds.noise_std;  // of a difference of two runs of a seed
  const double m = static_cast<double>(std::max<size_t>(1, comparisons));
  return {std * detectable_effect(seeds), std * detectable_effect(seeds, 0.05 / m), seeds, comparisons};
}

std::string power_text(size_t seeds, size_t comparisons) {
  if (seeds < 2)
    return "one seed says nothing about what another would give: intervals and tests need --seeds 2 or more";
  char text[240];
  std::snprintf(text, sizeof text,
                "%zu seeds find (5 %%, power 0.8) one difference of %.2g standard deviations of the paired "
                "differences, and of %.2g after Holm over %zu comparisons; a difference of 1 would take %zu",
                seeds, detectable_effect(seeds),
                detectable_effect(seeds, 0.05 / static_cast<double>(std::max<size_t>(1, comparisons))),
                comparisons, pairs_needed(1));
  return text;
}

nlohmann::ordered_json to_json(const CellTable& table, const std::vector<Cell>& cells, size_t reference) {
  const auto compared = differences(table, reference);
  auto rows = nlohmann::ordered_json::array();
  for (size_t c = 0; c < table.rows.size(); ++c) {
    const CellRow& row = table.rows[c];
    auto settings = nlohmann::ordered_json::object();
    for (const auto& [key, text] : cells[c].settings) settings[key] = printable(text);
    auto runs = nlohmann::ordered_json::array();
    for (const JudgedRun* run : row.runs) runs.push_back(run_json(*run));
    for (const JudgedRun* run : row.failed) runs.push_back(run_json(*run));
    rows.push_back({{"name", printable(row.name)},
                    {"settings", settings},
                    {"mean", row.score.mean},
                    {"low", row.score.mean_interval.low},
                    {"high", row.score.mean_interval.high},
                    {"std", row.score.std},
                    {"seeds", row.runs.size()},
                    {"failed", row.failed.size()},
                    {"best", c == table.best && !row.runs.empty()},
                    {"loss", row.loss},
                    {"untrained", row.untrained},
                    {"pixels", row.pixels},
                    {"runs", runs}});
    for (const CellDifference& one : compared)
      if (one.cell == c)
        rows.back()["difference"] = {{"mean", one.test.mean},
                                     {"low", one.test.mean_interval.low},
                                     {"high", one.test.mean_interval.high},
                                     {"p", one.test.p},
                                     {"sign_flip_p", one.test.sign_flip_p},
                                     {"p_holm", one.p_holm},
                                     {"pairs", one.test.pairs}};
  }
  return rows;
}

std::string to_text(const CellTable& table, size_t reference) {
  size_t widest = 4;
  for (const CellRow& row : table.rows) widest = std::max(widest, row.name.size());
  widest = std::min<size_t>(widest, 60);
  const auto compared = differences(table, reference);
  std::string out;
  char text[512];
  for (size_t c = 0; c < table.rows.size(); ++c) {
    const CellRow& row = table.rows[c];
    std::snprintf(text, sizeof text, "%c %-*s %6s%s  loss %6.3f  untrained %5s  pixels %5s",
                  c == table.best && !row.runs.empty() ? '*' : ' ', static_cast<int>(widest),
                  printable(row.name).c_str(), percent_text(row.score.mean).c_str(),
                  interval_text(row.score.mean_interval).c_str(), row.loss,
                  percent_text(row.untrained).c_str(), percent_text(row.pixels).c_str());
    out += text;
    for (const CellDifference& one : compared) {
      if (one.cell != c || one.test.pairs < 2) continue;
      std::snprintf(text, sizeof text, "  %+.1f (%+.1f to %+.1f), p %.2g", 100 * one.test.mean,
                    100 * one.test.mean_interval.low, 100 * one.test.mean_interval.high, one.p_holm);
      out += text;
    }
    if (!row.failed.empty())
      out += "  " + std::to_string(row.failed.size()) + (row.failed[0]->diverged ? " diverged" : " failed");
    out += "\n";
  }
  out += "score in %, with the 95 % interval of its mean over the seeds (Student's t); * the best";
  if (table.rows.size() < 2) return out + "\n";
  out +=
      "; differences to '" + printable(table.rows[reference].name) + "' over the same seeds, p after Holm\n";
  const SmallestEffect effect = smallest_effect(table, table.seeds.columns, table.rows.size() - 1);
  if (!std::isfinite(effect.one)) return out;
  std::snprintf(
      text, sizeof text,
      "%zu seeds find (power 0.8) a difference of %.1f points named beforehand, of %.1f after Holm\n",
      effect.seeds, 100 * effect.one, 100 * effect.all);
  return out + text;
}

nlohmann::ordered_json study_json(const StudyRequest& request, const nlohmann::ordered_json& terms,
                                  const CellTable& table, const std::vector<Cell>& cells, size_t reference) {
  const size_t comparisons = cells.size() < 2 ? 0 : cells.size() - 1;
  const SmallestEffect effect = smallest_effect(table, request.seeds, comparisons);
  nlohmann::ordered_json json = terms;
  json["seeds"] = request.seeds;
  json["reference"] = printable(table.rows[reference].name);
  json["cells"] = to_json(table, cells, reference);
  json["reliability"] = {{"icc", table.seeds.icc},    {"f", table.seeds.f},
                         {"p", table.seeds.p},        {"noise_std", table.seeds.noise_std},
                         {"cells", table.seeds.rows}, {"seeds", table.seeds.columns}};
  json["smallest_effect"] = {
      {"one_comparison", effect.one}, {"after_holm", effect.all}, {"comparisons", effect.comparisons}};
  if (table.two_label_sets)
    json["label_set_correlation"] = {{"r", table.label_sets.r}, {"p", table.label_sets.p}};
  return json;
}

void write_study(const nlohmann::ordered_json& json, const std::filesystem::path& folder) {
  write_durably(folder / "results.json", json.dump(2) + "\n");
  std::string csv = "name,seed,score,loss,run,error\n";
  for (const auto& cell : json.at("cells"))
    for (const auto& run : cell.at("runs")) {
      const auto value = [&](const char* key) {
        return run.contains(key) && !run.at(key).is_null()
                   ? run.at(key).is_string() ? run.at(key).get<std::string>() : run.at(key).dump()
                   : "";
      };
      csv += csv_row(std::vector<std::string>{cell.at("name").get<std::string>(), value("seed"),
                                              value("score"), value("loss"), value("run"), value("error")});
    }
  write_durably(folder / "results.csv", csv);
}

size_t failures(const std::vector<JudgedRun>& runs) {
  return static_cast<size_t>(std::count_if(
      runs.begin(), runs.end(), [](const JudgedRun& run) { return run.scores.empty() && !run.diverged; }));
}

void refuse_all_failed(const std::vector<JudgedRun>& runs, const std::filesystem::path& folder) {
  if (std::any_of(runs.begin(), runs.end(), [](const JudgedRun& run) { return !run.scores.empty(); })) return;
  throw Error(Exit::failed, "no run of the study went well; the first: " + runs[0].error,
              "What each of them said is in " + printable((folder / "logs").native()) +
                  ". Mend it and give the same command again.");
}

}  // namespace simclr
