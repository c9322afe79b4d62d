// The evaluation as a table for people.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/contestant_name.hpp"
#include "study/comparison.hpp"

namespace simclr {
namespace {

std::string cell(const Score& score, bool best) {
  char text[48];
  if (score.draws > 1) {
    std::snprintf(text, sizeof text, "%.1f ± %.1f%s", 100 * score.accuracy, 100 * score.std,
                  best ? "*" : " ");
  } else {
    std::snprintf(text, sizeof text, "%.1f%s (%.0f–%.0f)", 100 * score.accuracy, best ? "*" : " ",
                  100 * score.low, 100 * score.high);
  }
  return text;
}

// Pads to `width` columns; a ± is one column and two bytes.
std::string right(const std::string& text, size_t width) {
  size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return std::string(width > columns ? width - columns : 0, ' ') + text;
}

// "knn (k = 20)"
std::string title_of(const std::vector<Competitor>& all, const std::string& evaluator) {
  int k = 0;
  for (const auto& budget : all[0].scores)
    for (const auto& score : budget)
      if (score.name == evaluator) k = std::max(k, score.k);
  return evaluator + (k > 0 ? " (k = " + std::to_string(k) + ")" : "");
}

const Score* find_score(const std::vector<Score>& scores, const std::string& name) {
  for (const auto& score : scores)
    if (score.name == name) return &score;
  return nullptr;
}

// A line a competitor with the last budget's balanced accuracies; "" where classes are as good as equal in
// size.
std::string balanced_text(const Comparison& result, int labels_per_class) {
  constexpr double kWorthSaying = 0.005;
  bool differs = false;
  std::string out = "balanced accuracy (each class counts alike), " +
                    (labels_per_class == 0 ? "all labels" : std::to_string(labels_per_class) + " a class") +
                    ":\n";
  for (const auto& competitor : result.competitors) {
    std::string line;
    for (const auto& score : competitor.scores.back()) {
      char text[64];
      std::snprintf(text, sizeof text, "%s%s %.1f", line.empty() ? "" : ", ", score.name.c_str(),
                    100 * score.balanced);
      line += text;
      differs = differs || std::abs(score.balanced - score.accuracy) > kWorthSaying;
    }
    const std::string name = contestant_name(competitor.name);
    out += "  " + name + std::string(20 - std::min<size_t>(20, name.size()), ' ') + line + "\n";
  }
  return differs ? out : "";
}

}  // namespace

std::string to_text(const Comparison& result, const ComparisonRequest& request) {
  const auto& all = result.competitors;
  if (request.evaluators.empty()) return "";
  std::vector<std::string> evaluators;
  for (const auto& budget : all[0].scores)
    for (const auto& score : budget)
      if (std::find(evaluators.begin(), evaluators.end(), score.name) == evaluators.end())
        evaluators.push_back(score.name);
  std::string out;
  constexpr size_t kCell = 15;
  size_t wide = 20;
  for (const auto& evaluator : evaluators) wide = std::max(wide, title_of(all, evaluator).size() + 1);
  for (const auto& evaluator : evaluators) {
    const std::string title = title_of(all, evaluator);
    out += title + std::string(wide - title.size(), ' ');
    for (const int budget : request.labels_per_class)
      out += right(budget == 0 ? "all labels " : std::to_string(budget) + " a class ", kCell);
    out += "\n";
    std::vector<double> best(request.labels_per_class.size(), 0);
    for (const auto& competitor : all)
      for (size_t b = 0; b < best.size(); ++b)
        if (const Score* score = find_score(competitor.scores[b], evaluator))
          best[b] = std::max(best[b], score->accuracy);
    for (const auto& competitor : all) {
      out += "  " + contestant_name(competitor.name) +
             std::string(wide - 2 - contestant_name(competitor.name).size(), ' ');
      for (size_t b = 0; b < best.size(); ++b) {
        const Score* score = find_score(competitor.scores[b], evaluator);
        out += right(score == nullptr ? "- " : cell(*score, all.size() > 1 && score->accuracy == best[b]),
                     kCell);
      }
      out += "\n";
    }
  }
  const auto& budgets = request.labels_per_class;
  out += balanced_text(result, budgets.back());
  out += "accuracy in % on " + std::to_string(result.test_pictures) + " test pictures";
  if (std::any_of(budgets.begin(), budgets.end(), [](int n) { return n > 0; }))
    out += ", mean ± standard deviation over " + std::to_string(request.draws) + " draws of the labels";
  if (std::count(budgets.begin(), budgets.end(), 0) > 0) out += ", (95 % interval) with all labels";
  return out + (all.size() > 1 ? "; * best of its column\n" : "\n");
}

}  // namespace simclr
