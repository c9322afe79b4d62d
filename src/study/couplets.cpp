#include "study/couplets.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "augment/pipeline.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

struct OperationGroup {
  const char* name;
  std::vector<std::string> operations;
};

// Table 1 of the study.
const std::vector<OperationGroup>& operation_groups() {
  static const std::vector<OperationGroup> table{
      {"pixel", {"blur", "brightness", "contrast", "gain", "speckle"}},
      {"geometric", {"flip", "rotate", "shift", "zoom"}}};
  return table;
}

constexpr double kSurelyWorst = 0.9, kUnreliable = 0.5;
constexpr size_t kFreedomToBeSure = 20;
constexpr double kRungs[] = {0.06, 0.18, 0.54};  // of the steps of a full run

std::string bare_name(const std::string& operation) {
  return std::string(trim(operation.substr(0, operation.find_first_of("(@"))));
}

std::string chained(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : " > ") + part;
  return text.empty() ? "none" : text;
}

// Of both views, or of the first beside what always is done.
std::string whole_policy(const CoupletTerms& terms, const std::string& text) {
  const std::string first = chained({terms.always, text});
  return Pipeline(terms.asymmetric ? first + " || " + chained({terms.always}) : first).text();
}

std::vector<std::array<size_t, 2>> chosen_pairs(const CoupletTerms& terms) {
  std::vector<std::array<size_t, 2>> all;
  for (size_t i = 0; i < terms.operations.size(); ++i)
    for (size_t j = terms.ordered ? 0 : i + 1; j < terms.operations.size(); ++j)
      if (i != j) all.push_back({i, j});
  if (!terms.pairs || *terms.pairs >= all.size()) return all;
  std::vector<uint32_t> order(all.size());
  std::iota(order.begin(), order.end(), 0U);
  Random({derive_seed(terms.seed, "couplets"), 0, 0, 0}, 0).shuffle(order);
  order.resize(*terms.pairs);
  std::sort(order.begin(), order.end());
  std::vector<std::array<size_t, 2>> some;
  for (const uint32_t place : order) some.push_back(all[place]);
  return some;
}

std::string policy_of_pairs(const CoupletTerms& terms, const std::vector<Couplet>& all,
                            const std::vector<size_t>& kept) {
  std::string alternatives;
  for (const size_t i : kept)
    alternatives += (alternatives.empty() ? "" : " | ") +
                    chained({terms.operations[(*all[i].pair)[0]], terms.operations[(*all[i].pair)[1]]});
  if (kept.size() > 1) alternatives = "one_of(" + alternatives + ")";
  return whole_policy(terms, alternatives);
}

// Pairs that have all their runs, with the seeds as columns; with one seed, its sets of labels.
void take_pairs(CoupletStudy& study, const std::vector<Couplet>& all, const CellTable& table,
                const StudyRequest& request, const CoupletTerms& terms) {
  const bool by_seed = request.seeds > 1;
  study.pairs.members = terms.operations.size();
  study.pairs.columns = by_seed ? request.seeds : request.judging.label_sets.size();
  for (size_t i = 0; i < all.size(); ++i) {
    const CellRow& row = table.rows[i];
    if (!all[i].pair || row.runs.size() != request.seeds) continue;
    study.of_pair.push_back(i);
    study.pairs.pairs.push_back(*all[i].pair);
    for (const JudgedRun* run : row.runs) {
      if (by_seed)
        study.pairs.values.push_back(run->score());
      else
        study.pairs.values.insert(study.pairs.values.end(), run->scores.begin(), run->scores.end());
    }
  }
  const size_t n = study.pairs.pairs.size(), k = terms.operations.size();
  if (n < 2) return;
  study.agreement = reliability(study.pairs.values, n, study.pairs.columns);
  study.posterior = pair_posterior(study.pairs, request.first_seed);
  if (n == k * (k - 1) / (terms.ordered ? 1 : 2)) study.effects = additive_effects(study.pairs);
}

bool diverged(const CellRow& row) {
  return std::any_of(row.failed.begin(), row.failed.end(),
                     [](const JudgedRun* run) { return run->diverged; });
}

// What diverges on any seed is no augmentation to keep.
void drop_diverged(CoupletStudy& study) {
  for (size_t i = 0; i < study.couplets.size(); ++i) {
    const CellRow& row = study.table.rows[i];
    if (!study.couplets[i].pair || row.failed.empty()) continue;
    study.unjudged.push_back(i);
    if (diverged(row)) study.dropped.push_back(i);
  }
}

// How well scores repeat is known from so many degrees of freedom at least; below, too many would be dropped.
bool enough_to_be_sure(const CoupletStudy& study, const StudyRequest& request) {
  return request.seeds > 1 && (study.of_pair.size() - 1) * (request.seeds - 1) >= kFreedomToBeSure;
}

void drop_worst(CoupletStudy& study, const StudyRequest& request, const CoupletTerms& terms) {
  if (study.of_pair.size() < 2) return;
  if (terms.rule == DropRule::rank) {
    for (const size_t p : lowest_quarter(row_means(study.pairs))) study.dropped.push_back(study.of_pair[p]);
    if (!(study.agreement.icc >= kUnreliable))
      log_warning("--rule rank drops the lowest quarter of scores that hardly repeat" +
                  (std::isfinite(study.agreement.icc)
                       ? " (reliability " + shortest(std::round(100 * study.agreement.icc) / 100) + ")"
                       : std::string(" (measured once: reliability unknown)")) +
                  ": most of these pairs need not be bad. --rule probability drops only what surely is.");
  } else if (!enough_to_be_sure(study, request)) {
    log_warning(request.seeds < 2
                    ? "one seed can't say which pairs another would drop: none is. Give --seeds 2 or more."
                    : "so few pairs and seeds can't say surely which are the worst: none is dropped.");
  } else {
    for (size_t p = 0; p < study.of_pair.size(); ++p)
      if (study.posterior.worst[p] > kSurelyWorst) study.dropped.push_back(study.of_pair[p]);
  }
}

}  // namespace

int64_t check_halving(const StudyRequest& request) {
  const auto found = request.settings.find("steps");
  int64_t steps = 0;
  if (found != request.settings.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), steps);
  if (steps < 1)
    throw Error(Exit::usage, "--halving needs --steps, the length of a full run.",
                "Its rungs are 6 %, 18 % and 54 % of it.");
  if (request.seeds < 2)
    throw Error(Exit::usage, "--halving goes by what differs between seeds.", "Give --seeds 2 or more.");
  return steps;
}

namespace {

nlohmann::ordered_json rung_json(const CellTable& table, int64_t steps) {
  auto rows = nlohmann::ordered_json::array();
  for (const CellRow& row : table.rows)
    rows.push_back({{"name", printable(row.name)},
                    {"mean", row.score.mean},
                    {"low", row.score.mean_interval.low},
                    {"high", row.score.mean_interval.high}});
  return {{"steps", steps}, {"cells", rows}};
}

// Rung by rung fewer pairs train longer, each beside "none"; those of the last are the policy.
void halve(CoupletStudy& study, StudyFolder& folder, const StudyRequest& request, const CoupletTerms& terms) {
  const int64_t steps = check_halving(request);
  std::vector<Couplet> standing;
  for (const Couplet& one : couplets(terms))
    if (one.pair || one.name == "none") standing.push_back(one);
  for (const double share : kRungs) {
    const bool first = study.rungs.empty();
    const auto length = std::max<int64_t>(1, std::llround(share * static_cast<double>(steps)));
    study.couplets = standing;
    study.cells = cells_of(standing);
    for (Cell& cell : study.cells) cell.settings["steps"] = std::to_string(length);
    log_info("rung of " + std::to_string(length) + " steps: " + std::to_string(standing.size()) +
             " policies");
    study.runs = folder.judge(study.cells);
    refuse_all_failed(study.runs, request.out);
    study.table = cell_table(study.cells, study.runs);
    study.rungs.push_back(rung_json(study.table, length));
    if (first) {
      take_pairs(study, standing, study.table, request, terms);
      study.first_rung = standing;
    }
    std::vector<size_t> pairs;
    size_t none = 0;
    for (size_t i = 0; i < standing.size(); ++i) standing[i].pair ? pairs.push_back(i) : void(none = i);
    if (share == kRungs[2]) break;
    if (const size_t failed = failures(study.runs); failed > 0)  // not their pairs' fault
      throw Error(Exit::failed,
                  std::to_string(failed) + " runs of the rung failed: which pairs go on is not known yet.",
                  "What they said is in " + printable((request.out / "logs").native()) +
                      ". The same command tries them again.");
    std::vector<Couplet> next;
    for (const size_t i : promoted(study.table, pairs, none)) next.push_back(standing[i]);
    next.push_back(standing[none]);
    standing = std::move(next);
  }
}

}  // namespace

std::string usual_operations() {
  return "blur,brightness,contrast,gain,speckle,flip(axis=both)@1,rotate,shift,zoom";
}

std::vector<std::string> parse_operations(const std::string& text) {
  std::vector<std::string> all;
  for (const auto& one : split_outside(text, ',')) {
    const auto presets = preset_names();
    const bool preset = std::find(presets.begin(), presets.end(), one) != presets.end();
    const auto parts = preset ? split_outside(Pipeline(one).text(), '>') : std::vector{one};
    all.insert(all.end(), parts.begin(), parts.end());
  }
  std::erase(all, "");
  std::set<std::string> seen;
  for (const auto& one : all) {
    Pipeline check(one);
    if (one.find("||") != std::string::npos)
      throw Error(Exit::setting, "--operations: '" + printable(one) + "' is two policies.",
                  "An operation acts on both views.");
    if (!seen.insert(one).second)
      throw Error(Exit::setting, "--operations: '" + printable(one) + "' is given twice.");
  }
  if (all.size() < 3)
    throw Error(Exit::setting, "--operations: " + std::to_string(all.size()) + " make no study of pairs.",
                "Name three or more.");
  return all;
}

std::vector<Couplet> couplets(const CoupletTerms& terms) {
  const auto& operations = terms.operations;
  std::vector<Couplet> all;
  const auto add = [&](std::string name, const std::vector<std::string>& parts,
                       std::optional<std::array<size_t, 2>> pair) {
    all.push_back({pair, std::move(name), whole_policy(terms, chained(parts))});
  };
  for (const auto& [i, j] : chosen_pairs(terms))
    add(operations[i] + " > " + operations[j], {operations[i], operations[j]}, {{i, j}});
  add("none", {}, {});
  add("all", operations, {});
  for (const OperationGroup& group : operation_groups()) {
    std::vector<std::string> members;
    for (const auto& one : operations)
      if (std::find(group.operations.begin(), group.operations.end(), bare_name(one)) !=
          group.operations.end())
        members.push_back(one);
    if (members.size() == group.operations.size() && members.size() < operations.size())
      add(std::string(group.name) + " only", members, {});
  }
  if (terms.singles)
    for (const auto& one : operations) add(one, {one}, {});
  return all;
}

std::vector<Cell> cells_of(const std::vector<Couplet>& couplets) {
  std::vector<Cell> cells;
  for (const Couplet& one : couplets) cells.push_back({one.name, {{"augment", one.policy}}});
  return cells;
}

std::vector<size_t> promoted(const CellTable& table, const std::vector<size_t>& cells, size_t reference) {
  std::vector<std::pair<double, size_t>> bounds;
  for (const size_t cell : cells) {
    std::vector<double> apart;
    for (const JudgedRun* a : table.rows[cell].runs)
      for (const JudgedRun* b : table.rows[reference].runs)
        if (a->seed == b->seed) apart.push_back(a->score() - b->score());
    if (table.rows[reference].runs.empty())  // it diverged
      for (const JudgedRun* a : table.rows[cell].runs) apart.push_back(a->score());
    if (apart.empty() || !table.rows[cell].failed.empty()) continue;
    const Spread all = spread(apart);
    bounds.emplace_back(-(all.mean + all.std), cell);
  }
  std::sort(bounds.begin(), bounds.end());
  bounds.resize((bounds.size() + 2) / 3);
  std::vector<size_t> places;
  for (const auto& [bound, cell] : bounds) places.push_back(cell);
  std::sort(places.begin(), places.end());
  return places;
}

CoupletStudy judge_couplets(StudyFolder& folder, const StudyRequest& request, const CoupletTerms& terms) {
  CoupletStudy study;
  std::vector<size_t> kept;
  if (terms.halving) {
    halve(study, folder, request, terms);
  } else {
    study.couplets = study.first_rung = couplets(terms);
    study.cells = cells_of(study.couplets);
    study.runs = folder.judge(study.cells);
    refuse_all_failed(study.runs, request.out);
    study.table = cell_table(study.cells, study.runs);
    take_pairs(study, study.couplets, study.table, request, terms);
    drop_diverged(study);
    drop_worst(study, request, terms);
    std::sort(study.dropped.begin(), study.dropped.end());
  }
  for (size_t i = 0; i < study.couplets.size(); ++i) {
    const bool lost = std::binary_search(study.dropped.begin(), study.dropped.end(), i);
    const CellRow& row = study.table.rows[i];
    if (study.couplets[i].pair && !lost && !diverged(row) && !row.runs.empty()) kept.push_back(i);
  }
  if (!kept.empty()) study.policy = policy_of_pairs(terms, study.couplets, kept);
  return study;
}

}  // namespace simclr
