// What the Python oracles call: one command on .npy files (float32 rows, int32 labels), one JSON object on
// stdout.
//   eval_tool fit ROWS LABELS CLASSES C ITERATIONS TOLERANCE   the linear model
//   eval_tool evaluate TRAIN LABELS TEST LABELS EVALUATORS LABELS_PER_CLASS DRAWS SEED   the scores, seconds
//   eval_tool neighbours BANK QUERIES K   index and similarity
//   eval_tool umap ROWS METRIC NEIGHBOURS MIN_DIST EPOCHS SEED   the places, seconds
//   eval_tool quality ROWS MAP METRIC K MOST_QUERIES   of a map
//   eval_tool pca ROWS COUNT   axes, shares of the variance and places
//   eval_tool labels TRUTH SCORES THRESHOLD   figures of rows with several classes
//   eval_tool one_vs_rest TRAIN TRUTH TEST C   probabilities
#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "eval/knn.hpp"
#include "eval/label_metrics.hpp"
#include "eval/linear.hpp"
#include "eval/map_quality.hpp"
#include "eval/one_vs_rest.hpp"
#include "eval/pca.hpp"
#include "eval/protocol.hpp"
#include "eval/score_json.hpp"
#include "eval/umap.hpp"
#include "formats/npy.hpp"

namespace {

using nlohmann::ordered_json;

struct Arrays {
  explicit Arrays(const std::string& path) : file(path) {}
  simclr::Table table() const { return {file.values<float>(), file.shape().at(0), file.shape().at(1)}; }
  simclr::Labels labels() const { return file.values<int32_t>(); }
  simclr::NpyFile file;
};

ordered_json fit(const std::vector<std::string>& args) {
  const Arrays rows(args.at(0)), labels(args.at(1));
  const simclr::LinearModel model =
      simclr::fit_linear(rows.table(), labels.labels(), std::stoul(args.at(2)), std::stod(args.at(3)),
                         std::stoi(args.at(4)), std::stod(args.at(5)));
  return {{"weight", model.weight},
          {"bias", model.bias},
          {"mean", model.mean},
          {"inverse_std", model.inverse_std},
          {"iterations", model.iterations},
          {"converged", model.converged}};
}

ordered_json evaluate(const std::vector<std::string>& args) {
  const Arrays train(args.at(0)), train_labels(args.at(1)), test(args.at(2)), test_labels(args.at(3));
  const auto labels = train_labels.labels();
  const size_t classes =
      labels.empty() ? 0 : static_cast<size_t>(*std::max_element(labels.begin(), labels.end())) + 1;
  const auto start = std::chrono::steady_clock::now();
  const auto scores =
      simclr::evaluate_table({train.table(), labels}, {test.table(), test_labels.labels()}, classes,
                             simclr::split_outside(args.at(4), ','), std::stoi(args.at(5)),
                             std::stoi(args.at(6)), std::stoull(args.at(7)));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  ordered_json result = simclr::to_json(scores);
  result["seconds"] = seconds.count();
  return result;
}

ordered_json neighbours(const std::vector<std::string>& args) {
  const Arrays bank(args.at(0)), queries(args.at(1));
  const auto start = std::chrono::steady_clock::now();
  const auto found = simclr::nearest_neighbours(bank.table(), queries.table(), std::stoul(args.at(2)));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return {
      {"k", found.k}, {"seconds", seconds.count()}, {"index", found.index}, {"similarity", found.similarity}};
}

simclr::Metric metric(const std::string& name) {
  return name == "cosine" ? simclr::Metric::cosine : simclr::Metric::euclidean;
}

ordered_json umap(const std::vector<std::string>& args) {
  const Arrays rows(args.at(0));
  const auto start = std::chrono::steady_clock::now();
  const auto map = simclr::umap(rows.table(), {.neighbours = std::stoul(args.at(2)),
                                               .min_dist = std::stod(args.at(3)),
                                               .epochs = std::stoi(args.at(4)),
                                               .seed = std::stoull(args.at(5)),
                                               .metric = metric(args.at(1))});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return {{"parts", map.parts}, {"epochs", map.epochs}, {"seconds", seconds.count()}, {"values", map.values}};
}

ordered_json quality(const std::vector<std::string>& args) {
  const Arrays rows(args.at(0)), map(args.at(1));
  const auto found = simclr::map_quality(rows.table(), map.table(), metric(args.at(2)),
                                         std::stoul(args.at(3)), std::stoul(args.at(4)));
  return {{"k", found.k},
          {"queries", found.queries},
          {"trustworthiness", found.trustworthiness},
          {"neighbours_kept", found.neighbours_kept}};
}

ordered_json pca(const std::vector<std::string>& args) {
  const Arrays rows(args.at(0));
  const auto found = simclr::principal_components(rows.table(), std::stoul(args.at(1)));
  return {{"axes", found.axes}, {"share", found.share}, {"values", found.values}};
}

std::vector<uint8_t> bits(const Arrays& truth) {
  std::vector<uint8_t> values;
  for (const int32_t value : truth.labels()) values.push_back(value != 0 ? 1 : 0);
  return values;
}

ordered_json labels(const std::vector<std::string>& args) {
  const Arrays truth(args.at(0)), scores(args.at(1));
  const auto known = bits(truth);
  const auto given = scores.file.values<float>();
  const std::vector<double> values(given.begin(), given.end());
  const simclr::ScoredLabels scored{known, values, truth.file.shape().at(0), truth.file.shape().at(1)};
  const std::vector<double> thresholds(scored.classes, std::stof(args.at(2)));
  const auto [f, low, high, counts] = simclr::judge_labels(scored, simclr::decide(scored, thresholds), 0);
  return {{"f1_micro", f.f1_micro},
          {"f1_macro", f.f1_macro},
          {"f1_samples", f.f1_samples},
          {"accuracy", f.accuracy},
          {"map", f.map},
          {"map_micro", f.map_micro},
          {"precision", f.precision},
          {"recall", f.recall},
          {"average_precision", f.average_precision},
          {"roc_auc", f.roc_auc},
          {"f1_macro_interval", {low.f1_macro, high.f1_macro}},
          {"map_interval", {low.map, high.map}}};
}

ordered_json one_vs_rest(const std::vector<std::string>& args) {
  const Arrays train(args.at(0)), truth(args.at(1)), test(args.at(2));
  const auto model =
      simclr::fit_one_vs_rest(train.table(), bits(truth), truth.file.shape().at(1), std::stod(args.at(3)), 0);
  return {{"scores", simclr::predict(model, test.table())}};
}

using Command = ordered_json (*)(const std::vector<std::string>&);
constexpr std::pair<std::string_view, Command> commands[] = {
    {"fit", fit},         {"evaluate", evaluate}, {"neighbours", neighbours}, {"umap", umap},
    {"quality", quality}, {"pca", pca},           {"labels", labels},         {"one_vs_rest", one_vs_rest}};

}  // namespace

int main(int count, char** values) {
  try {
    std::vector<std::string> args(values + 1, values + count);
    const std::string command = args.empty() ? "" : args.front();
    if (!args.empty()) args.erase(args.begin());
    const auto known = std::find_if(std::begin(commands), std::end(commands),
                                    [&](const auto& one) { return one.first == command; });
    if (known == std::end(commands)) return 2;
    std::cout << known->second(args) << '\n';
    return 0;
  } catch (const simclr::Error& error) {
    std::cerr << error.what() << ' ' << error.hint() << '\n';
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
