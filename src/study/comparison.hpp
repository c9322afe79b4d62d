#pragma once
// How good a run's embeddings are, beside the plain baselines: the same pictures, labels, draws and
// evaluators for the encoder, for the same encoder untrained ("random"), and for raw pixels.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/angles.hpp"
#include "study/embedding_map.hpp"
#include "study/galleries.hpp"
#include "study/label_probe.hpp"

namespace simclr {

struct ComparisonRequest {
  SidesRequest sides;
  std::vector<std::string> evaluators, baselines;
  std::vector<int> labels_per_class;  // 0: all
  int draws = 5;
  EmbedOptions embedding;
  bool angles = false;                      // of the test pictures
  std::optional<MapRequest> map;            // of the encoder's embeddings
  std::optional<GalleryRequest> galleries;  // likewise
  std::optional<ProbeSettings> multilabel;  // a comparison of its own, see probe_labels()
  bool anything() const { return !evaluators.empty() || angles || map || galleries; }  // beside that
};

// Takes what is no classifier (angles, umap, galleries, multilabel, with arguments) out of a list such as
// "knn,linear,umap(neighbours=30)". Error(Exit::setting) for an unknown word or argument.
void set_evaluators(ComparisonRequest& request, const std::string& list);

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
  std::string caveat;  // of the test pictures' source: what their figures must be read with; or ""
  size_t test_pictures = 0, shared = 0;   // shared: test pictures that are among the training pictures
  nlohmann::ordered_json map, galleries;  // for the report; null when not asked for
  std::string map_csv, map_text;
};

// Error(Exit::data) when a class has fewer labels than a budget asks for.
Comparison compare(const RunInputs& inputs, const ComparisonRequest& request);

// One object a label budget: {"evaluations": ..., "baselines": ...}, what they were measured on, and which
// weights (step and SHA-256 of the checkpoint).
nlohmann::ordered_json to_json(const Comparison& result, const ComparisonRequest& request, size_t budget);

// A table for people: a row a competitor, a column an evaluator and budget, percent, mean ± spread.
std::string to_text(const Comparison& result, const ComparisonRequest& request);

std::string budget_name(int labels_per_class);  // "labels-10", "all"

// Of the test pictures by class: matrices of every competitor and the pairs told apart least.
nlohmann::ordered_json angles_json(const Comparison& result, const ComparisonRequest& request);
std::string angles_text(const Comparison& result);

// In the run's eval folder, one a test set, training set and what was asked: "test-1a2b3c-labels-10.json".
std::string file_name(const SidesRequest& request, const std::string& what);

}  // namespace simclr
