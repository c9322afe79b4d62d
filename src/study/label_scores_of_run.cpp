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
  const bool sets = plan.loss == "sigmoid";
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

}  // namespace

nlohmann::ordered_json score_classifier(const RunFolder& run, const PretrainSettings& settings,
                                        const Prepared& prepared) {
  const Plan& plan = prepared.plan;
  const auto source = open_source(settings.test_data, open_options(settings));
  std::vector<uint32_t> records = every_record(*source);
  const TrainedClasses classes{plan.outputs, {}, plan.loss == "sigmoid"};
  const auto numbers = keep_of_classes(*source, records, classes);
  Pictures test(source, std::move(records), planned_form(settings, plan), false);
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
  if (prepared.validation)
    scoring.tuned = tuned_thresholds(
        predict_labels(model, plan, *prepared.validation, prepared.validation_classes, options), scoring);
  auto scores = label_scores(predict_labels(model, plan, test, numbers, options), scoring);
  scores["test"] = printable(settings.test_data);
  scores["in_train"] = count_in_both(*prepared.pictures, test);
  scores["labels"] = prepared.pictures->size();
  scores["validation_labels"] = prepared.validation ? prepared.validation->size() : 0;
  scores["label_fraction"] = settings.label_fraction;
  scores["from_scratch"] = settings.from_scratch;
  scores["unfreeze"] = settings.unfreeze;
  return scores;
}

}  // namespace simclr
