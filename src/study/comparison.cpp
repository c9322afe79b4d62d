#include "study/comparison.hpp"

#include <algorithm>
#include <cctype>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "eval/score_json.hpp"

namespace simclr {
namespace {

void check_budgets(const Sides& sides, const ComparisonRequest& request) {
  const std::vector<size_t> counts = sides.training_pictures();
  const size_t least = *std::min_element(counts.begin(), counts.end());
  for (const int budget : request.labels_per_class)
    for (size_t c = 0; c < counts.size(); ++c)
      if (static_cast<size_t>(budget) > counts[c])
        throw Error(Exit::data,
                    "class '" + printable(sides.classes[c]) + "' has " + std::to_string(counts[c]) +
                        " labelled pictures in " + printable(request.sides.train) + ", fewer than the " +
                        std::to_string(budget) + " labels per class asked for.",
                    "Ask for at most " + std::to_string(least) +
                        " with --labels-per-class, or for all; or label more of that class.");
}

Competitor judge(const std::string& name, const EmbeddedSides& rows, size_t classes,
                 const ComparisonRequest& request) {
  Competitor competitor{name, {}, {}};
  const Labelled train = rows.train.view(), test = rows.test.view();
  if (request.angles) competitor.angles = class_angles(test.table, test.labels, classes);
  if (request.evaluators.empty()) return competitor;
  for (const int budget : request.labels_per_class)
    competitor.scores.push_back(evaluate_table(train, test, classes, request.evaluators, budget,
                                               budget == 0 ? 1 : request.draws, request.sides.seed));
  return competitor;
}

void add_pictures_of(Comparison& result, const EmbeddedSides& rows, const RunInputs& inputs,
                     const Checkpoint& checkpoint, const Sides& sides, const ComparisonRequest& request) {
  if (request.map) {
    log_info("drawing a map of the embeddings");
    const EmbeddingMap map =
        map_embeddings(rows, sides, inputs.plan.held_out_classes, *request.map, request.sides.seed);
    result.map = to_json(map, sides, request.sides);
    result.map["step"] = checkpoint.step;
    result.map_csv = to_csv(map, sides);
    result.map_text = to_text(map);
  }
  if (!request.galleries) return;
  if (request.galleries->layer == "h") {
    result.galleries = galleries_json(rows.test, sides, request.sides, *request.galleries);
    return;
  }
  EmbedOptions options = request.embedding;
  options.layer = request.galleries->layer;
  const Embedded other = embed_side(load_model(checkpoint, inputs.plan), inputs, sides.test, options);
  result.galleries = galleries_json(other, sides, request.sides, *request.galleries);
}

template <class Settings>
Settings configured(const Spec& spec) {
  Settings settings;
  configure(fields(settings), spec, "evaluator");
  return settings;
}

}  // namespace

void set_evaluators(ComparisonRequest& request, const std::string& list) {
  for (const auto& text : split_outside(list, ',')) {
    const Spec spec = parse_spec(text, "evaluator");
    if (spec.name == "angles") {
      configure({}, spec, "evaluator");
      request.angles = true;
    } else if (spec.name == "umap") {
      request.map = configured<MapRequest>(spec);
    } else if (spec.name == "galleries") {
      request.galleries = configured<GalleryRequest>(spec);
    } else if (spec.name == "multilabel") {
      request.multilabel = configured<ProbeSettings>(spec);
    } else {
      request.evaluators.push_back(text);
    }
  }
  check_evaluators(request.evaluators);
}

Comparison compare(const RunInputs& inputs, const ComparisonRequest& request) {
  const Checkpoint checkpoint = intact_checkpoint(inputs.run);
  Sides sides = open_sides(inputs, request.sides);
  check_budgets(sides, request);
  std::filesystem::create_directories(inputs.run.evaluations());
  Comparison result;
  result.classes = sides.classes;
  result.step = checkpoint.step;
  result.weights_sha256 = checkpoint.weights_sha256;
  result.test_pictures = sides.test.pictures->size();
  result.shared = sides.shared;
  result.caveat = sides.test.pictures->source().caveat();
  if (!result.caveat.empty()) log_warning(result.caveat + ".");
  if (const size_t unseen = inputs.plan.held_out_classes.size(); unseen > 0 && request.sides.classes == "all")
    log_info(
        std::to_string(unseen) +
        " classes were held out of training; --classes unseen and --classes seen judge on either alone.");
  std::vector<std::string> names{"encoder"};
  if (request.angles || !request.evaluators.empty())
    names.insert(names.end(), request.baselines.begin(), request.baselines.end());
  for (const auto& name : names) {
    log_info("evaluating " + (name == "encoder" ? "the encoder" : "baseline " + name));
    const EmbeddedSides rows = embed_sides(name, inputs, checkpoint, sides, request.embedding);
    result.competitors.push_back(judge(name, rows, sides.classes.size(), request));
    if (name == "encoder") add_pictures_of(result, rows, inputs, checkpoint, sides, request);
  }
  list_bad_files(sides, inputs.run.evaluations());
  return result;
}

nlohmann::ordered_json to_json(const Comparison& result, const ComparisonRequest& request, size_t budget) {
  const auto& all = result.competitors;
  nlohmann::ordered_json baselines = nlohmann::ordered_json::object();
  for (size_t i = 1; i < all.size(); ++i) baselines[all[i].name] = to_json(all[i].scores[budget]);
  nlohmann::ordered_json json{{"evaluations", to_json(all[0].scores[budget])},
                              {"baselines", baselines},
                              {"train", printable(request.sides.train)},
                              {"test", test_name(request.sides)},
                              {"test_pictures", result.test_pictures},
                              {"in_both", result.shared},
                              {"classes", request.sides.classes},
                              {"labels_per_class", request.labels_per_class[budget]},
                              {"seed", request.sides.seed},
                              {"step", result.step},
                              {"weights_sha256", result.weights_sha256}};
  if (!result.caveat.empty()) json["caveat"] = result.caveat;
  return json;
}

std::string budget_name(int labels_per_class) {
  return labels_per_class == 0 ? "all" : "labels-" + std::to_string(labels_per_class);
}

std::string file_name(const SidesRequest& request, const std::string& what) {
  const auto absolute = [](const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().native();
  };
  std::string name = std::filesystem::path(absolute(request.test)).filename().native();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  const std::string hash = sha256(absolute(request.train) + '\0' + absolute(request.test) +
                                  shortest(request.test_fraction) + request.label_map)
                               .substr(0, 6);
  const bool word = request.classes == "seen" || request.classes == "unseen";
  const std::string classes = request.classes == "all" ? ""
                              : word                   ? request.classes + "-"
                                                       : sha256(request.classes).substr(0, 6) + "-";
  return (name.empty() ? "" : name + "-") + hash + "-" + classes + what + ".json";
}

}  // namespace simclr
