#pragma once
// Accuracy against the number of labels: embeddings of several runs, and their baselines, judged on the same
// pictures with the same draws of labels. The study's folder keeps every point as it is measured, so that a
// study that was stopped, or asked for more, goes on.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/paired.hpp"
#include "study/contestant.hpp"

namespace simclr {

struct StudyEntry {  // written NAME=RUN,RUN: one method, several seeds
  std::string name;
  std::vector<std::string> runs;  // folders, or files of embeddings made elsewhere (study/embedding_file)
};
StudyEntry parse_study_entry(const std::string& text);  // without NAME=, the folder's or file's name

struct LabelStudyRequest {
  std::vector<StudyEntry> entries;
  SidesRequest sides;
  std::vector<std::string> evaluators, baselines;
  std::vector<size_t>
      labels;  // in all classes together; empty: 30..90, 100..900, 1000..3000, as far as they go
  int draws = 10;
  EmbedOptions embedding;
  std::filesystem::path out;
};

struct LabelPoint {                  // one run, evaluator and number of labels
  std::string name, run, evaluator;  // run: or the file of embeddings
  size_t labels = 0;
  std::vector<double> accuracies, balanced;  // of each draw
};

struct LabelStudy {
  std::vector<std::string> names, evaluators;  // methods in the order asked for, then baselines
  std::vector<size_t> labels;
  std::vector<LabelPoint> points;
  std::vector<std::string> classes;
  size_t pool = 0, test_pictures = 0;
  std::string caveat;  // of the test pictures
  nlohmann::ordered_json
      terms;  // what all points depend on: sources, draws, a hash of the pictures and classes
};

// One point of a curve: with two runs or more the mean and 95 % interval (Student's t) of the runs' means,
// with one run those of its draws.
struct CurveValue {
  double accuracy = 0, low = 0, high = 0, balanced = 0, balanced_low = 0, balanced_high = 0;
  size_t runs = 0, draws = 0;
};

// Draws are stratified (draw_stratified_rows). Baselines "random" (once a run of the first entry) and
// "pixels" take a run's network and size: without a run they are left out. Files are judged on the pictures
// of the first run. Error(Exit::data) for fewer labels than classes or more than the pool,
// Error(Exit::setting) when the runs' classes differ, Error(Exit::usage) when `out` holds a study of other
// pictures or draws.
LabelStudy study_labels(const LabelStudyRequest& request);

CurveValue curve_value(const LabelStudy& study, const std::string& name, const std::string& evaluator,
                       size_t labels);  // runs 0: no such point

// The first method less another, paired by the draws of the labels (each the mean over a method's runs): what
// differs between these encoders on these test pictures, whichever pictures are labelled. What other seeds
// would give is in the intervals of the curves.
struct LabelDifference {
  std::string evaluator, other;
  size_t labels = 0;
  PairedTest test;
  double p_holm = 1;  // over all differences of the evaluator
};
std::vector<LabelDifference> differences(const LabelStudy& study);

// labels.json and labels.csv in the study's folder.
void write_label_study(const nlohmann::ordered_json& json, const std::filesystem::path& folder);
nlohmann::ordered_json to_json(const LabelStudy& study);
std::string to_text(
    const LabelStudy& study);  // a table an evaluator: a row a number of labels, a column a name

}  // namespace simclr
