#pragma once
// How good a run's embeddings are, beside the plain baselines: the same pictures, labels, draws and
// evaluators for the encoder, for the same encoder untrained ("random"), and for raw pixels.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_inputs.hpp"
#include "eval/angles.hpp"
#include "eval/protocol.hpp"

namespace simclr {

struct EvaluationRequest {
  std::string train, test;
  std::vector<std::string> evaluators, baselines;
  std::vector<int> labels_per_class;  // 0: all
  int draws = 5;
  uint64_t seed = 0;
  std::string precision = "float32";
  c10::Device device = c10::Device(c10::kCPU);
  bool angles = false;          // of the test pictures
  std::string classes = "all";  // or "seen", "unseen": by --hold-out-classes of the run
  double test_fraction = 0;     // not 0: of the pictures of `train`, class by class; then `test` is empty
};

struct Competitor {
  std::string name;                        // "encoder", "random", "pixels"
  std::vector<std::vector<Score>> scores;  // [budget][evaluator]
  std::optional<ClassAngles> angles;
};

struct Comparison {
  std::vector<Competitor> competitors;  // the encoder first
  std::vector<std::string> classes;
  int64_t step = 0;  // of the checkpoint that was judged
  std::string weights_sha256;
  size_t test_pictures = 0, shared = 0;  // shared: test pictures that are among the training pictures
};

Comparison compete(const RunInputs& inputs, const EvaluationRequest& request);

// One object a label budget: {"evaluations": ..., "baselines": ...}, what they were measured on, and which
// weights (step and SHA-256 of the checkpoint).
nlohmann::ordered_json to_json(const Comparison& result, const EvaluationRequest& request, size_t budget);

// A table for people: a row a competitor, a column an evaluator and budget, percent, mean ± spread.
std::string to_text(const Comparison& result, const EvaluationRequest& request);

std::string budget_name(int labels_per_class);  // "labels-10", "all"

// Of the test pictures by class: matrices of every competitor and the pairs told apart least.
nlohmann::ordered_json angles_json(const Comparison& result, const EvaluationRequest& request);
std::string angles_text(const Comparison& result);

// How a competitor is called in front of people: "pretrained encoder".
std::string shown_name(const std::string& competitor);

// What was tested on: a set of its own, or a part of the labelled pictures.
std::string test_name(const EvaluationRequest& request);

// In the run's eval folder, one a test set, training set and what was asked: "test-1a2b3c-labels-10.json".
std::string file_name(const EvaluationRequest& request, const std::string& what);

}  // namespace simclr
