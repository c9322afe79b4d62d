#include "study/run_score.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "base/fields.hpp"
#include "base/spec.hpp"
#include "eval/protocol.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> evaluate_command(const JudgingTerms& terms, const RunToScore& run) {
  check_evaluators({terms.score});
  const LabelSet& labels = terms.label_sets.at(run.label_set);
  std::vector<std::string> words{"evaluate",
                                 run.folder,
                                 "--train",
                                 labels.train,
                                 "--with",
                                 terms.score,
                                 "--classes",
                                 terms.classes,
                                 "--labels-per-class",
                                 terms.labels_per_class,
                                 "--baselines",
                                 terms.baselines,
                                 "--device",
                                 terms.device,
                                 "--seed",
                                 std::to_string(run.seed),
                                 "--json"};
  if (terms.test_fraction > 0)
    words.insert(words.end(), {"--test-fraction", shortest(terms.test_fraction)});
  else
    words.insert(words.end(), {"--test", labels.test});
  if (!labels.label_map.empty()) words.insert(words.end(), {"--label-map", labels.label_map});
  return words;
}

double evaluated(const Json& printed, const JudgingTerms& terms) {
  return printed.at("evaluations").at(parse_spec(terms.score, "score").name).at(terms.measure).get<double>();
}

double evaluated_baseline(const Json& printed, const JudgingTerms& terms, const std::string& name) {
  const auto& all = printed.at("baselines");
  if (!all.contains(name)) return std::numeric_limits<double>::quiet_NaN();
  return all.at(name).at(parse_spec(terms.score, "score").name).at(terms.measure).get<double>();
}

struct FinetuneTerms {
  double fraction = 1, validation = 0.2;
  std::optional<int64_t> steps;
  bool balanced = false;
  std::string unfreeze = "all", from = "h";
};

Fields fields(FinetuneTerms& t) {
  return {field("fraction", t.fraction, "share of the labels used").range(1e-6, 1),
          field("validation", t.validation, "share of them that ends it early").range(0, 0.5),
          field("steps", t.steps, "exactly so many; auto: as finetune").range(1, 1e9),
          field("unfreeze", t.unfreeze, "all, or so many of the last blocks"),
          field("from", t.from, "h, or a hidden layer of the head"),
          field("balanced", t.balanced, "as many pictures of every class")};
}

std::vector<std::string> finetune_command(const JudgingTerms& terms, const RunToScore& run) {
  if (terms.test_fraction > 0 || terms.classes != "all" || terms.labels_per_class != "all")
    throw Error(Exit::setting,
                "--score finetune goes with --test, not with --test-fraction, --classes or "
                "--labels-per-class.",
                "Take a share of the labels: --score \"finetune(fraction=0.03)\"");
  FinetuneTerms own;
  configure(fields(own), parse_spec(terms.score, "score"), "score");
  const LabelSet& labels = terms.label_sets.at(run.label_set);
  const std::string number = terms.label_sets.size() == 1 ? "" : "-" + std::to_string(run.label_set + 1);
  std::vector<std::string> words{"finetune", run.folder, "--train", labels.train, "--test", labels.test};
  words.insert(words.end(), {"--out", run.folder + "-finetuned" + number, "--overwrite", "--label-fraction",
                             shortest(own.fraction), "--val-fraction", shortest(own.validation)});
  words.insert(words.end(),
               {"--unfreeze", own.unfreeze, "--from", own.from, "--seed", std::to_string(run.seed)});
  if (own.balanced) words.emplace_back("--balanced");
  if (!labels.label_map.empty()) words.insert(words.end(), {"--label-map", labels.label_map});
  if (!terms.exclude.empty()) words.insert(words.end(), {"--exclude", terms.exclude});
  if (own.steps) words.insert(words.end(), {"--steps", std::to_string(*own.steps)});
  words.insert(words.end(), {"--device", terms.device, "--json"});
  return words;
}

// F1 at threshold 0.5: of the positive of two classes, else the mean over classes.
double finetuned(const Json& printed, const JudgingTerms&) {
  return printed.at("f1").get<double>();
}

constexpr ScoreKind kScores[] = {
    {"knn", "nearest neighbours", evaluate_command, evaluated, evaluated_baseline},
    {"linear", "logistic regression", evaluate_command, evaluated, evaluated_baseline},
    {"svc", "support vectors", evaluate_command, evaluated, evaluated_baseline},
    {"linear_svc", "linear support vectors", evaluate_command, evaluated, evaluated_baseline},
    {"finetune", "F1 after simclr finetune; arguments: fraction, validation, steps, unfreeze, from, balanced",
     finetune_command, finetuned, nullptr},
};

}  // namespace

std::span<const ScoreKind> score_kinds() {
  return kScores;
}

const ScoreKind& score_kind(const std::string& text) {
  const std::string name = parse_spec(text, "score").name;
  std::vector<std::string> known;
  for (const ScoreKind& one : kScores) {
    if (one.name == name) return one;
    known.emplace_back(one.name);
  }
  throw Error(Exit::setting, "--score: '" + printable(name) + "' is unknown." + suggestion(name, known));
}

}  // namespace simclr
