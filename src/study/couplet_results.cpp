// What a couplet study found, for programs and for people.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.hpp"
#include "study/couplets.hpp"

namespace simclr {
namespace {

size_t place_of_none(const CoupletStudy& study) {
  for (size_t i = 0; i < study.couplets.size(); ++i)
    if (study.couplets[i].name == "none") return i;
  return 0;
}

bool is_dropped(const CoupletStudy& study, size_t place) {
  return std::binary_search(study.dropped.begin(), study.dropped.end(), place);
}

const char* columns_name(const StudyRequest& request) {
  return request.seeds > 1 ? "seeds" : "sets of labels";
}

std::string agreement_text(const CoupletStudy& study, const StudyRequest& request) {
  char text[400];
  std::string out;
  if (request.seeds < 2 && std::isfinite(study.agreement.icc)) {
    std::snprintf(text, sizeof text,
                  "two sets of labels score the same runs with a reliability (ICC) of %.2f; what another "
                  "seed would give is "
                  "unknown: give --seeds 2 or more\n",
                  study.agreement.icc);
    out += text;
  } else if (std::isfinite(study.agreement.icc)) {
    const size_t lowest = study.pairs.pairs.size() / 4;
    std::snprintf(
        text, sizeof text,
        "reliability of a pair's mean score over %zu %s (ICC): %.2f; do the pairs differ: F %.2f, p "
        "%.2g\nof the %zu lowest, about %.0f %% are truly among the worst (25 %% by chance)\n",
        study.agreement.columns, columns_name(request), study.agreement.icc, study.agreement.f,
        study.agreement.p, lowest, 100 * expected_overlap(study.agreement.icc, 0.25));
    out += text;
  } else {
    out += "every pair was scored once: how well scores repeat is unknown; give --seeds 2 or more\n";
  }
  if (study.table.two_label_sets) {
    std::snprintf(text, sizeof text, "the first two sets of labels correlate with r %.2f (p %.2g)\n",
                  study.table.label_sets.r, study.table.label_sets.p);
    out += text;
  }
  return out;
}

std::string effects_text(const CoupletStudy& study, const CoupletTerms& terms) {
  if (study.effects.level.empty()) return "";
  char text[120];
  std::string out = "by operation (a pair of its like, by the additive model):";
  for (size_t i = 0; i < terms.operations.size(); ++i) {
    std::snprintf(text, sizeof text, "%s %s %.1f", i == 0 ? "" : ",", printable(terms.operations[i]).c_str(),
                  100 * study.effects.level[i]);
    out += text;
  }
  std::snprintf(text, sizeof text, "; standard error of each %.1f; do they differ: p %.2g\n",
                100 * study.effects.error, study.effects.p);
  return out + text;
}

std::string verdict_text(const CoupletStudy& study, const CoupletTerms& terms) {
  std::string out;
  if (terms.halving) {
    out =
        "the table is of the last rung, whose pairs are kept; reliability and operations are of the first; "
        "both went by the "
        "same seeds and pictures\n";
  } else if (study.dropped.empty()) {
    out = "dropped: none; no pair is among the worst quarter with a probability above 0.9\n";
  } else {
    out = "dropped (" + std::to_string(study.dropped.size()) + "):";
    for (const size_t i : study.dropped) out += "\n  " + printable(study.couplets[i].name);
    out += "\n";
  }
  for (const size_t i : study.unjudged)
    out += "not scored on every seed: " + printable(study.couplets[i].name) +
           (is_dropped(study, i) ? ", diverged and dropped\n" : "\n");
  return out + (study.policy.empty() ? "" : "policy: " + printable(study.policy) + "\n");
}

}  // namespace

nlohmann::ordered_json to_json(const CoupletStudy& study, const StudyRequest& request,
                               const CoupletTerms& terms, const nlohmann::ordered_json& of_study) {
  nlohmann::ordered_json json = study_json(request, of_study, study.table, study.cells, place_of_none(study));
  auto operations = nlohmann::ordered_json::array();
  for (size_t i = 0; i < terms.operations.size(); ++i) {
    operations.push_back({{"name", printable(terms.operations[i])}});
    if (!study.effects.level.empty()) operations.back()["level"] = study.effects.level[i];
  }
  json["operations"] = operations;
  json["operation_effects"] = {
      {"error", study.effects.error}, {"f", study.effects.f}, {"p", study.effects.p}};
  auto pairs = nlohmann::ordered_json::array();
  const auto means = study.pairs.pairs.empty() ? std::vector<double>() : row_means(study.pairs);
  for (size_t p = 0; p < study.posterior.mean.size(); ++p)
    pairs.push_back({{"name", printable(study.first_rung[study.of_pair[p]].name)},
                     {"first", study.pairs.pairs[p][0]},
                     {"second", study.pairs.pairs[p][1]},
                     {"mean", means[p]},
                     {"shrunken", study.posterior.mean[p]},
                     {"low", study.posterior.low[p]},
                     {"high", study.posterior.high[p]},
                     {"worst_quarter", study.posterior.worst[p]},
                     {"dropped", !terms.halving && is_dropped(study, study.of_pair[p])}});
  json["pairs"] = pairs;
  json["ordered"] = terms.ordered;
  json["always"] = printable(terms.always);
  json["rule"] = terms.halving ? "halving" : terms.rule == DropRule::rank ? "rank" : "probability";
  json["agreement"] = {{"over", columns_name(request)},
                       {"columns", study.agreement.columns},
                       {"icc", study.agreement.icc},
                       {"f", study.agreement.f},
                       {"p", study.agreement.p}};
  if (std::isfinite(study.agreement.icc))
    json["agreement"]["expected_overlap"] = expected_overlap(study.agreement.icc, 0.25);
  json["model"] = {{"operation_std", study.posterior.member_std},
                   {"pair_std", study.posterior.pair_std},
                   {"noise_std", study.posterior.noise_std}};
  auto unjudged = nlohmann::ordered_json::array();
  for (const size_t i : study.unjudged)
    unjudged.push_back({{"name", printable(study.couplets[i].name)}, {"dropped", is_dropped(study, i)}});
  json["unjudged"] = unjudged;
  json["policy"] = printable(study.policy);
  if (!study.rungs.empty()) json["rungs"] = study.rungs;
  return json;
}

std::string to_text(const CoupletStudy& study, const StudyRequest& request, const CoupletTerms& terms) {
  return to_text(study.table, place_of_none(study)) + agreement_text(study, request) +
         effects_text(study, terms) + verdict_text(study, terms);
}

}  // namespace simclr
