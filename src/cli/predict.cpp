#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"
#include "cli/evaluate.hpp"
#include "eval/class_prediction.hpp"
#include "formats/csv.hpp"
#include "train/cache.hpp"
#include "train/checkpoint.hpp"
#include "train/embed.hpp"
#include "train/run_inputs.hpp"

namespace simclr {
namespace {

struct PredictArguments {
  std::string run, train, data, out, with = "linear", precision = "float32", device = "auto";
  int64_t seed = 0;
  bool all = false;
};

Fields fields(PredictArguments& a) {
  return {
      field("train", a.train, "the labelled pictures to learn the classes from, PATH[:split]").unit("DIR"),
      field("data", a.data, "the pictures to tell the class of, PATH[:split]").unit("DIR"),
      field("out", a.out, "table to write: id, path, class, probability, the second guess").unit("FILE.csv"),
      field("with", a.with, "classifier: linear, svc, knn, with arguments such as svc(c=10)").unit("TEXT"),
      field("all", a.all, "pictures that have a label in --data or --train, too"),
      field("seed", a.seed, "of the choice of C and of the folds").range(0, 9e15).unit("N"),
      field("precision", a.precision, "arithmetic of the network").choices({"auto", "float32", "bf16"}),
      field("device", a.device, "auto, cpu, cuda or cuda:N").unit("NAME")};
}

struct LabelledRows {
  Features features;
  std::vector<std::string> classes;  // that have a picture
  std::vector<int32_t> labels;       // of each row
  Labelled view() const { return {{features.values, labels.size(), features.width}, labels}; }
};

LabelledRows labelled_rows(Features features, const Pictures& pictures) {
  LabelledRows rows{std::move(features), {}, {}};
  std::map<std::string, int32_t> places;
  const auto class_of = [&](uint32_t i) {
    return pictures.source().classes()[static_cast<size_t>(pictures.record(i).label)];
  };
  for (const uint32_t i : rows.features.rows) places.emplace(class_of(i), 0);
  for (auto& [name, place] : places) {
    place = static_cast<int32_t>(rows.classes.size());
    rows.classes.push_back(name);
  }
  for (const uint32_t i : rows.features.rows) rows.labels.push_back(places.at(class_of(i)));
  if (rows.classes.size() < 2)
    throw Error(Exit::data, "the labelled pictures have " + std::to_string(rows.classes.size()) +
                                " class; telling classes apart takes at least two.");
  return rows;
}

// Those without a label here that are not among the labelled ones.
Pictures choose(const Pictures& all, const Pictures& labelled, const PredictArguments& a) {
  std::unordered_set<std::string> known;
  for (size_t i = 0; i < labelled.size() && !a.all; ++i) known.insert(labelled.path(i));
  std::vector<uint32_t> chosen;
  for (uint32_t i = 0; i < all.size(); ++i)
    if (a.all || (!all.source().labelled(all.chosen()[i]) && !known.contains(all.path(i))))
      chosen.push_back(i);
  if (chosen.empty())
    throw Error(Exit::data, "every picture in " + printable(a.data) + " has a label.",
                "Give --all to predict the class of those as well.");
  if (const size_t left_out = all.size() - chosen.size(); left_out > 0)
    log_info(std::to_string(left_out) +
             " pictures that have a label are left out (--all predicts them, too).");
  return all.subset(chosen);
}

// The classes of a row, most probable first: its two best.
std::pair<size_t, size_t> two_best(std::span<const double> probabilities, size_t first) {
  size_t second = first == 0 ? 1 : 0;
  for (size_t c = 0; c < probabilities.size(); ++c)
    if (c != first && probabilities[c] > probabilities[second]) second = c;
  return {first, second};
}

std::string percent_text(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.4f", share);
  return text;
}

std::string table_of(const Pictures& pictures, const Features& features, const ClassPrediction& prediction,
                     const std::vector<std::string>& classes) {
  std::string csv = "id,path,class,probability,second_class,second_probability\n";
  for (size_t r = 0; r < features.rows.size(); ++r) {
    const std::span<const double> all(prediction.probabilities);
    const auto row = all.subspan(r * classes.size(), classes.size());
    const auto [first, second] = two_best(row, static_cast<size_t>(prediction.predicted[r]));
    csv += csv_row(std::vector<std::string>{
        std::string(pictures.record(features.rows[r]).id), pictures.path(features.rows[r]), classes[first],
        percent_text(row[first]), classes[second], percent_text(row[second])});
  }
  return csv;
}

struct Summary {
  std::vector<size_t> pictures;    // of each class
  std::vector<double> confidence;  // mean probability of the class predicted
  size_t unsure = 0;               // with a probability below a half
};

Summary summarise(const ClassPrediction& prediction, size_t classes) {
  Summary summary{std::vector<size_t>(classes), std::vector<double>(classes), 0};
  for (size_t r = 0; r < prediction.predicted.size(); ++r) {
    const auto c = static_cast<size_t>(prediction.predicted[r]);
    const double probability = prediction.probabilities[r * classes + c];
    ++summary.pictures[c];
    summary.confidence[c] += probability;
    summary.unsure += probability < 0.5 ? 1 : 0;
  }
  for (size_t c = 0; c < classes; ++c)
    summary.confidence[c] /= static_cast<double>(std::max<size_t>(1, summary.pictures[c]));
  return summary;
}

std::string to_text(const Summary& summary, const LabelledRows& known, const CrossValidation& check,
                    const PredictArguments& a) {
  std::string out;
  char text[160];
  for (size_t c = 0; c < known.classes.size(); ++c) {
    std::snprintf(text, sizeof text, "%7zu  %-32s mean probability %.2f\n", summary.pictures[c],
                  printable(known.classes[c]).c_str(), summary.confidence[c]);
    out += text;
  }
  std::snprintf(text, sizeof text, "%zu of %zu pictures have a probability below 0.5\n", summary.unsure,
                std::accumulate(summary.pictures.begin(), summary.pictures.end(), size_t{0}));
  out += text;
  if (check.folds > 0) {
    std::snprintf(
        text, sizeof text,
        "%s on the %zu labelled pictures, each predicted from the others (%zu folds): %.1f %% right "
        "(95 %% interval %.0f–%.0f)\n",
        a.with.c_str(), check.rows, check.folds, 100 * check.accuracy, 100 * check.low, 100 * check.high);
    out += text;
  }
  return out + printable(a.out) + "\n";
}

nlohmann::ordered_json to_json(const Summary& summary, const LabelledRows& known,
                               const CrossValidation& check, const PredictArguments& a) {
  auto classes = nlohmann::ordered_json::array();
  for (size_t c = 0; c < known.classes.size(); ++c)
    classes.push_back({{"class", printable(known.classes[c])},
                       {"pictures", summary.pictures[c]},
                       {"mean_probability", summary.confidence[c]}});
  nlohmann::ordered_json out{{"out", printable(a.out)},
                             {"classifier", a.with},
                             {"labelled", known.labels.size()},
                             {"unsure", summary.unsure},
                             {"classes", classes}};
  if (check.folds > 0)
    out["cross_validation"] = {
        {"accuracy", check.accuracy}, {"low", check.low}, {"high", check.high}, {"folds", check.folds}};
  return out;
}

int run_predict(PredictArguments a, const Assignments& given, const Assignments& reading, bool json) {
  set_flags(fields(a), given);
  if (a.train.empty())
    throw Error(Exit::usage, "--train is required.", "Name the labelled pictures: --train labels.csv");
  if (a.data.empty()) throw Error(Exit::usage, "--data is required.");
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the table to write: --out classes.csv");
  refuse_to_overwrite(a.out, {a.train, a.data});
  const auto seed = static_cast<uint64_t>(a.seed);
  check_classifier(a.with);
  const RunInputs inputs = read_run(a.run, reading);
  EmbedOptions options{"h", "", choose_device(a.device), true};
  options.precision = choose_precision(a.precision, options.device);
  Pictures labelled = open_labelled(inputs, a.train, "", false);
  const Pictures everything = open_pictures(inputs, a.data);
  Pictures pictures = choose(everything, labelled, a);
  for (Pictures* one : {&labelled, &pictures}) take_cache(*one, inputs.settings);
  make_parent(a.out);
  const Model model = load_model(intact_checkpoint(inputs.run), inputs.plan);
  const LabelledRows known = labelled_rows(embed(model, inputs.plan, labelled, options), labelled);
  const Features features = embed(model, inputs.plan, pictures, options);
  const Table queries{features.values, features.rows.size(), features.width};
  const size_t classes = known.classes.size();
  const ClassPrediction prediction = predict_classes(known.view(), queries, classes, a.with, seed);
  const CrossValidation check = cross_validate(known.view(), classes, a.with, seed);
  write_durably(a.out, table_of(pictures, features, prediction, known.classes));
  auto bad = std::filesystem::path(a.out);
  bad.replace_extension(".bad_files.csv");
  list_bad_files(pictures, bad);
  const Summary summary = summarise(prediction, classes);
  std::cout << (json ? to_json(summary, known, check, a).dump() + "\n" : to_text(summary, known, check, a))
            << std::flush;
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "predict", "Tell the class of unlabelled pictures from a few labelled ones.",
      "  simclr predict runs/photos --train labels.csv --data photos/ --out classes.csv\n"
      "  simclr predict runs/photos --train labelled/ --data photos/ --with \"svc(c=10)\" --out classes.csv");
  auto arguments = std::make_shared<PredictArguments>();
  auto given = std::make_shared<Assignments>(), reading = std::make_shared<Assignments>();
  auto json = std::make_shared<bool>(false);
  command->add_option("RUN", arguments->run, "run folder of simclr pretrain")->required();
  add_flags(*command, fields(*arguments), *given);
  add_reading_flags(*command, *reading);
  command->add_flag("--json", *json, "a summary as one JSON object on stdout");
  command->callback([&run, arguments, given, reading, json] {
    run = [=] { return run_predict(*arguments, *given, *reading, *json); };
  });
}

}  // namespace simclr
