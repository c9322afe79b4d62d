#include "base/log.hpp"
#include "cli/study_runs.hpp"
#include "study/optimizers.hpp"

namespace simclr {
namespace {

struct OptimizerArguments : StudyRunArguments {
  std::string optimizers = usual_optimizers(), rates = usual_rates();
};

Fields optimizer_fields(OptimizerArguments& a) {
  return {field("optimizers", a.optimizers, "muon, adamw, adam, sgd, lars; with arguments").unit("LIST"),
          field("rates", a.rates, "learning rates, the same for each").unit("LIST")};
}

int run_optimizers(OptimizerArguments a) {
  Fields own = fields(a);
  for (const Field& one : optimizer_fields(a)) own.push_back(one);
  set_flags(own, a.given);
  const OptimizerTerms terms = parse_optimizers(a.optimizers, a.rates);
  StudyRequest request = study_request(a);
  for (const char* own_key : {"optimizer", "lr"}) request.settings.erase(own_key);  // of --config
  StudyFolder folder(request);
  log_info(power_text(request.seeds, terms.optimizers.size() - 1));
  const OptimizerStudy study = judge_optimizers(folder, request, terms);
  const auto json = to_json(study, request, terms, folder.terms());
  return finish_study(request, failures(study.runs), json, to_text(study, terms), a.json);
}

}  // namespace

void add_study_optimizers(CLI::App& group, Run& run) {
  auto* command = add_command(
      group, "optimizers", "Optimizers side by side, each at its own best learning rate.",
      "  simclr study optimizers --data photos/ --train labelled/train --test labelled/test --epochs 20 "
      "--out "
      "studies/optimizers\n"
      "  simclr study optimizers --data photos/ --train labels.csv --test-fraction 0.3 --out studies/two \\\n"
      "      --optimizers \"adam,sgd(nesterov=true)\" --rates 0.0005,0.01,0.1");
  auto arguments = std::make_shared<OptimizerArguments>();
  arguments->kind = "optimizers";
  add_flags(*command, optimizer_fields(*arguments), arguments->given);
  add_study_flags(*command, *arguments, {"optimizer", "lr"});
  command->callback([&run, arguments] { run = [arguments] { return run_optimizers(*arguments); }; });
}

}  // namespace simclr
