#include "eval/protocol.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/spec.hpp"
#include "eval/metrics.hpp"

namespace simclr {
namespace {

// One line of the result table.
struct Job {
  Classifier classifier;
  std::vector<double> accuracies = {}, balanced = {};
  double first_c = 0;
};

std::vector<Job> parse_jobs(const std::vector<std::string>& evaluators) {
  std::vector<Job> jobs;
  const auto known = [&](const std::string& text) {
    return std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) { return job.classifier.text == text; });
  };
  for (const auto& text : evaluators)
    for (auto& one : make_classifiers(parse_spec(text, "evaluator")))
      if (!known(one.text)) jobs.push_back({std::move(one)});
  std::vector<std::string> all;
  all.reserve(jobs.size());
  for (const auto& job : jobs) all.push_back(job.classifier.name);
  for (auto& job : jobs)
    if (std::count(all.begin(), all.end(), job.classifier.name) > 1)
      job.classifier.name = job.classifier.text;
  return jobs;
}

// All evaluators on one draw; the neighbours are searched once, for the largest k.
void run_draw(std::vector<Job>& jobs, const Labelled& train, const Labelled& test, size_t classes,
              uint64_t seed) {
  size_t most = 0;
  for (const auto& job : jobs)
    if (train.table.rows >= job.classifier.least_rows) most = std::max(most, job.classifier.k);
  const Neighbours neighbours = most > 0 ? nearest_neighbours(train.table, test.table, most) : Neighbours{};
  const Task task{train, test.table, classes, seed, neighbours};
  for (auto& job : jobs) {
    if (train.table.rows < job.classifier.least_rows) continue;
    const Classified result = job.classifier.classify(task);
    if (job.accuracies.empty()) job.first_c = result.c;
    job.classifier.k = std::min(job.classifier.k, train.table.rows);
    job.accuracies.push_back(accuracy(result.predicted, test.labels));
    job.balanced.push_back(balanced_accuracy(confusion(result.predicted, test.labels, classes), classes));
  }
}

Score summarise(const Job& job, size_t test_rows, int labels_per_class) {
  const Spread over_draws = spread(job.accuracies);
  const Interval interval =
      job.accuracies.size() == 1 ? wilson_interval(over_draws.mean, test_rows) : over_draws.mean_interval;
  Score score{.name = job.classifier.name,
              .accuracy = over_draws.mean,
              .std = over_draws.std,
              .low = std::max(0.0, interval.low),
              .high = std::min(1.0, interval.high),
              .balanced = spread(job.balanced).mean,
              .draws = static_cast<int>(job.accuracies.size()),
              .labels_per_class = labels_per_class};
  score.of_draws = job.accuracies;
  score.balanced_of_draws = job.balanced;
  score.k = static_cast<int>(job.classifier.k);
  score.temperature = job.classifier.temperature;
  score.c = job.first_c;
  return score;
}

void check_tables(const Labelled& train, const Labelled& test, size_t classes) {
  check_table(train.table, "training table");
  check_table(test.table, "test table");
  check_labels(train.labels, train.table.rows, classes, "training table");
  check_labels(test.labels, test.table.rows, classes, "test table");
  if (train.table.width != test.table.width)
    throw Error(Exit::data,
                "the training rows have " + std::to_string(train.table.width) +
                    " values each, the test rows " + std::to_string(test.table.width) + ".",
                "Embed both with the same encoder and layer.");
}

// One a class that has rows; each further label goes to the class with the largest quotient rows / (2 taken +
// 1) (Sainte-Lague), so that nothing is taken back when there are more labels.
std::vector<size_t> shares_of(const std::vector<std::vector<uint32_t>>& rows, size_t labels) {
  std::vector<size_t> taken;
  for (const auto& one : rows) taken.push_back(one.empty() ? 0 : 1);
  size_t left = labels - static_cast<size_t>(std::count(taken.begin(), taken.end(), size_t{1}));
  const auto quotient = [&](size_t c) {
    return static_cast<double>(rows[c].size()) / static_cast<double>(2 * taken[c] + 1);
  };
  for (; left > 0; --left) {  // ties to the lower class
    size_t next = rows.size();
    for (size_t c = 0; c < rows.size(); ++c)
      if (taken[c] < rows[c].size() && (next == rows.size() || quotient(c) > quotient(next))) next = c;
    ++taken[next];
  }
  return taken;
}

}  // namespace

void check_evaluators(const std::vector<std::string>& evaluators) {
  parse_jobs(evaluators);
}

std::vector<uint32_t> draw_labelled_rows(Labels labels, size_t classes, int labels_per_class, uint64_t seed,
                                         uint32_t draw) {
  std::vector<uint32_t> picked;
  const auto rows = rows_by_class(labels, classes);
  const uint64_t key = derive_seed(seed, "label draw");
  const auto wanted = static_cast<size_t>(labels_per_class);
  for (size_t c = 0; c < classes; ++c) {
    if (rows[c].size() < wanted)
      throw Error(
          Exit::data,
          "class " + std::to_string(c) + " has " + std::to_string(rows[c].size()) +
              " labelled rows, fewer than the " + std::to_string(wanted) + " labels per class asked for.",
          "Ask for fewer with --labels-per-class (0 takes all), or label more pictures of that class.");
    if (wanted == 0) {
      picked.insert(picked.end(), rows[c].begin(), rows[c].end());
      continue;
    }
    const Permutation order(rows[c].size(), derive_seed(key, std::to_string(c)), draw);
    for (size_t i = 0; i < wanted; ++i) picked.push_back(rows[c][order[i]]);
  }
  std::sort(picked.begin(), picked.end());
  return picked;
}

std::vector<uint32_t> draw_stratified_rows(Labels of, size_t classes, size_t labels, uint64_t seed,
                                           uint32_t draw) {
  const auto rows = rows_by_class(of, classes);
  const auto present = static_cast<size_t>(
      std::count_if(rows.begin(), rows.end(), [](const auto& one) { return !one.empty(); }));
  if (labels < present)
    throw Error(
        Exit::data,
        std::to_string(labels) + " labels are fewer than the " + std::to_string(present) + " classes.",
        "Ask for at least one label a class.");
  if (labels > of.size())
    throw Error(Exit::data, std::to_string(labels) + " labels are more than the " +
                                std::to_string(of.size()) + " labelled pictures there are.");
  std::vector<size_t> taken = shares_of(rows, labels);
  std::vector<uint32_t> picked;
  const uint64_t key = derive_seed(seed, "label draw");
  for (size_t c = 0; c < classes; ++c) {
    const Permutation order(rows[c].size(), derive_seed(key, std::to_string(c)), draw);
    for (size_t i = 0; i < taken[c]; ++i) picked.push_back(rows[c][order[i]]);
  }
  std::sort(picked.begin(), picked.end());
  return picked;
}

std::vector<Score> evaluate_draws(const Labelled& train, const Labelled& test, size_t classes,
                                  const std::vector<std::string>& evaluators,
                                  const std::vector<std::vector<uint32_t>>& draws, uint64_t seed) {
  std::vector<Job> jobs = parse_jobs(evaluators);
  check_tables(train, test, classes);
  for (const auto& rows : draws) {
    const std::vector<float> values = gather_rows(train.table, rows);
    const std::vector<int32_t> labels = gather_labels(train.labels, rows);
    run_draw(jobs, {{values, rows.size(), train.table.width}, labels}, test, classes, seed);
  }
  std::vector<Score> scores;
  for (const auto& job : jobs)
    if (!job.accuracies.empty()) scores.push_back(summarise(job, test.table.rows, 0));
  return scores;
}

std::vector<Score> evaluate_table(const Labelled& train, const Labelled& test, size_t classes,
                                  const std::vector<std::string>& evaluators, int labels_per_class, int draws,
                                  uint64_t seed) {
  if (labels_per_class < 0)
    throw Error(Exit::setting, "labels per class is " + std::to_string(labels_per_class) + ", below 0.",
                "0 takes all labels.");
  if (draws < 1) throw Error(Exit::setting, "draws is " + std::to_string(draws) + ", below 1.");
  check_evaluators(evaluators);
  std::vector<std::vector<uint32_t>> rows;
  check_tables(train, test, classes);
  for (int draw = 0; draw < (labels_per_class == 0 ? 1 : draws); ++draw)
    rows.push_back(
        draw_labelled_rows(train.labels, classes, labels_per_class, seed, static_cast<uint32_t>(draw)));
  std::vector<Score> scores = evaluate_draws(train, test, classes, evaluators, rows, seed);
  for (Score& score : scores) score.labels_per_class = labels_per_class;
  return scores;
}

}  // namespace simclr
