#include "eval/classifiers.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/fields.hpp"
#include "eval/linear.hpp"
#include "eval/svc.hpp"

namespace simclr {
namespace {

struct KnnSettings {
  std::optional<int64_t> k;  // auto: 20, and 200 beside it
  double temperature = 0.1;
};

Fields fields(KnnSettings& s) {
  return {
      field("k", s.k, "neighbours that vote; auto: 20, and 200 beside it where as many rows are labelled")
          .range(1, 65536),
      field("temperature", s.temperature, "of the votes exp(similarity / temperature)").range(0.001, 100)};
}

struct SvcSettings {
  double c = 1;
  std::optional<double> gamma;  // auto: scikit-learn's "scale"
};

Fields fields(SvcSettings& s) {
  return {field("c", s.c, "inverse strength of the penalty").range(1e-9, 1e9),
          field("gamma", s.gamma, "of the kernel exp(-gamma |x - y|^2); auto: 1 / (width * variance)")
              .range(1e-9, 1e9)};
}

struct LinearSvcSettings {
  double c = 1;
};

Fields fields(LinearSvcSettings& s) {
  return {field("c", s.c, "inverse strength of the penalty").range(1e-9, 1e9)};
}

struct LinearSettings {
  std::optional<double> c;  // auto: chosen on a validation split
};

Fields fields(LinearSettings& s) {
  return {field("c", s.c, "inverse strength of the L2 penalty; auto: chosen on a validation split")
              .range(1e-9, 1e9)};
}

std::vector<Classifier> knn_classifiers(const Spec& spec) {
  KnnSettings settings, usual;
  configure(fields(settings), spec, "evaluator");
  const auto make = [&](const std::string& name, size_t k) {
    Classifier one{.name = name, .text = canonical(name, fields(settings), fields(usual))};
    one.k = k;
    one.temperature = settings.temperature;
    one.classify = [k, temperature = settings.temperature](const Task& task) {
      const Neighbours nearest = closest(task.neighbours, std::min(k, task.train.table.rows));
      Classified result;
      result.predicted = knn_predict(nearest, task.train.labels, task.classes, temperature,
                                     task.probabilities ? &result.probabilities : nullptr);
      return result;
    };
    return one;
  };
  if (settings.k) return {make("knn", static_cast<size_t>(*settings.k))};
  std::vector<Classifier> both{make("knn", 20), make("knn200", 200)};
  both[1].least_rows = 200;
  return both;
}

// One of these settings under its own name.
template <class Settings, class Classify>
std::vector<Classifier> one_classifier(const Spec& spec, const Classify& classify) {
  Settings settings, usual;
  configure(fields(settings), spec, "evaluator");
  Classifier one{.name = spec.name, .text = canonical(spec.name, fields(settings), fields(usual))};
  one.classify = [settings, classify](const Task& task) { return classify(settings, task); };
  return {one};
}

std::vector<Classifier> linear_classifier(const Spec& spec) {
  return one_classifier<LinearSettings>(spec, [](const LinearSettings& s, const Task& task) {
    const auto& [table, labels] = task.train;
    const LinearModel model = s.c ? fit_linear(table, labels, task.classes, *s.c)
                                  : fit_linear_best_c(table, labels, task.classes, task.seed);
    Classified result{.predicted = {}, .c = model.c};
    result.predicted = predict(model, task.queries, task.probabilities ? &result.probabilities : nullptr);
    return result;
  });
}

std::vector<Classifier> svc_classifier(const Spec& spec) {
  return one_classifier<SvcSettings>(spec, [](const SvcSettings& s, const Task& task) {
    Classified result{.predicted = {}, .c = s.c};
    result.predicted =
        svc_predict(task.train.table, task.train.labels, task.queries, s.c, s.gamma.value_or(0), task.classes,
                    task.probabilities ? &result.probabilities : nullptr);
    return result;
  });
}

std::vector<Classifier> linear_svc_classifier(const Spec& spec) {
  return one_classifier<LinearSvcSettings>(spec, [](const LinearSvcSettings& s, const Task& task) {
    return Classified{.predicted = linear_svc_predict(task.train.table, task.train.labels, task.queries, s.c),
                      .c = s.c};
  });
}

struct ClassifierEntry {
  const char* name;
  std::vector<Classifier> (*make)(const Spec& spec);
};

constexpr ClassifierEntry classifier_table[] = {{"knn", knn_classifiers},
                                                {"linear", linear_classifier},
                                                {"svc", svc_classifier},
                                                {"linear_svc", linear_svc_classifier}};

}  // namespace

std::vector<Classifier> make_classifiers(const Spec& spec) {
  std::vector<std::string> names;
  for (const auto& one : classifier_table) {
    if (spec.name == one.name) return one.make(spec);
    names.emplace_back(one.name);
  }
  throw Error(Exit::setting,
              "unknown evaluator '" + printable(spec.name) + "'." + suggestion(spec.name, names));
}

}  // namespace simclr
