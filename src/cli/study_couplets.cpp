#include "augment/pipeline.hpp"
#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/study_runs.hpp"
#include "study/couplets.hpp"

namespace simclr {
namespace {

struct CoupletArguments : StudyRunArguments {
  std::string operations = usual_operations(), always, rule = "probability";
  std::optional<int64_t> pairs;
  bool singles = false, ordered = false, asymmetric = false, halving = false;
};

Fields couplet_fields(CoupletArguments& a) {
  return {
      field("operations", a.operations,
            "what pairs are made of: operations, with arguments, or presets for those in them: s2_study")
          .unit("LIST"),
      field("always", a.always, "a policy before each pair, such as crop").unit("TEXT"),
      field("pairs", a.pairs, "so many of the pairs, drawn by --seed; auto: all").range(4, 1e6).unit("K"),
      field("singles", a.singles, "each operation alone, too"),
      field("ordered", a.ordered, "both orders of each pair"),
      field("asymmetric", a.asymmetric,
            "the operations act on the first view alone, as in SimCLR's figure 5; --always is then crop "
            "unless given"),
      field("rule", a.rule,
            "which pairs are dropped: those among the worst quarter with a probability above 0.9, or the "
            "quarter that ranks lowest")
          .choices({"probability", "rank"}),
      field("halving", a.halving,
            "successive halving in under a third of the work: rungs of 6, 18 and 54 % of --steps, a third of "
            "the pairs going on; the last are the policy")};
}

// What pretrain takes as --augment @FILE.
void write_policy(const CoupletStudy& study, const CoupletArguments& a, const StudyRequest& request) {
  if (study.policy.empty()) return;
  std::string text = "# Couplets kept by simclr study couplets, rule " + (a.halving ? "halving" : a.rule) +
                     ", " + std::to_string(study.dropped.size()) + " dropped.\n";
  for (const size_t i : study.dropped) text += "# dropped: " + printable(study.couplets[i].name) + "\n";
  write_durably(request.out / "policy.txt", text + study.policy + "\n");
}

int run_couplets(CoupletArguments a) {
  Fields own = fields(a);
  for (const Field& one : couplet_fields(a)) own.push_back(one);
  set_flags(own, a.given);
  CoupletTerms terms;
  terms.operations = parse_operations(a.operations);
  terms.asymmetric = a.asymmetric;
  terms.always = policy_or_file(a.always.empty() && a.asymmetric ? "crop" : a.always);
  if (terms.always.find("||") != std::string::npos)
    throw Error(Exit::setting, "--always: '" + printable(terms.always) + "' is two policies.",
                "It comes first in both views.");
  if (!terms.always.empty()) Pipeline check(terms.always);
  terms.singles = a.singles;
  terms.ordered = a.ordered;
  terms.halving = a.halving;
  terms.rule = a.rule == "rank" ? DropRule::rank : DropRule::probability;
  if (a.halving && (a.singles || a.given.contains("rule")))
    throw Error(Exit::usage, "--halving has a rule of its own, and no singles.",
                "Leave --rule and --singles out.");
  StudyRequest request = study_request(a);
  request.settings.erase("augment");  // of --config
  if (a.pairs) terms.pairs = static_cast<size_t>(*a.pairs);
  terms.seed = request.first_seed;
  const size_t policies = couplets(terms).size();
  if (a.halving) check_halving(request);
  StudyRequest shared = request;
  if (a.halving) shared.settings.erase("steps");  // each rung has its own
  StudyFolder folder(shared);
  log_info(power_text(request.seeds, policies - 1));
  const CoupletStudy study = judge_couplets(folder, request, terms);
  const auto json = to_json(study, request, terms, folder.terms());
  write_policy(study, a, request);
  std::string text = to_text(study, request, terms);
  if (!study.policy.empty())
    text += "simclr pretrain --augment @" + (request.out / "policy.txt").native() + " ...\n";
  return finish_study(request, failures(study.runs), json, text, a.json);
}

}  // namespace

void add_study_couplets(CLI::App& group, Run& run) {
  auto* command =
      add_command(group, "couplets",
                  "Pretrain with every pair of augmentations, drop the worst, and make a policy of the rest.",
                  "  simclr study couplets --data tiles/ --fraction 0.03 --train labels.csv:train --test "
                  "labels.csv:test \\\n"
                  "      --steps 2000 --seeds 3 --out studies/couplets\n"
                  "  simclr study couplets --data photos/ --train a.csv --train b.csv --test-fraction 0.3 "
                  "--always crop \\\n"
                  "      --operations \"flip,blur(sigma=0.1..2),jitter@0.8,gray\" --out studies/photos\n"
                  "  simclr pretrain --data tiles/ --augment @studies/couplets/policy.txt --out runs/tiles");
  auto arguments = std::make_shared<CoupletArguments>();
  arguments->kind = "couplets";
  add_flags(*command, couplet_fields(*arguments), arguments->given);
  add_study_flags(*command, *arguments, {"augment"});
  command->callback([&run, arguments] { run = [arguments] { return run_couplets(*arguments); }; });
}

}  // namespace simclr
