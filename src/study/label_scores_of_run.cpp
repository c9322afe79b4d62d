// A fine-tuned run on its test pictures.

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/statistics.hpp"
#include "study/label_scores.hpp"
#include "train/cache.hpp"
#include "train/checkpoint.hpp"
#include "train/embed.hpp"
#include "train/picture_form.hpp"
#include "train/teacher.hpp"
#include "train/trained_classes.hpp"

namespace simclr {
namespace {

// Scores become probabilities, in place.
void softmax_rows(std::vector<double>& scores, size_t classes) {
  for (size_t i = 0; i < scores.size(); i += classes) {
    double* const row = scores.data() + i;
    const double most = *std::max_element(row, row + classes);
    double sum = 0;
    for (size_t c = 0; c < classes; ++c) sum += row[c] = std::exp(row[c] - most);
    for (size_t c = 0; c < classes; ++c) row[c] /= sum;
  }
}

PredictedLabels predict_labels(const Model& model, const Plan& plan, const Pictures& pictures,
                               const std::vector<int64_t>& numbers, const EmbedOptions& options) {
  const bool sets = scores_label_sets(plan);
  const Features logits = embed(model, plan, pictures, options);
  PredictedLabels all{{}, {logits.values.begin(), logits.values.end()}, logits.rows.size(), logits.width};
  all.truth.resize(all.rows * all.classes);
  for (size_t r = 0; r < all.rows; ++r)
    for (size_t c = 0; c < all.classes; ++c) {
      const size_t i = logits.rows[r];
      const bool has = sets ? numbers[i * all.classes + c] != 0 : numbers[i] == static_cast<int64_t>(c);
      all.truth[r * all.classes + c] = has ? 1 : 0;
    }
  if (sets)
    for (double& score : all.scores) score = 1 / (1 + std::exp(-score));
  else
    softmax_rows(all.scores, all.classes);
  return all;
}

size_t count_in_both(const Pictures& train, const Pictures& test) {
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < train.size(); ++i) seen.insert(train.path(i));
  size_t both = 0;
  for (size_t i = 0; i < test.size(); ++i) both += seen.contains(test.path(i)) ? 1 : 0;
  if (both > 0)
    log_warning(std::to_string(both) +
                " test pictures were learnt from as well: the scores will flatter. Name splits, as in "
                "DIR:train and DIR:test.");
  return both;
}

// Held-out pictures with a label: their places, and their numbers one after the other.
struct LabelledRows {
  std::vector<uint32_t> rows;
  std::vector<int64_t> numbers;
};

LabelledRows labelled_of(size_t pictures, const std::vector<int64_t>& numbers) {
  LabelledRows known;
  const size_t width = pictures == 0 ? 0 : numbers.size() / pictures;
  for (size_t i = 0; i < pictures; ++i) {
    const auto own = numbers.begin() + static_cast<std::ptrdiff_t>(i * width);
    if (width == 0 || *own < 0) continue;
    known.rows.push_back(static_cast<uint32_t>(i));
    known.numbers.insert(known.numbers.end(), own, own + static_cast<std::ptrdiff_t>(width));
  }
  return known;
}

LabelledRows validation_labels(const Prepared& prepared) {
  if (!prepared.validation) return {};
  return labelled_of(prepared.validation->size(), prepared.validation_classes);
}

std::vector<double> thresholds_of(const Model& model, const Plan& plan, const Prepared& prepared,
                                  const EmbedOptions& options, const LabelScoring& scoring) {
  const LabelledRows known = validation_labels(prepared);
  if (known.rows.empty()) return {};
  const Pictures labelled = prepared.validation->subset(known.rows);
  return tuned_thresholds(predict_labels(model, plan, labelled, known.numbers, options), scoring);
}

int64_t parameter_count(const Model& model) {
  int64_t count = 0;
  const Parameters all = model.parameters();
  for (const auto* role : {&all.weights, &all.excluded})
    for (const auto& one : *role) count += one.numel();
  return count;
}

// Pictures whose label the loss saw: of a student only those that have one, and none without --alpha.
size_t labels_learned(const Prepared& prepared) {
  if (!prepared.loss->learns_from_labels()) return 0;
  return labelled_of(prepared.pictures->size(), prepared.classes).rows.size();
}

double share_alike(const PredictedLabels& a, const PredictedLabels& b, bool sets) {
  const auto decided = [&](const PredictedLabels& one, size_t row) {
    const auto begin = one.scores.begin() + static_cast<std::ptrdiff_t>(row * one.classes);
    const auto end = begin + static_cast<std::ptrdiff_t>(one.classes);
    std::vector<bool> classes(one.classes);
    if (!sets) classes[static_cast<size_t>(std::max_element(begin, end) - begin)] = true;
    for (size_t c = 0; sets && c < one.classes; ++c) classes[c] = begin[static_cast<std::ptrdiff_t>(c)] > 0.5;
    return classes;
  };
  size_t alike = 0;
  for (size_t row = 0; row < a.rows; ++row) alike += decided(a, row) == decided(b, row) ? 1 : 0;
  return static_cast<double>(alike) / static_cast<double>(std::max<size_t>(1, a.rows));
}

// The teacher on the same pictures, and how often the student decides as it does.
void add_teacher(nlohmann::ordered_json& scores, const std::string& run, const PredictedLabels& student,
                 const Pictures& test, const std::vector<int64_t>& numbers, const Prepared& prepared,
                 const EmbedOptions& options, LabelScoring scoring) {
  const Teacher& teacher = *prepared.teacher;
  scoring.tuned = thresholds_of(teacher.model(), teacher.plan(), prepared, options, scoring);
  const PredictedLabels predicted = predict_labels(teacher.model(), teacher.plan(), test, numbers, options);
  auto of_teacher = label_scores(predicted, scoring);
  of_teacher.erase("classes");
  of_teacher["run"] = printable(run);
  of_teacher["encoder"] = teacher.plan().encoder;
  of_teacher["parameters"] = parameter_count(teacher.model());
  scores["teacher"] = std::move(of_teacher);
  scores["agreement"] = share_alike(student, predicted, scoring.task == LabelTask::multi_label);
}

}  // namespace

nlohmann::ordered_json score_classifier(const RunFolder& run, const PretrainSettings& settings,
                                        const Prepared& prepared) {
  const Plan& plan = prepared.plan;
  const auto source = open_source(settings.test_data, open_options(settings));
  std::vector<uint32_t> records = every_record(*source);
  const TrainedClasses classes{plan.outputs, {}, scores_label_sets(plan)};
  const auto numbers = keep_of_classes(*source, records, classes);
  Pictures test(source, std::move(records), planned_form(settings, plan), false);
  test.list_bad_with(*prepared.pictures);
  take_cache(test, settings);
  const Model model = load_model(intact_checkpoint(run), plan);
  const EmbedOptions options{.layer = "u", .device = prepared.device, .progress = true};
  LabelScoring scoring;
  scoring.task = classes.sets               ? LabelTask::multi_label
                 : plan.outputs.size() == 2 ? LabelTask::binary
                                            : LabelTask::multi_class;
  scoring.classes = plan.outputs;
  scoring.seed = static_cast<uint64_t>(settings.seed);
  if (scoring.task == LabelTask::binary)
    scoring.positive = positive_class(settings.positive, scoring.classes);
  scoring.tuned = thresholds_of(model, plan, prepared, options, scoring);
  const PredictedLabels predicted = predict_labels(model, plan, test, numbers, options);
  auto scores = label_scores(predicted, scoring);
  scores["test"] = printable(settings.test_data);
  scores["in_train"] = count_in_both(*prepared.pictures, test);
  scores["labels"] = labels_learned(prepared);
  scores["validation_labels"] = validation_labels(prepared).rows.size();
  scores["label_fraction"] = settings.label_fraction;
  scores["from_scratch"] = settings.from_scratch;
  scores["unfreeze"] = settings.unfreeze;
  scores["encoder"] = plan.encoder;
  scores["parameters"] = parameter_count(model);
  if (const std::string caveat = source->caveat(); !caveat.empty()) {
    scores["caveat"] = caveat;
    log_warning(caveat + ".");
  }
  if (!settings.teacher.empty())
    add_teacher(scores, settings.teacher, predicted, test, numbers, prepared, options, scoring);
  return scores;
}

}  // namespace simclr
