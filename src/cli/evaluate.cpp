#include <algorithm>
#include <charconv>
#include <iostream>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "cli/evaluate.hpp"
#include "report/page.hpp"
#include "study/comparison.hpp"
#include "train/picture_form.hpp"

namespace simclr {
namespace {

struct EvaluateArguments : JudgingArguments {
  std::string run, with = "knn,linear", labels_per_class = "all", table, positive;
  int64_t draws = 5;
};

Fields fields(EvaluateArguments& a) {
  Fields all = fields(static_cast<JudgingArguments&>(a));
  all.push_back(
      field(
          "with", a.with,
          "classifiers: knn, linear, svc, linear_svc; angles between classes; umap, a map; galleries of "
          "each class; multilabel, F1 and more of each class against the rest, also where pictures have "
          "several; with arguments: knn(k=20,temperature=0.1), linear(c=auto), svc(c=1), multilabel(c=auto), "
          "umap(neighbours=15,min_dist=0.1), galleries(each=5,layer=h)")
          .unit("LIST"));
  all.push_back(field("labels-per-class", a.labels_per_class,
                      "labels used, drawn anew each time; a list such as 10,100,all")
                    .unit("N"));
  all.push_back(
      field("draws", a.draws, "draws of the labels, when not all are used").range(1, 1000).unit("K"));
  all.push_back(
      field("positive", a.positive,
            "of two classes the one that multilabel tells; auto: the second by name, or that of the "
            "label map")
          .unit("CLASS"));
  all.push_back(field("table", a.table, "write the table for people into this file, too").unit("FILE"));
  return all;
}

std::vector<int> parse_budgets(const std::string& text) {
  std::vector<int> budgets;
  for (const auto& part : split_outside(text, ',')) {
    int value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (part != "all" && (error != std::errc() || end != part.data() + part.size() || value < 1))
      throw Error(Exit::setting,
                  "--labels-per-class: '" + printable(part) + "' is not a number of labels, or all.");
    budgets.push_back(value);
  }
  return budgets;
}

void check_multilabel(const ComparisonRequest& request, const EvaluateArguments& a) {
  if (request.multilabel && a.labels_per_class != "all")
    throw Error(Exit::setting, "--labels-per-class: multilabel takes all labels.",
                "To learn from a share of them: simclr finetune --unfreeze 0 --label-fraction 0.1");
  if (!request.multilabel && !a.positive.empty())
    throw Error(Exit::setting, "--positive is for --with multilabel.");
}

int run_evaluate(EvaluateArguments a, const Assignments& given, const Assignments& reading, bool json) {
  set_flags(fields(a), given);
  ComparisonRequest request;
  request.sides = a.sides();
  if (!a.table.empty()) make_parent(a.table);
  request.baselines = parse_baselines(a.baselines);
  request.labels_per_class = parse_budgets(a.labels_per_class);
  request.draws = static_cast<int>(a.draws);
  set_evaluators(request, a.with);
  check_multilabel(request, a);
  request.embedding = a.embedding();
  const RunInputs inputs = read_run(a.run, reading);
  const Comparison all = request.anything() ? compare(inputs, request) : Comparison();
  const auto file = [&](const std::string& what) {
    return inputs.run.evaluations() / file_name(request.sides, what);
  };
  nlohmann::ordered_json out;
  for (size_t b = 0; b < request.labels_per_class.size() && !request.evaluators.empty(); ++b) {
    const int budget = request.labels_per_class[b];
    const auto one = to_json(all, request, b);
    write_durably(file(budget_name(budget)), one.dump(2) + "\n");
    if (request.labels_per_class.size() == 1) {
      out = one;
    } else {
      out["budgets"][budget_name(budget)] = one;
    }
  }
  std::string table = request.anything() ? to_text(all, request) : "";
  if (request.multilabel) {
    const auto probe = probe_labels(
        inputs, {request.sides, *request.multilabel, request.baselines, a.positive, request.embedding});
    std::filesystem::create_directories(inputs.run.evaluations());
    write_durably(file("multilabel"), probe.dump(2) + "\n");
    out["multilabel"] = probe["multilabel"];
    if (probe.contains("caveat")) out["caveat"] = probe["caveat"];
    table += probe_text(probe);
  }
  if (request.angles) {
    const auto angles = angles_json(all, request);
    write_durably(file("angles"), angles.dump() + "\n");
    out["angles"] = angles["angles"];
    out["classes"] = angles["classes"];
  }
  if (request.map) {
    write_durably(file("map"), all.map.dump() + "\n");
    auto csv = file("map");
    write_durably(csv.replace_extension(".csv"), all.map_csv);
    out["map"] = all.map["maps"]["encoder"];
  }
  if (request.galleries) {
    write_durably(file("galleries"), all.galleries.dump() + "\n");
    out["galleries"] = all.galleries["galleries"];
  }
  write_report(inputs.run);
  table += (request.angles ? angles_text(all) : "") + all.map_text;
  if (request.galleries) table += "class galleries are on the page: " + inputs.run.report().native() + "\n";
  if (!a.table.empty()) write_durably(a.table, table);
  std::cout << (json ? out.dump() + "\n" : table) << std::flush;
  return 0;
}

}  // namespace

void add_reading_flags(CLI::App& command, Assignments& reading) {
  PretrainSettings settings;
  add_flags(command, reading_fields(settings), reading);
}

RunInputs read_run(const std::string& root, const Assignments& reading) {
  RunInputs inputs = read_run(root);
  set_flags(reading_fields(inputs.settings), reading);
  return inputs;
}

std::vector<std::string> parse_baselines(const std::string& text) {
  std::vector<std::string> baselines;
  for (const auto& part : split_outside(text, ',')) {
    if (part == "none" || part.empty()) continue;
    if (part != "random" && part != "pixels")
      throw Error(Exit::setting, "--baselines: '" + printable(part) + "' is unknown." +
                                     suggestion(part, {"random", "pixels", "none"}));
    if (std::find(baselines.begin(), baselines.end(), part) == baselines.end()) baselines.push_back(part);
  }
  return baselines;
}

Fields fields(JudgingArguments& a) {
  return {
      field("train", a.train, "labelled pictures to learn the classes from, PATH[:split]").unit("DIR"),
      field("test", a.test, "labelled pictures to score on, PATH[:split]").unit("DIR"),
      field("test-fraction", a.test_fraction,
            "without --test: share of each class of --train to score on, drawn by --seed")
          .range(0, 0.9)
          .unit("X"),
      field("classes", a.classes,
            "all; seen or unseen, by --hold-out-classes of the run; or names: A,B or a file with one a line")
          .unit("LIST"),
      field(
          "label-map", a.label_map,
          "classes made of the labels: \"NAME=A|B\" (A or B against the rest), several with ; between, or a "
          "file with one a line; A, B by name or number")
          .unit("TEXT"),
      field("baselines", a.baselines, "what to compare with: random, pixels, none").unit("LIST"),
      field("seed", a.seed, "of the draws").range(0, 9e15).unit("N"),
      field("precision", a.precision, "arithmetic of the network").choices({"auto", "float32", "bf16"}),
      field("device", a.device, "auto, cpu, cuda or cuda:N").unit("NAME")};
}

SidesRequest JudgingArguments::sides() const {
  if (train.empty()) throw Error(Exit::usage, "--train is required.");
  if (test.empty() == (test_fraction == 0))
    throw Error(Exit::usage,
                test.empty() ? "--test is required." : "--test and --test-fraction exclude each other.",
                "Name a labelled set to test on, or hold out a part of --train: --test-fraction 0.3");
  return {train, test, test_fraction, classes, static_cast<uint64_t>(seed), label_map};
}

EmbedOptions JudgingArguments::embedding() const {
  EmbedOptions options{.device = choose_device(device), .progress = true};
  options.precision = choose_precision(precision, options.device);
  return options;
}

void add_evaluate(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "evaluate", "Tell how good a run's embeddings are, beside an untrained encoder and raw pixels.",
      "  simclr evaluate runs/photos --train labelled/train --test labelled/test\n"
      "  simclr evaluate runs/photos --train labels.csv --test-fraction 0.3\n"
      "  simclr evaluate runs/photos --train labels.csv:train --test labels.csv:test --labels-per-class "
      "10,100,all\n"
      "  simclr evaluate runs/photos --train a --test b --with knn,svc,angles,umap,galleries\n"
      "  simclr evaluate runs/ben --train ben:train --test ben:test --with multilabel --label-map "
      "\"irrigated=12|13\"\n"
      "  simclr evaluate runs/photos --train a --test b --with \"knn(k=5),linear(c=1)\" --baselines none "
      "--json");
  auto arguments = std::make_shared<EvaluateArguments>();
  auto given = std::make_shared<Assignments>(), reading = std::make_shared<Assignments>();
  auto json = std::make_shared<bool>(false);
  command->add_option("RUN", arguments->run, "run folder of simclr pretrain")->required();
  add_flags(*command, fields(*arguments), *given);
  add_reading_flags(*command, *reading);
  command->add_flag("--json", *json, "the result as one JSON object on stdout");
  command->callback([&run, arguments, given, reading, json] {
    run = [=] { return run_evaluate(*arguments, *given, *reading, *json); };
  });
}

}  // namespace simclr
