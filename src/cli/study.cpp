#include <algorithm>
#include <charconv>
#include <iostream>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "cli/evaluate.hpp"
#include "report/label_page.hpp"
#include "study/label_curves.hpp"

namespace simclr {
namespace {

struct LabelStudyArguments {
  std::vector<std::string> runs;
  std::string train, test, out, with = "linear,svc,knn", baselines = "random,pixels", labels = "auto";
  std::string classes = "all", precision = "float32", device = "auto";
  double test_fraction = 0;
  int64_t draws = 10, seed = 0;
};

Fields fields(LabelStudyArguments& a) {
  return {
      field("train", a.train, "labelled pictures to draw labels from, PATH[:split]").unit("DIR"),
      field("test", a.test, "labelled pictures to score on, PATH[:split]").unit("DIR"),
      field("test-fraction", a.test_fraction,
            "without --test: share of each class of --train to score on, drawn by --seed")
          .range(0, 0.9)
          .unit("X"),
      field("out", a.out, "folder of the study; one that is there goes on").unit("STUDY"),
      field("with", a.with, "evaluators: linear, svc, linear_svc, knn, with arguments").unit("LIST"),
      field("baselines", a.baselines, "what to compare with: random, pixels, none").unit("LIST"),
      field(
          "labels", a.labels,
          "numbers of labels in all, such as 30,60,90; auto: 30 to 90 by 10, 100 to 900 by 100, 1000 to 3000 "
          "by 200, as far as there are pictures")
          .unit("LIST"),
      field("classes", a.classes,
            "all; seen or unseen, by --hold-out-classes of the run; or names: A,B or a file with one a line")
          .unit("LIST"),
      field("draws", a.draws, "draws of the labels a point").range(2, 1000).unit("K"),
      field("seed", a.seed, "of the draws").range(0, 9e15).unit("N"),
      field("precision", a.precision, "arithmetic of the network").choices({"auto", "float32", "bf16"}),
      field("device", a.device, "auto, cpu, cuda or cuda:N").unit("NAME")};
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
  if (a.train.empty()) throw Error(Exit::usage, "--train is required.");
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the study's folder: --out studies/labels");
  check_one_test(a.test, a.test_fraction);
  LabelStudyRequest request;
  for (const auto& text : a.runs) request.entries.push_back(parse_study_entry(text));
  request.sides = {a.train, a.test, a.test_fraction, a.classes, static_cast<uint64_t>(a.seed)};
  request.evaluators = split_outside(a.with, ',');
  request.baselines = parse_baselines(a.baselines);
  request.labels = parse_labels(a.labels);
  request.draws = static_cast<int>(a.draws);
  request.embedding.device = choose_device(a.device);
  request.embedding.precision = choose_precision(a.precision, request.embedding.device);
  request.out = a.out;
  const LabelStudy study = study_labels(request);
  write_label_study(study, request);
  const auto page = write_label_page(request.out);
  std::cout << (json ? to_json(study, request).dump() + "\n" : to_text(study) + page.native() + "\n")
            << std::flush;
  return 0;
}

void add_labels(CLI::App& group, Run& run) {
  auto* command = add_command(
      group, "labels", "Accuracy against the number of labels, of several runs and their baselines.",
      "  simclr study labels runs/photos --train labelled/train --test labelled/test --out studies/labels\n"
      "  simclr study labels simclr=runs/a,runs/b softmax=runs/c,runs/d --train labels.csv --test-fraction "
      "0.35 \\\n"
      "      --classes unseen --with svc,\"knn(k=10)\" --labels 30,60,90,300 --out studies/unseen");
  auto arguments = std::make_shared<LabelStudyArguments>();
  auto given = std::make_shared<Assignments>();
  auto json = std::make_shared<bool>(false);
  command
      ->add_option("RUN", arguments->runs,
                   "runs, [NAME=]RUN[,RUN...]: runs of a name are seeds of one method")
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
}

}  // namespace simclr
