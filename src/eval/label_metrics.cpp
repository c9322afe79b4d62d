#include "eval/label_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "base/threads.hpp"

namespace simclr {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double share(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

std::vector<uint32_t> by_falling_score(std::span<const double> scores) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return scores[a] > scores[b]; });
  return order;
}

// Decisions with their scores, highest first. Each belongs to a row, which a resample may hold several times.
struct Ranking {
  std::vector<uint32_t> row;
  std::vector<uint8_t> truth;
  std::vector<bool> last_of_equal;  // the next has a lower score
};

Ranking ranking_of(std::span<const uint8_t> truth, std::span<const double> scores, size_t per_row) {
  Ranking ranking;
  const auto order = by_falling_score(scores);
  for (size_t i = 0; i < order.size(); ++i) {
    ranking.row.push_back(static_cast<uint32_t>(order[i] / per_row));
    ranking.truth.push_back(truth[order[i]]);
    ranking.last_of_equal.push_back(i + 1 == order.size() || scores[order[i + 1]] < scores[order[i]]);
  }
  return ranking;
}

struct Curves {
  double average_precision = kUndefined, roc_auc = kUndefined;
};

// `times`: how often each row counts; empty: once.
Curves curves_of(const Ranking& ranking, std::span<const uint32_t> times) {
  double right = 0, wrong = 0, step_right = 0, step_wrong = 0, precision_sum = 0, pairs = 0;
  for (size_t i = 0; i < ranking.row.size(); ++i) {
    const double weight = times.empty() ? 1 : times[ranking.row[i]];
    (ranking.truth[i] != 0 ? step_right : step_wrong) += weight;
    if (!ranking.last_of_equal[i]) continue;
    pairs += step_wrong * (right + step_right / 2);
    right += step_right;
    wrong += step_wrong;
    if (step_right > 0) precision_sum += step_right * right / (right + wrong);
    step_right = step_wrong = 0;
  }
  Curves curves;
  if (right > 0) curves.average_precision = precision_sum / right;
  if (right > 0 && wrong > 0) curves.roc_auc = pairs / (right * wrong);
  return curves;
}

double mean_where_defined(const std::vector<double>& values) {
  double sum = 0, count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / count : kUndefined;
}

struct Counts {
  double right = 0, false_alarms = 0, missed = 0;
  void add(bool truth, bool decided, double weight) {
    if (truth && decided) right += weight;
    if (!truth && decided) false_alarms += weight;
    if (truth && !decided) missed += weight;
  }
  double f1() const { return share(2 * right, 2 * right + false_alarms + missed); }
};

struct ClassColumn {  // of one class, a value a row
  std::vector<uint8_t> truth;
  std::vector<double> scores;
};

ClassColumn column_of(const ScoredLabels& scored, size_t c) {
  ClassColumn column;
  for (size_t i = 0; i < scored.rows; ++i) {
    column.truth.push_back(scored.truth[i * scored.classes + c]);
    column.scores.push_back(scored.scores[i * scored.classes + c]);
  }
  return column;
}

// Made once, then asked for the whole and for every resample.
class Judge {
 public:
  Judge(const ScoredLabels& scored, std::span<const uint8_t> decided) : scored_(scored), decided_(decided) {
    for (size_t c = 0; c < scored.classes; ++c) {
      const ClassColumn column = column_of(scored, c);
      of_class_.push_back(ranking_of(column.truth, column.scores, 1));
    }
    of_all_ = ranking_of(scored.truth, scored.scores, scored.classes);
  }

  LabelFigures figures(std::span<const uint32_t> times) const {
    LabelFigures f;
    std::vector<Counts> counts(scored_.classes);
    double rows = 0;
    for (size_t i = 0; i < scored_.rows; ++i) {
      const double weight = times.empty() ? 1 : times[i];
      if (weight == 0) continue;
      Counts own;
      for (size_t c = 0; c < scored_.classes; ++c) {
        const size_t at = i * scored_.classes + c;
        counts[c].add(scored_.truth[at] != 0, decided_[at] != 0, weight);
        own.add(scored_.truth[at] != 0, decided_[at] != 0, 1);
      }
      rows += weight;
      f.f1_samples += weight * own.f1();
      f.accuracy += own.false_alarms + own.missed == 0 ? weight : 0;
    }
    f.f1_samples = share(f.f1_samples, rows);
    f.accuracy = share(f.accuracy, rows);
    set_f1(f, counts);
    for (const auto& ranking : of_class_) {
      const Curves curves = curves_of(ranking, times);
      f.average_precision.push_back(curves.average_precision);
      f.roc_auc.push_back(curves.roc_auc);
    }
    f.map = mean_where_defined(f.average_precision);
    f.auc = mean_where_defined(f.roc_auc);
    f.map_micro = curves_of(of_all_, times).average_precision;
    return f;
  }

  std::vector<LabelCounts> counts() const {
    std::vector<LabelCounts> all(scored_.classes);
    for (size_t at = 0; at < scored_.truth.size(); ++at) {
      LabelCounts& one = all[at % scored_.classes];
      const bool truth = scored_.truth[at] != 0, decided = decided_[at] != 0;
      one.right += truth && decided ? 1 : 0;
      one.false_alarms += !truth && decided ? 1 : 0;
      one.missed += truth && !decided ? 1 : 0;
    }
    return all;
  }

 private:
  static void set_f1(LabelFigures& f, const std::vector<Counts>& counts) {
    Counts together;
    std::vector<double> present;
    for (const Counts& one : counts) {
      f.precision.push_back(share(one.right, one.right + one.false_alarms));
      f.recall.push_back(share(one.right, one.right + one.missed));
      f.f1.push_back(one.f1());
      if (one.right + one.missed > 0) present.push_back(one.f1());
      together.right += one.right;
      together.false_alarms += one.false_alarms;
      together.missed += one.missed;
    }
    f.f1_micro = together.f1();
    f.f1_macro = mean_where_defined(f.f1);
    f.f1_present = present.empty() ? 0 : mean_where_defined(present);
  }

  const ScoredLabels& scored_;
  std::span<const uint8_t> decided_;
  std::vector<Ranking> of_class_;
  Ranking of_all_;
};

std::vector<double*> members(LabelFigures& f) {
  std::vector<double*> all{&f.f1_micro, &f.f1_macro, &f.f1_present, &f.f1_samples,
                           &f.accuracy, &f.map,      &f.map_micro,  &f.auc};
  for (auto* list : {&f.precision, &f.recall, &f.f1, &f.average_precision, &f.roc_auc})
    for (double& value : *list) all.push_back(&value);
  return all;
}

// How often each row is drawn in a resample of as many rows.
std::vector<uint32_t> resample(size_t rows, uint64_t seed, uint64_t number) {
  std::vector<uint32_t> times(rows);
  Random random({.seed = seed, .index = number}, 0);
  for (size_t i = 0; i < rows; ++i) ++times[random.below(static_cast<uint32_t>(rows))];
  return times;
}

// The 2.5th and 97.5th percentile of each figure; a resample where it is undefined doesn't count.
void set_intervals(JudgedLabels& judged, std::vector<LabelFigures>& resampled) {
  judged.low = judged.high = judged.value;
  const auto low = members(judged.low), high = members(judged.high);
  for (size_t m = 0; m < low.size(); ++m) {
    std::vector<double> values;
    for (auto& one : resampled)
      if (const double value = *members(one)[m]; !std::isnan(value)) values.push_back(value);
    if (values.empty() || std::isnan(*low[m])) continue;
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    *low[m] = values[static_cast<size_t>(std::floor(0.025 * last))];
    *high[m] = values[static_cast<size_t>(std::ceil(0.975 * last))];
  }
}

}  // namespace

std::vector<uint8_t> decide(const ScoredLabels& scored, std::span<const double> thresholds) {
  std::vector<uint8_t> decided(scored.scores.size());
  for (size_t at = 0; at < decided.size(); ++at)
    decided[at] = scored.scores[at] >= thresholds[at % scored.classes] ? 1 : 0;
  return decided;
}

JudgedLabels judge_labels(const ScoredLabels& scored, std::span<const uint8_t> decided, uint64_t seed) {
  const Judge judge(scored, decided);
  JudgedLabels judged{judge.figures({}), {}, {}, judge.counts()};
  const size_t values = std::max<size_t>(1, scored.rows * scored.classes);
  std::vector<LabelFigures> resampled(std::clamp<size_t>(200'000'000 / values, 200, 1000));
  const uint64_t key = derive_seed(seed, "bootstrap");
  parallel_for(resampled.size(), cores(),
               [&](size_t i) { resampled[i] = judge.figures(resample(scored.rows, key, i)); });
  set_intervals(judged, resampled);
  return judged;
}

double average_precision(std::span<const uint8_t> truth, std::span<const double> scores) {
  return curves_of(ranking_of(truth, scores, 1), {}).average_precision;
}

double roc_auc(std::span<const uint8_t> truth, std::span<const double> scores) {
  return curves_of(ranking_of(truth, scores, 1), {}).roc_auc;
}

double best_f1_threshold(std::span<const uint8_t> truth, std::span<const double> scores) {
  const auto order = by_falling_score(scores);
  const auto positives = static_cast<double>(std::count(truth.begin(), truth.end(), uint8_t{1}));
  double best = 0, threshold = 0.5, right = 0;
  if (positives == 0) return threshold;
  for (size_t i = 0; i < order.size(); ++i) {
    right += truth[order[i]] != 0 ? 1 : 0;
    const double score = scores[order[i]];
    const double next = i + 1 < order.size() ? scores[order[i + 1]] : std::min(score, 0.0);
    if (i + 1 < order.size() && next == score) continue;
    const double f1 = 2 * right / (static_cast<double>(i + 1) + positives);
    // Any value in (next, score] decides alike: the one nearest to 0.5 of its middle part.
    const double here = next < 0.5 && 0.5 <= score ? 0.5 : next + (score - next) / 2;
    const bool nearer = f1 == best && std::abs(here - 0.5) < std::abs(threshold - 0.5);
    if (f1 > best || nearer) threshold = here;
    best = std::max(best, f1);
  }
  return threshold;
}

std::vector<double> best_f1_thresholds(const ScoredLabels& scored) {
  std::vector<double> thresholds;
  for (size_t c = 0; c < scored.classes; ++c) {
    const ClassColumn column = column_of(scored, c);
    thresholds.push_back(best_f1_threshold(column.truth, column.scores));
  }
  return thresholds;
}

std::vector<int32_t> rarest_classes(std::span<const uint8_t> truth, size_t rows, size_t classes) {
  std::vector<size_t> count(classes);
  for (size_t at = 0; at < truth.size(); ++at) count[at % classes] += truth[at];
  std::vector<int32_t> rarest(rows, -1);
  for (size_t i = 0; i < rows; ++i)
    for (size_t c = 0; c < classes; ++c) {
      int32_t& known = rarest[i];
      if (truth[i * classes + c] != 0 && (known < 0 || count[c] < count[static_cast<size_t>(known)]))
        known = static_cast<int32_t>(c);
    }
  return rarest;
}

}  // namespace simclr
