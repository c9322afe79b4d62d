#include "study/run_score.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/fields.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> evaluate_command(const JudgingTerms& terms, const std::string& run,
                                          const LabelSet& labels) {
  std::vector<std::string> words{"evaluate",
                                 run,
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
                                 std::to_string(terms.seed),
                                 "--json"};
  if (terms.test_fraction > 0)
    words.insert(words.end(), {"--test-fraction", shortest(terms.test_fraction)});
  else
    words.insert(words.end(), {"--test", labels.test});
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

constexpr ScoreKind kScores[] = {
    {"knn", "nearest neighbours", evaluate_command, evaluated, evaluated_baseline},
    {"linear", "logistic regression", evaluate_command, evaluated, evaluated_baseline},
    {"svc", "support vectors", evaluate_command, evaluated, evaluated_baseline},
    {"linear_svc", "linear support vectors", evaluate_command, evaluated, evaluated_baseline},
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
