#include "cli/evaluation.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "eval/score_json.hpp"
#include "train/cache.hpp"
#include "train/checkpoint.hpp"

namespace simclr {
namespace {

constexpr size_t kBatchNormPictures = 2048;

struct Embedded {
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
  std::unordered_map<std::string_view, int32_t> places;
  for (const auto& [name, count] : classes) places.emplace(name, static_cast<int32_t>(places.size()));
  std::vector<int32_t> map;
  for (const auto& name : source.classes()) {
    const auto found = places.find(name);
    map.push_back(found == places.end() ? -1 : found->second);
  }
  return map;
}

Embedded with_labels(Features features, const Pictures& pictures, const std::vector<int32_t>& map) {
  Embedded side;
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

Labelled view(const Embedded& side) {
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

struct Sides {
  Pictures train, test;
};

// Of each class a share to test on, at least one picture and never all.
Sides hold_out(const Pictures& all, double fraction, uint64_t seed) {
  std::map<int32_t, std::vector<uint32_t>> by_class;
  for (size_t i = 0; i < all.size(); ++i) by_class[all.record(i).label].push_back(static_cast<uint32_t>(i));
  std::vector<uint32_t> train, test;
  for (const auto& [label, members] : by_class) {
    const Permutation order(members.size(), derive_seed(seed, "test fraction"), static_cast<uint32_t>(label));
    const size_t most = members.size() - 1;
    const auto wanted = static_cast<size_t>(std::llround(fraction * static_cast<double>(members.size())));
    const size_t held_out = std::min(most, std::max<size_t>(1, wanted));
    for (size_t i = 0; i < members.size(); ++i) (i < held_out ? test : train).push_back(members[order[i]]);
  }
  std::sort(train.begin(), train.end());
  std::sort(test.begin(), test.end());
  return Sides{all.subset(train), all.subset(test)};
}

Sides open_sides(const RunInputs& inputs, const EvaluationRequest& request) {
  if (request.test_fraction > 0)
    return hold_out(open_pictures(inputs, request.train, true), request.test_fraction, request.seed);
  return Sides{open_pictures(inputs, request.train, true), open_pictures(inputs, request.test, true)};
}

// All, or those that the run has trained on or has not.
std::map<std::string, size_t> chosen_classes(std::map<std::string, size_t> counts, const RunInputs& inputs,
                                             const std::string& which) {
  if (which == "all") return counts;
  const std::vector<std::string>& held_out = inputs.plan.held_out_classes;
  if (held_out.empty())
    throw Error(Exit::setting, "--classes " + which + ": this run held out no classes.",
                "Train it with --hold-out-classes A,B.");
  std::erase_if(counts, [&](const auto& one) {
    const bool unseen = std::find(held_out.begin(), held_out.end(), printable(one.first)) != held_out.end();
    return unseen != (which == "unseen");
  });
  if (counts.empty())
    throw Error(Exit::data, "--classes " + which + ": the labelled pictures have none of these classes.");
  return counts;
}

class Contest {
 public:
  Contest(const RunInputs& inputs, const EvaluationRequest& request)
      : inputs_(inputs),
        request_(request),
        sides_(open_sides(inputs, request)),
        train_(sides_.train),
        test_(sides_.test),
        classes_(chosen_classes(classes_in(train_), inputs, request.classes)),
        train_map_(class_map(train_.source(), classes_)),
        test_map_(class_map(test_.source(), classes_)) {
    take_cache(train_, inputs.settings);
    take_cache(test_, inputs.settings);
    check_budgets();
    check_test_classes();
    count_shared();
  }

  void check_budgets() const {
    for (const int budget : request_.labels_per_class)
      for (const auto& [name, count] : classes_)
        if (static_cast<size_t>(budget) > count)
          throw Error(Exit::data,
                      "class '" + printable(name) + "' has " + std::to_string(count) +
                          " labelled pictures in " + printable(request_.train) + ", fewer than the " +
                          std::to_string(budget) + " labels per class asked for.",
                      "Ask for at most " + std::to_string(least_labels()) +
                          " with --labels-per-class, or for all; or label more of that class.");
  }

  size_t least_labels() const {
    size_t least = SIZE_MAX;
    for (const auto& [name, count] : classes_) least = std::min(least, count);
    return least;
  }

  void check_test_classes() const {
    size_t known = 0;
    for (const auto& [name, count] : classes_in(test_)) {
      known += classes_.count(name);
      if (classes_.count(name) == 0 && request_.classes == "all")
        log_warning("class '" + printable(name) + "' has no training pictures: its " + std::to_string(count) +
                    " test pictures are left out.");
    }
    if (known == 0)
      throw Error(Exit::data, "no class of " + printable(request_.test) + " is among the classes of " +
                                  printable(request_.train) + ".");
  }

  void count_shared() {
    std::unordered_set<std::string> seen;
    for (size_t i = 0; i < train_.size(); ++i) seen.insert(train_.path(i));
    for (size_t i = 0; i < test_.size(); ++i) shared_ += seen.count(test_.path(i));
    if (shared_ > 0)
      log_warning(std::to_string(shared_) +
                  " test pictures are in --train as well: the scores will flatter. Name splits, as in " +
                  "DIR:train and DIR:test, or hold a part out with --test-fraction.");
  }

  Comparison compare() {
    Comparison result;
    for (const auto& name : competitors()) result.competitors.push_back(judge(name));
    for (const auto& [name, count] : classes_) result.classes.push_back(name);
    result.step = checkpoint_.step;
    result.weights_sha256 = checkpoint_.weights_sha256;
    result.test_pictures = test_.size();
    result.shared = shared_;
    return result;
  }

  std::vector<std::string> competitors() const {
    std::vector<std::string> names{"encoder"};
    names.insert(names.end(), request_.baselines.begin(), request_.baselines.end());
    return names;
  }

  Competitor judge(const std::string& name) const {
    log_info("evaluating " + (name == "encoder" ? "the encoder" : "baseline " + name));
    const Embedded train = with_labels(features(name, train_), train_, train_map_);
    const Embedded test = with_labels(features(name, test_), test_, test_map_);
    Competitor competitor{name, {}, {}};
    if (request_.angles) competitor.angles = class_angles(view(test).table, test.labels, classes_.size());
    if (request_.evaluators.empty()) return competitor;
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
    model_ = name == "encoder" ? load_model(checkpoint_, inputs_.plan)
                               : load_initial_model(inputs_.run, inputs_.plan);
    if (name == "random")
      collect_batch_norm(model_, inputs_.plan, train_.subset(sample(train_)), kBatchNormPictures);
    model_name_ = name;
    return model_;
  }

  const RunInputs& inputs_;
  const EvaluationRequest& request_;
  const Checkpoint checkpoint_ = intact_checkpoint(inputs_.run);
  Sides sides_;
  Pictures &train_, &test_;
  std::map<std::string, size_t> classes_;  // with labelled training pictures, and how many
  std::vector<int32_t> train_map_, test_map_;
  mutable Model model_;  // the one loaded last
  mutable std::string model_name_;
  size_t shared_ = 0;
};

}  // namespace

Comparison compete(const RunInputs& inputs, const EvaluationRequest& request) {
  Contest contest(inputs, request);
  std::filesystem::create_directories(inputs.run.evaluations());
  Comparison result = contest.compare();
  contest.list_bad();
  return result;
}

std::string test_name(const EvaluationRequest& request) {
  const std::string of = request.classes == "all" ? "" : ", " + request.classes + " classes";
  if (request.test_fraction == 0) return printable(request.test) + of;
  return shortest(request.test_fraction) + " of " + printable(request.train) + ", held out" + of;
}

nlohmann::ordered_json to_json(const Comparison& result, const EvaluationRequest& request, size_t budget) {
  const auto& all = result.competitors;
  nlohmann::ordered_json baselines = nlohmann::ordered_json::object();
  for (size_t i = 1; i < all.size(); ++i) baselines[all[i].name] = to_json(all[i].scores[budget]);
  return {{"evaluations", to_json(all[0].scores[budget])},
          {"baselines", baselines},
          {"train", printable(request.train)},
          {"test", test_name(request)},
          {"test_pictures", result.test_pictures},
          {"in_both", result.shared},
          {"classes", request.classes},
          {"labels_per_class", request.labels_per_class[budget]},
          {"seed", request.seed},
          {"step", result.step},
          {"weights_sha256", result.weights_sha256}};
}

std::string budget_name(int labels_per_class) {
  return labels_per_class == 0 ? "all" : "labels-" + std::to_string(labels_per_class);
}

std::string file_name(const EvaluationRequest& request, const std::string& what) {
  const auto absolute = [](const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().native();
  };
  std::string name = std::filesystem::path(absolute(request.test)).filename().native();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  const std::string hash =
      sha256(absolute(request.train) + '\0' + absolute(request.test) + shortest(request.test_fraction))
          .substr(0, 6);
  const std::string classes = request.classes == "all" ? "" : request.classes + "-";
  return (name.empty() ? "" : name + "-") + hash + "-" + classes + what + ".json";
}

}  // namespace simclr
