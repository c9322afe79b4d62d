#pragma once
// How well classes are predicted where F1 counts: of two classes, of several, or of pictures with several
// each. The same figures for a fine-tuned run and for a probe on frozen features.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/label_metrics.hpp"
#include "train/prepare.hpp"

namespace simclr {

enum class LabelTask {
  binary,       // two classes, one a picture; F1 is that of the positive one
  multi_class,  // one of several; the most probable is predicted; F1 is the mean over classes (macro)
  multi_label   // any number of them; each is predicted by its threshold; F1 is the mean over classes (macro)
};

struct PredictedLabels {
  std::vector<uint8_t> truth;  // [rows, classes]
  std::vector<double> scores;  // probabilities
  size_t rows = 0, classes = 0;
  ScoredLabels view() const { return {truth, scores, rows, classes}; }
};

struct LabelScoring {
  LabelTask task = LabelTask::binary;
  std::vector<std::string> classes;
  size_t positive = 1;  // of two
  // For decisions beside those at 0.5, one a class (of two: for the positive): the F1 is then highest on
  // pictures that are not tested on. Empty: none, and of several classes one a picture never.
  std::vector<double> tuned;
  uint64_t seed = 0;  // of the intervals
};

// Thresholds for `scoring.tuned` from validation pictures; empty for multi_class.
std::vector<double> tuned_thresholds(const PredictedLabels& validation, const LabelScoring& scoring);

// One object: task, f1, f1_tuned, f1_macro, f1_macro_present (over classes that have pictures), f1_micro,
// f1_samples, auc, map, map_micro, accuracy, threshold, intervals (95 %, bootstrap; of accuracy Wilson's),
// pictures, classes (of each: positives, tp, fp, fn, tn, precision, recall, f1, ap and auc, the five with
// _low and _high, f1_tuned, threshold). What isn't defined is null.
nlohmann::ordered_json label_scores(const PredictedLabels& test, const LabelScoring& scoring);

std::string label_scores_text(const nlohmann::ordered_json& scores);  // a table for people

// A fine-tuned run on --test-data, with thresholds tuned on its validation pictures: label_scores() and
// {"test", "in_train", "labels" used for training, "validation_labels", "label_fraction", ...}.
nlohmann::ordered_json score_classifier(const RunFolder& run, const PretrainSettings& settings,
                                        const Prepared& prepared);

}  // namespace simclr
