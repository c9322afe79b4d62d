#include "study/label_probe.hpp"

#include <algorithm>
#include <cstdio>

#include "base/contestant_name.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "data/statistics.hpp"
#include "eval/one_vs_rest.hpp"
#include "study/contestant.hpp"
#include "study/label_scores.hpp"
#include "train/cache.hpp"
#include "train/label_choice.hpp"
#include "train/picture_form.hpp"
#include "train/trained_classes.hpp"

namespace simclr {
namespace {

struct TruthSide {
  Side side;                   // its labels are not looked at
  std::vector<int64_t> truth;  // [pictures, classes], 0 or 1
};

struct TruthSides {
  TrainedClasses classes;
  TruthSide train, test;
};

struct ChosenRecords {
  std::shared_ptr<const Source> source;
  std::vector<uint32_t> records;
};

// Without --test: a share of the labelled pictures, of each class alike.
std::pair<ChosenRecords, ChosenRecords> open_both(const RunInputs& inputs, const SidesRequest& request) {
  const OpenOptions options = open_options(inputs, request.label_map);
  ChosenRecords train{open_source(request.train, options), {}}, test;
  train.records = every_record(*train.source);
  if (request.test_fraction == 0) {
    test.source = open_source(request.test, options);
    test.records = every_record(*test.source);
    return {train, test};
  }
  test = {train.source,
          choose_labelled(*train.source, train.records, {request.test_fraction, false, request.seed})};
  std::erase_if(train.records,
                [&](uint32_t i) { return std::binary_search(test.records.begin(), test.records.end(), i); });
  return {train, test};
}

TruthSide truth_side(const RunInputs& inputs, ChosenRecords chosen, const TrainedClasses& classes) {
  TruthSide side;
  side.truth = keep_of_classes(*chosen.source, chosen.records, classes);
  if (chosen.records.empty()) throw Error(Exit::data, "there is no labelled picture to test on.");
  const size_t count = chosen.records.size();
  side.side = {std::make_shared<Pictures>(chosen.source, std::move(chosen.records),
                                          planned_form(inputs.settings, inputs.plan), false),
               std::vector<int32_t>(count)};
  take_cache(*side.side.pictures, inputs.settings);
  return side;
}

TruthSides open_truth(const RunInputs& inputs, const ProbeRequest& request) {
  auto [train, test] = open_both(inputs, request.sides);
  const bool sets = train.source->multi_label();
  TruthSides sides{trained_classes(*train.source, train.records, true), {}, {}};
  if (!sets && sides.classes.names.size() == 2)
    sides.classes.names = {sides.classes.names[positive_class(request.positive, sides.classes.names)]};
  sides.train = truth_side(inputs, std::move(train), sides.classes);
  sides.test = truth_side(inputs, std::move(test), sides.classes);
  return sides;
}

std::vector<uint8_t> truth_of_rows(const TruthSide& side, const std::vector<uint32_t>& rows, size_t classes) {
  std::vector<uint8_t> truth;
  truth.reserve(rows.size() * classes);
  for (const uint32_t i : rows)
    for (size_t c = 0; c < classes; ++c) truth.push_back(side.truth[i * classes + c] != 0 ? 1 : 0);
  return truth;
}

nlohmann::ordered_json judge_probe(const EmbeddedSides& rows, const TruthSides& sides,
                                   const ProbeRequest& request) {
  const size_t classes = sides.classes.names.size();
  const Features &train = rows.train.features, &test = rows.test.features;
  const auto known = truth_of_rows(sides.train, train.rows, classes);
  const OneVsRest model = fit_one_vs_rest({train.values, train.rows.size(), train.width}, known, classes,
                                          request.settings.c, request.sides.seed);
  const PredictedLabels predicted{truth_of_rows(sides.test, test.rows, classes),
                                  predict(model, {test.values, test.rows.size(), test.width}),
                                  test.rows.size(), classes};
  auto scores = label_scores(
      predicted, {LabelTask::multi_label, sides.classes.names, 0, model.thresholds, request.sides.seed});
  scores["c"] = model.c;
  return scores;
}

}  // namespace

Fields fields(ProbeSettings& s) {
  return {field("c", s.c, "inverse strength of the L2 penalty; auto: by log loss on held-out fifths")
              .range(1e-9, 1e9)};
}

nlohmann::ordered_json probe_labels(const RunInputs& inputs, const ProbeRequest& request) {
  if (request.sides.classes != "all")
    throw Error(Exit::setting, "--classes can't be chosen for multilabel.",
                "Name those wanted with --label-map \"A=A;B=B\".");
  const Checkpoint checkpoint = intact_checkpoint(inputs.run);
  const TruthSides truth = open_truth(inputs, request);
  const Sides sides{truth.classes.names, truth.train.side, truth.test.side};
  std::vector<std::string> names{"encoder"};
  names.insert(names.end(), request.baselines.begin(), request.baselines.end());
  nlohmann::ordered_json scores;
  for (const auto& name : names) {
    log_info("telling classes by " + (name == "encoder" ? "the encoder" : "baseline " + name));
    scores[name] =
        judge_probe(embed_sides(name, inputs, checkpoint, sides, request.embedding), truth, request);
  }
  const std::string caveat = truth.test.side.pictures->source().caveat();
  if (!caveat.empty()) log_warning(caveat + ".");
  nlohmann::ordered_json result{{"multilabel", scores},
                                {"train", printable(request.sides.train)},
                                {"test", test_name(request.sides)},
                                {"labels", truth.train.side.labels.size()},
                                {"test_pictures", truth.test.side.labels.size()},
                                {"label_map", printable(request.sides.label_map)},
                                {"seed", request.sides.seed},
                                {"step", checkpoint.step},
                                {"weights_sha256", checkpoint.weights_sha256}};
  if (!caveat.empty()) result["caveat"] = caveat;
  return result;
}

std::string probe_text(const nlohmann::ordered_json& result) {
  std::string out = "one class against the rest          F1   tuned   micro     AUC      AP\n";
  for (const auto& [name, scores] : result["multilabel"].items()) {
    out += "  " + contestant_name(name) + std::string(26 - contestant_name(name).size(), ' ');
    for (const char* key : {"f1", "f1_tuned", "f1_micro", "auc", "map"}) {
      char text[32] = "       -";
      if (scores[key].is_number()) std::snprintf(text, sizeof text, "%8.3f", scores[key].get<double>());
      out += text;
    }
    out += "\n";
  }
  return out + "on " + std::to_string(result["test_pictures"].get<size_t>()) +
         " test pictures, means over classes; of the pretrained encoder:\n" +
         label_scores_text(result["multilabel"]["encoder"]);
}

}  // namespace simclr
