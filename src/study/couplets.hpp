#pragma once
// The couplet study of SimCLR-S2: every pair of augmentations pretrains an encoder, the encoders are scored,
// the worst quarter of the pairs is dropped, and the rest become a policy. Their published scores hardly
// repeat (reliability 0.2 over two sets of labels), so the scores here come with what they are worth, and a
// pair is dropped only when it is surely among the worst (tests/eval/pair_effects_test.cpp has the figures).

#include <optional>

#include "eval/pair_effects.hpp"
#include "study/cell_table.hpp"

namespace simclr {

enum class DropRule { probability, rank };  // P(worst quarter) > 0.9, or the lowest quarter of the means

struct CoupletTerms {
  std::vector<std::string> operations;  // texts of policies, in the order of the map
  std::string always;                   // a policy put before each, such as "crop"; may be empty
  bool singles = false, ordered = false, halving = false;
  bool asymmetric = false;      // the operations act on the first view alone, as in SimCLR's figure 5
  std::optional<size_t> pairs;  // so many of them, drawn by `seed`; none: all
  uint64_t seed = 0;
  DropRule rule = DropRule::probability;
};

// "blur,brightness,..." split at commas outside parentheses. Error(Exit::setting) for a text that is no
// policy, one given twice, or fewer than three.
std::vector<std::string> parse_operations(const std::string& text);
std::string usual_operations();  // the nine of the study

struct Couplet {
  std::optional<std::array<size_t, 2>> pair;  // none: "none", "all", a group, or a single
  std::string name;                           // "blur > shift"
  std::string policy;
};
// The pairs first, then none, all, the groups that the operations hold completely, and singles if asked for.
std::vector<Couplet> couplets(const CoupletTerms& terms);
std::vector<Cell> cells_of(const std::vector<Couplet>& couplets);

struct CoupletStudy {
  std::vector<Couplet> couplets;    // of `cells`, `runs` and `table`; with --halving of the last rung
  std::vector<Couplet> first_rung;  // all of them: of `of_pair`
  std::vector<Cell> cells;
  std::vector<JudgedRun> runs;
  CellTable table;
  PairScores pairs;             // of the pairs whose runs all went well
  std::vector<size_t> of_pair;  // their places in `first_rung`
  AdditiveEffects effects;
  PairPosterior posterior;
  Reliability agreement;         // over the columns of `pairs`: seeds, or with one seed sets of labels
  std::vector<size_t> dropped;   // places in `couplets`; those that diverged among them
  std::vector<size_t> unjudged;  // pairs without a score of every seed
  std::string policy;            // of those kept
  std::vector<nlohmann::ordered_json> rungs;  // of --halving
};

// The steps of a full run. Error(Exit::usage) when a halving lacks them, or a second seed.
int64_t check_halving(const StudyRequest& request);

CoupletStudy judge_couplets(StudyFolder& folder, const StudyRequest& request, const CoupletTerms& terms);

nlohmann::ordered_json to_json(const CoupletStudy& study, const StudyRequest& request,
                               const CoupletTerms& terms, const nlohmann::ordered_json& of_study);
std::string to_text(const CoupletStudy& study, const StudyRequest& request, const CoupletTerms& terms);

// Which of `cells` go on to the next rung of a successive halving (Jamieson and Talwalkar, arXiv:1502.07943):
// the ceil(n / 3) of the highest mean plus one standard deviation of their paired differences to `reference`,
// an upper confidence bound, since early scores are noisy (of the scores themselves where the reference
// diverged). Places, ascending; never `reference`, nor what diverged on a seed.
std::vector<size_t> promoted(const CellTable& table, const std::vector<size_t>& cells, size_t reference);

}  // namespace simclr
