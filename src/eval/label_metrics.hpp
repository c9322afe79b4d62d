#pragma once
// Figures of predicted classes where a row may have several, or none (multi-label), or one of two (binary):
// F1, precision and recall, average precision, area under the ROC curve. As scikit-learn computes them, a
// share of nothing (0 / 0) being 0; curves of a class that has no positive row (or only such rows) are NaN.

#include <cstdint>
#include <span>
#include <vector>

#include "eval/metrics.hpp"

namespace simclr {

// Matrices [rows, classes], row by row. Finite scores, the higher the surer; probabilities where thresholds
// of 0.5 are to mean something.
struct ScoredLabels {
  std::span<const uint8_t> truth;  // 1: the row has the class
  std::span<const double> scores;
  size_t rows = 0, classes = 0;
};

// score >= threshold of its class, [rows, classes]; `thresholds` one a class.
std::vector<uint8_t> decide(const ScoredLabels& scored, std::span<const double> thresholds);

struct LabelFigures {
  double f1_micro = 0;    // of all decisions together
  double f1_macro = 0;    // mean over classes; one without positives and without predictions counts 0
  double f1_present = 0;  // mean over the classes that have a positive row
  double f1_samples = 0;  // mean over rows; one without label and prediction counts 0
  double accuracy = 0;    // share of rows with all classes right
  double map = 0;         // mean average precision over the classes that have positives
  double map_micro = 0;   // average precision of all decisions together
  double auc = 0;         // mean over the classes that have both kinds of rows
  std::vector<double> precision, recall, f1, average_precision, roc_auc;  // of each class
};

struct LabelCounts {
  int64_t right = 0, false_alarms = 0, missed = 0;  // tp, fp, fn
};

struct JudgedLabels {
  LabelFigures value;
  LabelFigures low, high;           // 95 % percentile bootstrap over the rows
  std::vector<LabelCounts> counts;  // of each class
};

// Figures of decisions and scores, with intervals from resampled rows: 1,000 resamples, fewer (at least 200)
// above 200,000 values; a function of `seed`. Cost: rows * classes * (log rows + resamples).
JudgedLabels judge_labels(const ScoredLabels& scored, std::span<const uint8_t> decided, uint64_t seed);

// Of one class: sum of (R_n - R_n-1) P_n down the scores, equal scores being one step. NaN without positives.
double average_precision(std::span<const uint8_t> truth, std::span<const double> scores);
// Share of pairs (positive, negative) in the right order, ties half. NaN without both kinds.
double roc_auc(std::span<const uint8_t> truth, std::span<const double> scores);

// The threshold with the highest F1 on these rows, halfway between two scores; of equal ones the nearest to
// 0.5; 0.5 without positives. Choose it on rows that are not tested on.
double best_f1_threshold(std::span<const uint8_t> truth, std::span<const double> scores);
std::vector<double> best_f1_thresholds(const ScoredLabels& scored);  // of each class

// The rarest of each row's classes (the lowest of equally rare ones), -1 for none: the stratum by which rows
// with several classes are divided so that no rare class is left out, the first step of Sechidis et al. 2011.
std::vector<int32_t> rarest_classes(std::span<const uint8_t> truth, size_t rows, size_t classes);

}  // namespace simclr
