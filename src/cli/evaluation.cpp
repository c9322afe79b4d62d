#include "cli/evaluation.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <iterator>
#include <map>
#include <unordered_set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "eval/score_json.hpp"

namespace simclr {
namespace {

constexpr size_t kBatchNormPictures = 2048;

struct Side {
  Features features;
  std::vector<int32_t> labels;  // of each row, in the classes of the training source
};

// The classes that have labelled pictures, and how many; a source names those of all its splits.
std::map<std::string, size_t> classes_in(const Pictures& pictures) {
  std::map<std::string, size_t> counts;
  for (size_t i = 0; i < pictures.size(); ++i)
    ++counts[pictures.source().classes()[static_cast<size_t>(pictures.record(i).label)]];
  return counts;
}

// From the labels of a source to places in `classes`, by name; -1 for a class that isn't there.
std::vector<int32_t> class_map(const Source& source, const std::map<std::string, size_t>& classes) {
  std::vector<int32_t> map;
  for (const auto& name : source.classes()) {
    const auto found = classes.find(name);
    map.push_back(found == classes.end() ? -1 : static_cast<int32_t>(std::distance(classes.begin(), found)));
  }
  return map;
}

Side with_labels(Features features, const Pictures& pictures, const std::vector<int32_t>& map) {
  Side side;
  side.features.width = features.width;
  for (size_t r = 0; r < features.rows.size(); ++r) {
    const int32_t label = map[static_cast<size_t>(pictures.record(features.rows[r]).label)];
    if (label < 0) continue;
    const auto first = features.values.begin() + static_cast<std::ptrdiff_t>(r * features.width);
    side.features.values.insert(side.features.values.end(), first,
                                first + static_cast<std::ptrdiff_t>(features.width));
    side.labels.push_back(label);
  }
  return side;
}

Labelled view(const Side& side) {
  return {{side.features.values, side.labels.size(), side.features.width}, side.labels};
}

// Spread over all classes: folders are sorted by class.
std::vector<uint32_t> sample(const Pictures& pictures) {
  const Permutation order(pictures.size(), 0, 0);
  std::vector<uint32_t> chosen;
  for (size_t i = 0; i < std::min(kBatchNormPictures, pictures.size()); ++i)
    chosen.push_back(static_cast<uint32_t>(order[i]));
  return chosen;
}

class Contest {
 public:
  Contest(const RunInputs& inputs, const EvaluationRequest& request)
      : inputs_(inputs),
        request_(request),
        train_(open_pictures(inputs, request.train, true)),
        test_(open_pictures(inputs, request.test, true)),
        classes_(classes_in(train_)),
        train_map_(class_map(train_.source(), classes_)),
        test_map_(class_map(test_.source(), classes_)) {
    check_budgets();
    check_test_classes();
    warn_of_leakage();
  }

  void check_budgets() const {
    for (const int budget : request_.labels_per_class)
      for (const auto& [name, count] : classes_)
        if (static_cast<size_t>(budget) > count)
          throw Error(Exit::data,
                      "class '" + printable(name) + "' has " + std::to_string(count) +
                          " labelled pictures in " + printable(request_.train) + ", fewer than the " +
                          std::to_string(budget) + " labels per class asked for.",
                      "Ask for fewer with --labels-per-class, or for all; or label more of that class.");
  }

  void check_test_classes() const {
    size_t known = 0;
    for (const auto& [name, count] : classes_in(test_)) {
      known += classes_.count(name);
      if (classes_.count(name) == 0)
        log_warning("class '" + printable(name) + "' has no training pictures: its " + std::to_string(count) +
                    " test pictures are left out.");
    }
    if (known == 0)
      throw Error(Exit::data, "no class of " + printable(request_.test) + " is among the classes of " +
                                  printable(request_.train) + ".");
  }

  void warn_of_leakage() const {
    std::unordered_set<std::string> seen;
    for (size_t i = 0; i < train_.size(); ++i) seen.insert(train_.path(i));
    size_t both = 0;
    for (size_t i = 0; i < test_.size(); ++i) both += seen.count(test_.path(i));
    if (both > 0)
      log_warning(std::to_string(both) +
                  " test pictures are in --train as well: the scores will flatter. Name splits, as in " +
                  "DIR:train and DIR:test.");
  }

  Competitor judge(const std::string& name) const {
    log_info("evaluating " + (name == "encoder" ? "the encoder" : "baseline " + name));
    const Side train = with_labels(features(name, train_), train_, train_map_);
    const Side test = with_labels(features(name, test_), test_, test_map_);
    Competitor competitor{name, {}};
    for (const int budget : request_.labels_per_class)
      competitor.scores.push_back(evaluate_table(view(train), view(test), classes_.size(),
                                                 request_.evaluators, budget,
                                                 budget == 0 ? 1 : request_.draws, request_.seed));
    return competitor;
  }

  void list_bad() {
    list_bad_files(train_, inputs_.run.evaluations() / "bad_files_train.csv");
    list_bad_files(test_, inputs_.run.evaluations() / "bad_files_test.csv");
  }

 private:
  Features features(const std::string& name, const Pictures& pictures) const {
    if (name == "pixels") return raw_pixels(inputs_.plan, pictures);
    EmbedOptions options;
    options.precision = request_.precision;
    options.device = request_.device;
    options.progress = true;
    return embed(model(name), inputs_.plan, pictures, options);
  }

  const Model& model(const std::string& name) const {
    if (name == model_name_) return model_;
    model_ = name == "encoder" ? load_model(inputs_.run, inputs_.plan)
                               : load_initial_model(inputs_.run, inputs_.plan);
    if (name == "random")
      collect_batch_norm(model_, inputs_.plan, train_.subset(sample(train_)), kBatchNormPictures);
    model_name_ = name;
    return model_;
  }

  const RunInputs& inputs_;
  const EvaluationRequest& request_;
  Pictures train_, test_;
  std::map<std::string, size_t> classes_;  // with labelled training pictures, and how many
  std::vector<int32_t> train_map_, test_map_;
  mutable Model model_;  // the one loaded last
  mutable std::string model_name_;
};

std::string cell(const Score& score, bool best) {
  char text[48];
  if (score.draws > 1) {
    std::snprintf(text, sizeof text, "%.1f ± %.1f%s", 100 * score.accuracy, 100 * score.std,
                  best ? "*" : " ");
  } else {
    std::snprintf(text, sizeof text, "%.1f%s", 100 * score.accuracy, best ? "*" : " ");
  }
  return text;
}

// Pads to `width` columns; a ± is one column and two bytes.
std::string right(const std::string& text, size_t width) {
  size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return std::string(width > columns ? width - columns : 0, ' ') + text;
}

std::string shown(const std::string& name) {
  return name == "encoder" ? "pretrained encoder" : name == "random" ? "same, untrained" : "raw pixels";
}

const Score* find_score(const std::vector<Score>& scores, const std::string& name) {
  for (const auto& score : scores)
    if (score.name == name) return &score;
  return nullptr;
}

}  // namespace

std::vector<Competitor> compete(const RunInputs& inputs, const EvaluationRequest& request) {
  Contest contest(inputs, request);
  std::filesystem::create_directories(inputs.run.evaluations());
  std::vector<Competitor> all{contest.judge("encoder")};
  for (const auto& baseline : request.baselines) all.push_back(contest.judge(baseline));
  contest.list_bad();
  return all;
}

nlohmann::ordered_json to_json(const std::vector<Competitor>& all, const EvaluationRequest& request,
                               size_t budget) {
  nlohmann::ordered_json baselines = nlohmann::ordered_json::object();
  for (size_t i = 1; i < all.size(); ++i) baselines[all[i].name] = to_json(all[i].scores[budget]);
  return {{"evaluations", to_json(all[0].scores[budget])},
          {"baselines", baselines},
          {"train", printable(request.train)},
          {"test", printable(request.test)},
          {"labels_per_class", request.labels_per_class[budget]},
          {"seed", request.seed}};
}

std::string to_text(const std::vector<Competitor>& all, const EvaluationRequest& request) {
  std::vector<std::string> evaluators;
  for (const auto& budget : all[0].scores)
    for (const auto& score : budget)
      if (std::find(evaluators.begin(), evaluators.end(), score.name) == evaluators.end())
        evaluators.push_back(score.name);
  std::string out;
  constexpr size_t kCell = 15;
  size_t wide = 20;
  for (const auto& evaluator : evaluators) wide = std::max(wide, evaluator.size() + 1);
  for (const auto& evaluator : evaluators) {
    out += evaluator + std::string(wide - evaluator.size(), ' ');
    for (const int budget : request.labels_per_class)
      out += right(budget == 0 ? "all labels " : std::to_string(budget) + " a class ", kCell);
    out += "\n";
    std::vector<double> best(request.labels_per_class.size(), 0);
    for (const auto& competitor : all)
      for (size_t b = 0; b < best.size(); ++b)
        if (const Score* score = find_score(competitor.scores[b], evaluator))
          best[b] = std::max(best[b], score->accuracy);
    for (const auto& competitor : all) {
      out += "  " + shown(competitor.name) + std::string(wide - 2 - shown(competitor.name).size(), ' ');
      for (size_t b = 0; b < best.size(); ++b) {
        const Score* score = find_score(competitor.scores[b], evaluator);
        out += right(score == nullptr ? "- " : cell(*score, score->accuracy == best[b]), kCell);
      }
      out += "\n";
    }
  }
  return out + "accuracy in %, mean ± standard deviation over " + std::to_string(request.draws) +
         " draws of the labels; * best of its column\n";
}

std::string budget_name(int labels_per_class) {
  return labels_per_class == 0 ? "all" : "labels-" + std::to_string(labels_per_class);
}

std::string file_name(const EvaluationRequest& request, int labels_per_class) {
  std::string name = std::filesystem::path(request.test).filename().native();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  const std::string hash = sha256(request.train + '\0' + request.test).substr(0, 6);
  return (name.empty() ? "" : name + "-") + hash + "-" + budget_name(labels_per_class) + ".json";
}

}  // namespace simclr
