#include "eval/protocol.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "base/fields.hpp"
#include "base/random.hpp"
#include "base/spec.hpp"
#include "eval/knn.hpp"
#include "eval/linear.hpp"
#include "eval/metrics.hpp"
#include "eval/svc.hpp"

namespace simclr {
namespace {

struct KnnSettings {
  std::optional<int64_t> k;  // auto: 20, and 200 beside it
  double temperature = 0.1;
};

Fields fields(KnnSettings& s) {
  return {
      field("k", s.k, "neighbours that vote; auto: 20, and 200 beside it where as many rows are labelled")
          .range(1, 65536),
      field("temperature", s.temperature, "of the votes exp(similarity / temperature)").range(0.001, 100)};
}

struct SvcSettings {
  double c = 1;
  std::optional<double> gamma;  // auto: scikit-learn's "scale"
};

Fields fields(SvcSettings& s) {
  return {field("c", s.c, "inverse strength of the penalty").range(1e-9, 1e9),
          field("gamma", s.gamma, "of the kernel exp(-gamma |x - y|^2); auto: 1 / (width * variance)")
              .range(1e-9, 1e9)};
}

struct LinearSvcSettings {
  double c = 1;
};

Fields fields(LinearSvcSettings& s) {
  return {field("c", s.c, "inverse strength of the penalty").range(1e-9, 1e9)};
}

struct LinearSettings {
  std::optional<double> c;  // auto: chosen on a validation split
};

Fields fields(LinearSettings& s) {
  return {field("c", s.c, "inverse strength of the L2 penalty; auto: chosen on a validation split")
              .range(1e-9, 1e9)};
}

// What an evaluator predicts from.
struct LabelDraw {
  const Labelled &train, &test;
  size_t classes;
  uint64_t seed;
  const Neighbours& neighbours;  // of the test rows, the most that any job needs
};

// One line of the result table, and what it needs to be computed.
struct Job {
  std::string name = {};  // "knn", "knn200", "linear"
  std::string text = {};  // canonical, so that the same thing asked for twice is done once
  std::function<std::vector<int32_t>(const LabelDraw&, Job&)> predict = {};
  size_t k = 0, least_rows = 0;  // neighbours, 0: none needed
  double temperature = 0;
  std::vector<double> accuracies = {}, balanced = {};
  double first_c = 0;
};

std::vector<int32_t> predict_by_neighbours(const LabelDraw& draw, Job& job) {
  job.k = std::min(job.k, draw.train.table.rows);
  return knn_predict(closest(draw.neighbours, job.k), draw.train.labels, draw.classes, job.temperature);
}

std::vector<Job> knn_jobs(const Spec& spec) {
  KnnSettings settings, usual;
  configure(fields(settings), spec, "evaluator");
  Job job{.name = "knn", .predict = predict_by_neighbours, .temperature = settings.temperature};
  job.text = canonical("knn", fields(settings), fields(usual));
  job.k = static_cast<size_t>(settings.k.value_or(20));
  if (settings.k) return {job};
  Job wide = job;
  wide.name = "knn200";
  wide.text = canonical("knn200", fields(settings), fields(usual));
  wide.k = wide.least_rows = 200;
  return {job, wide};
}

// A job of these settings under its own name.
template <class Settings, class Predict>
std::vector<Job> one_job(const Spec& spec, const Predict& predict) {
  Settings settings, usual;
  configure(fields(settings), spec, "evaluator");
  Job job{.name = spec.name, .text = canonical(spec.name, fields(settings), fields(usual))};
  job.predict = [settings, predict](const LabelDraw& draw, Job& of) { return predict(settings, draw, of); };
  return {job};
}

std::vector<Job> linear_jobs(const Spec& spec) {
  return one_job<LinearSettings>(spec, [](const LinearSettings& s, const LabelDraw& draw, Job& job) {
    const auto& [table, labels] = draw.train;
    const LinearModel model = s.c ? fit_linear(table, labels, draw.classes, *s.c)
                                  : fit_linear_best_c(table, labels, draw.classes, draw.seed);
    if (job.accuracies.empty()) job.first_c = model.c;
    return predict(model, draw.test.table);
  });
}

std::vector<Job> svc_jobs(const Spec& spec) {
  return one_job<SvcSettings>(spec, [](const SvcSettings& s, const LabelDraw& draw, Job& job) {
    job.first_c = s.c;
    return svc_predict(draw.train.table, draw.train.labels, draw.test.table, s.c, s.gamma.value_or(0));
  });
}

std::vector<Job> linear_svc_jobs(const Spec& spec) {
  return one_job<LinearSvcSettings>(spec, [](const LinearSvcSettings& s, const LabelDraw& draw, Job& job) {
    job.first_c = s.c;
    return linear_svc_predict(draw.train.table, draw.train.labels, draw.test.table, s.c);
  });
}

struct Evaluator {
  const char* name;
  std::vector<Job> (*jobs)(const Spec& spec);
};

constexpr Evaluator known_evaluators[] = {
    {"knn", knn_jobs}, {"linear", linear_jobs}, {"svc", svc_jobs}, {"linear_svc", linear_svc_jobs}};

std::vector<Job> jobs_of(const Spec& spec) {
  std::vector<std::string> names;
  for (const auto& one : known_evaluators) {
    if (spec.name == one.name) return one.jobs(spec);
    names.emplace_back(one.name);
  }
  throw Error(Exit::setting,
              "unknown evaluator '" + printable(spec.name) + "'." + suggestion(spec.name, names));
}

std::vector<Job> parse_jobs(const std::vector<std::string>& evaluators) {
  std::vector<Job> jobs;
  for (const auto& text : evaluators)
    for (auto& job : jobs_of(parse_spec(text, "evaluator")))
      if (std::none_of(jobs.begin(), jobs.end(), [&](const Job& other) { return other.text == job.text; }))
        jobs.push_back(std::move(job));
  std::vector<std::string> all;
  all.reserve(jobs.size());
  for (const auto& job : jobs) all.push_back(job.name);
  for (auto& job : jobs)
    if (std::count(all.begin(), all.end(), job.name) > 1) job.name = job.text;
  return jobs;
}

void add_figures(Job& job, const std::vector<int32_t>& predicted, Labels truth, size_t classes) {
  job.accuracies.push_back(accuracy(predicted, truth));
  job.balanced.push_back(balanced_accuracy(confusion(predicted, truth, classes), classes));
}

// All evaluators on one draw; the neighbours are searched once, for the largest k.
void run_draw(std::vector<Job>& jobs, const Labelled& train, const Labelled& test, size_t classes,
              uint64_t seed) {
  size_t most = 0;
  for (const auto& job : jobs)
    if (train.table.rows >= job.least_rows) most = std::max(most, job.k);
  const Neighbours neighbours = most > 0 ? nearest_neighbours(train.table, test.table, most) : Neighbours{};
  const LabelDraw draw{train, test, classes, seed, neighbours};
  for (auto& job : jobs)
    if (train.table.rows >= job.least_rows) add_figures(job, job.predict(draw, job), test.labels, classes);
}

Score summarise(const Job& job, size_t test_rows, int labels_per_class) {
  const Spread over_draws = spread(job.accuracies);
  const Interval interval =
      job.accuracies.size() == 1 ? wilson_interval(over_draws.mean, test_rows) : over_draws.mean_interval;
  Score score{.name = job.name,
              .accuracy = over_draws.mean,
              .std = over_draws.std,
              .low = std::max(0.0, interval.low),
              .high = std::min(1.0, interval.high),
              .balanced = spread(job.balanced).mean,
              .draws = static_cast<int>(job.accuracies.size()),
              .labels_per_class = labels_per_class};
  score.k = static_cast<int>(job.k);
  score.temperature = job.temperature;
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

std::vector<Score> evaluate_table(const Labelled& train, const Labelled& test, size_t classes,
                                  const std::vector<std::string>& evaluators, int labels_per_class, int draws,
                                  uint64_t seed) {
  if (labels_per_class < 0)
    throw Error(Exit::setting, "labels per class is " + std::to_string(labels_per_class) + ", below 0.",
                "0 takes all labels.");
  if (draws < 1) throw Error(Exit::setting, "draws is " + std::to_string(draws) + ", below 1.");
  std::vector<Job> jobs = parse_jobs(evaluators);
  check_tables(train, test, classes);
  for (int draw = 0; draw < (labels_per_class == 0 ? 1 : draws); ++draw) {
    if (labels_per_class == 0) {
      run_draw(jobs, train, test, classes, seed);
      continue;
    }
    const auto rows =
        draw_labelled_rows(train.labels, classes, labels_per_class, seed, static_cast<uint32_t>(draw));
    const std::vector<float> values = gather_rows(train.table, rows);
    const std::vector<int32_t> labels = gather_labels(train.labels, rows);
    run_draw(jobs, {{values, rows.size(), train.table.width}, labels}, test, classes, seed);
  }
  std::vector<Score> scores;
  for (const auto& job : jobs)
    if (!job.accuracies.empty()) scores.push_back(summarise(job, test.table.rows, labels_per_class));
  return scores;
}

}  // namespace simclr
