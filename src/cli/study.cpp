#include <algorithm>
#include <charconv>
#include <iostream>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "cli/evaluate.hpp"
#include "cli/study_runs.hpp"
#include "report/label_page.hpp"
#include "study/label_curves.hpp"

namespace simclr {
namespace {

struct LabelStudyArguments : JudgingArguments {
  std::vector<std::string> runs;
  std::string out, with = "linear,svc,knn", labels = "auto";
  int64_t draws = 10;
};

Fields fields(LabelStudyArguments& a) {
  Fields all = fields(static_cast<JudgingArguments&>(a));
  all.push_back(field("out", a.out, "folder of the study; one that is there goes on").unit("STUDY"));
  all.push_back(
      field("with", a.with, "evaluators: linear, svc, linear_svc, knn, with arguments").unit("LIST"));
  all.push_back(
      field("labels", a.labels,
            "numbers of labels in all, such as 30,60,90; auto: 30 to 90 by 10, 100 to 900 by 100, 1000 to "
            "3000 by 200, as far as there are pictures")
          .unit("LIST"));
  all.push_back(field("draws", a.draws, "draws of the labels a point").range(2, 1000).unit("K"));
  return all;
}

std::vector<size_t> parse_labels(const std::string& text) {
  std::vector<size_t> labels;
  if (text == "auto") return labels;
  for (const auto& part : split_outside(text, ',')) {
    size_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || value < 1)
      throw Error(Exit::setting, "--labels: '" + printable(part) + "' is not a number of labels.");
    labels.push_back(value);
  }
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

int run_labels(LabelStudyArguments a, const Assignments& given, bool json) {
  set_flags(fields(a), given);
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the study's folder: --out studies/labels");
  LabelStudyRequest request;
  request.sides = a.sides();
  for (const auto& text : a.runs) request.entries.push_back(parse_study_entry(text));
  request.evaluators = split_outside(a.with, ',');
  request.baselines = parse_baselines(a.baselines);
  request.labels = parse_labels(a.labels);
  request.draws = static_cast<int>(a.draws);
  request.embedding = a.embedding();
  request.out = a.out;
  const LabelStudy study = study_labels(request);
  const auto found = to_json(study);
  write_label_study(found, request.out);
  const auto page = write_label_page(request.out);
  std::cout << (json ? found.dump() + "\n" : to_text(study) + page.native() + "\n") << std::flush;
  return 0;
}

void add_labels(CLI::App& group, Run& run) {
  auto* command = add_command(
      group, "labels",
      "Accuracy against the number of labels, of several runs, their baselines, and others' embeddings.",
      "  simclr study labels runs/photos --train labelled/train --test labelled/test --out studies/labels\n"
      "  simclr study labels simclr=runs/a,runs/b softmax=runs/c,runs/d --train labels.csv --test-fraction "
      "0.35 \\\n"
      "      --classes unseen --with svc,\"knn(k=10)\" --labels 30,60,90,300 --out studies/unseen\n"
      "  simclr study labels simclr=runs/a imagenet=features.npy --train pictures:train --test pictures:test "
      "\\\n"
      "      --out studies/elsewhere");
  auto arguments = std::make_shared<LabelStudyArguments>();
  auto given = std::make_shared<Assignments>();
  auto json = std::make_shared<bool>(false);
  command
      ->add_option(
          "RUN", arguments->runs,
          "runs, [NAME=]RUN[,RUN...]: runs of a name are seeds of one method. FILE.npy or FILE.csv in "
          "place of a run: embeddings made elsewhere, a row a picture of --train and of --test. FILE.csv "
          "names them in a column id, as simclr embed writes it, or holds the values as well")
      ->required();
  add_flags(*command, fields(*arguments), *given);
  command->add_flag("--json", *json, "the curves as one JSON object on stdout");
  command->callback(
      [&run, arguments, given, json] { run = [=] { return run_labels(*arguments, *given, *json); }; });
}

}  // namespace

void add_study(CLI::App& app, Run& run) {
  auto* group = add_command(app, "study", "Many measurements, one table.", "");
  group->require_subcommand(1);
  add_labels(*group, run);
  for (const auto add : {add_study_grid, add_study_couplets, add_study_optimizers, add_study_lr})
    add(*group, run);
}

}  // namespace simclr
