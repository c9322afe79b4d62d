#pragma once
// How the runs of a study are judged: a command of this program, and the figure taken from what it prints.

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

struct LabelSet {
  std::string train, test;  // PATH[:split]
  std::string label_map;    // classes made of their labels; "": as they are
};

struct JudgingTerms {                // the same for every run of a study
  std::vector<LabelSet> label_sets;  // the score of a run is the mean over them
  double test_fraction = 0;          // not 0: of `train`; then `test` is empty
  std::string classes = "all", labels_per_class = "all", score = "knn", measure = "accuracy",
              baselines = "random,pixels", device = "auto",
              exclude;  // lists of pictures
};

struct RunToScore {
  std::string folder;
  uint64_t seed = 0;  // its own: of the draws of labels and test pictures too, the same for every cell
  size_t label_set = 0;
};

struct ScoreKind {
  std::string_view name, help;
  // What follows the program's name to judge `run` on one set of labels, with one JSON object on stdout.
  std::vector<std::string> (*command)(const JudgingTerms& terms, const RunToScore& run);
  double (*score)(const nlohmann::ordered_json& printed, const JudgingTerms& terms);
  // Of a baseline ("random", "pixels"); NaN where the command gives none. Null where it never does: then an
  // untrained encoder is judged by a command of its own.
  double (*baseline)(const nlohmann::ordered_json& printed, const JudgingTerms& terms,
                     const std::string& name);
};

std::span<const ScoreKind> score_kinds();
// By the name before any arguments, as in "knn(k=5)". Error(Exit::setting) with the nearest name.
const ScoreKind& score_kind(const std::string& text);

}  // namespace simclr
