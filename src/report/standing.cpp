#include "report/standing.hpp"

#include <algorithm>
#include <cmath>

#include "report/html.hpp"

namespace simclr {
namespace {

constexpr size_t last_steps = 50;

double mean_of_last(const std::vector<RunStep>& steps, double RunStep::*value) {
  double sum = 0, count = 0;
  for (size_t i = steps.size() - std::min(steps.size(), last_steps); i < steps.size(); ++i) {
    if (!std::isfinite(steps[i].*value)) continue;
    sum += steps[i].*value;
    ++count;
  }
  return count > 0 ? sum / count : not_there;
}

}  // namespace

Standing standing_of(const RunData& data) {
  if (!data.summary.empty())
    return {text_at(data.summary, "verdict"),
            text_at(data.summary, "verdict_text"),
            "",
            number_at(data.summary, "loss"),
            number_at(data.summary, "chance"),
            number_at(data.summary, "floor"),
            number_at(data.summary, "contrastive_top1")};
  Standing standing{"unfinished",
                    "",
                    "",
                    mean_of_last(data.steps, &RunStep::loss),
                    mean_of_last(data.steps, &RunStep::chance),
                    mean_of_last(data.steps, &RunStep::floor),
                    mean_of_last(data.steps, &RunStep::top1)};
  standing.text = "Training has not come to its end: there is no summary.json yet.";
  if (!data.steps.empty())
    standing.origin = "Means over the last " +
                      grouped(static_cast<int64_t>(std::min(data.steps.size(), last_steps))) +
                      " steps, up to step " + grouped(static_cast<int64_t>(data.steps.back().step)) + ".";
  return standing;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace simclr
