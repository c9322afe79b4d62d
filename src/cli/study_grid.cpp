#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/doctor.hpp"
#include "cli/study_runs.hpp"

namespace simclr {
namespace {

struct GridArguments : StudyRunArguments {
  std::vector<std::string> over;
  std::string against = "first";
};

Fields grid_fields(GridArguments& a) {
  return {
      field("against", a.against, "the cell that the others are compared with").choices({"first", "best"})};
}

std::string effect_text(const SmallestEffect& effect) {
  if (!(effect.one > 0)) return "";
  char text[200];
  std::snprintf(
      text, sizeof text,
      "smallest difference these %zu seeds find (power 0.8): %.1f points, %.1f after Holm over %zu\n",
      effect.seeds, 100 * effect.one, 100 * effect.all, effect.comparisons);
  return text;
}

int run_grid(GridArguments a) {
  Fields own = fields(a);
  for (const Field& one : grid_fields(a)) own.push_back(one);
  set_flags(own, a.given);
  if (a.over.empty())
    throw Error(Exit::usage, "--over is required.", "Name a setting and its values: --over lr=0.01,0.1");
  std::vector<GridAxis> axes;
  for (const auto& text : a.over) {
    axes.push_back(parse_axis(text));
    if (axes.back().key == "data" || axes.back().key == "val-data")
      for (auto& path : axes.back().values) path = absolute_source(path);
    if (a.training.contains(axes.back().key))
      throw Error(Exit::usage,
                  "--" + axes.back().key + " and --over " + axes.back().key + " exclude each other.");
  }
  StudyRequest request = study_request(a);
  for (const GridAxis& axis : axes) request.settings.erase(axis.key);  // of --config: the grid wins
  const std::vector<Cell> cells = cells_of(axes);
  StudyFolder folder(request);
  log_info(power_text(request.seeds, cells.size() - 1));
  const auto runs = folder.judge(cells);
  refuse_all_failed(runs, request.out);
  const CellTable table = cell_table(cells, runs);
  const size_t reference = a.against == "best" ? table.best : 0;
  auto json = study_json(request, folder.terms(), table, cells, reference);
  json["reference_chosen"] = a.against == "best";
  const std::string text =
      to_text(table, reference) +
      (a.against == "best" ? "the best was chosen by the same scores: these p-values are too small\n" : "") +
      effect_text(smallest_effect(table, request.seeds, cells.size() - 1));
  return finish_study(request, failures(runs), json, text, a.json);
}

}  // namespace

void add_study_grid(CLI::App& group, Run& run) {
  auto* command = add_command(
      group, "grid", "Pretrain over every combination of settings, with several seeds, and score the runs.",
      "  simclr study grid --data photos/ --train labelled/train --test labelled/test --out studies/rate \\\n"
      "      --over lr=0.001,0.01,0.1 --over batch-size=64,256 --seeds 3 --epochs 20\n"
      "  simclr study grid --data photos/ --train labels.csv --test-fraction 0.3 --out studies/temperature "
      "\\\n"
      "      --over \"loss=nt_xent(temperature=0.1),nt_xent(temperature=0.5)\"");
  auto arguments = std::make_shared<GridArguments>();
  arguments->kind = "grid";
  command
      ->add_option("--over", arguments->over,
                   "a setting of pretraining and its values, split at commas outside parentheses; again for "
                   "another: all combinations")
      ->type_name("KEY=V1,V2")
      ->allow_extra_args(false);
  add_flags(*command, grid_fields(*arguments), arguments->given);
  add_study_flags(*command, *arguments, {});
  command->callback([&run, arguments] { run = [arguments] { return run_grid(*arguments); }; });
}

}  // namespace simclr
