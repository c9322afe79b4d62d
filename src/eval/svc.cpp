#include "eval/svc.hpp"

#include <libsvm/svm.h>
#include <linear.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>

#include "base/error.hpp"
#include "eval/standard.hpp"

namespace simclr {
namespace {

// Rows of both libraries: lists of (column from 1, value), ended by column -1. Zeros may be left out.
template <class Node>
class Rows {
 public:
  // `ones`: with a column of them after the last.
  Rows(std::span<const float> values, size_t width, bool ones = false) {
    const size_t rows = values.size() / width;
    nodes_.reserve(rows * (width + 2));
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < width; ++j)
        if (const float value = values[i * width + j]; value != 0)
          nodes_.push_back({static_cast<int>(j) + 1, static_cast<double>(value)});
      if (ones) nodes_.push_back({static_cast<int>(width) + 1, 1});
      nodes_.push_back({-1, 0});
      ends_.push_back(nodes_.size());
    }
  }
  size_t size() const { return ends_.size(); }
  Node* row(size_t i) { return nodes_.data() + (i == 0 ? 0 : ends_[i - 1]); }
  std::vector<Node*> all() {
    std::vector<Node*> rows;
    for (size_t i = 0; i < size(); ++i) rows.push_back(row(i));
    return rows;
  }

 private:
  std::vector<Node> nodes_;
  std::vector<size_t> ends_;
};

struct Prepared {
  std::vector<float> train, queries;  // standardised
  std::vector<double> labels;         // of train
};

// The training rows class by class: libsvm numbers classes as it meets them, and gives a tie to the lower.
Prepared prepared(const Table& train, Labels labels, const Table& queries) {
  check_table(train, "training table");
  check_table(queries, "test table");
  if (labels.size() != train.rows || queries.width != train.width)
    throw Error(Exit::data, "the labels or the width of the test table don't fit the training table.");
  std::vector<uint32_t> order(train.rows);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return labels[a] < labels[b]; });
  Prepared result{gather_rows(train, order), {queries.values.begin(), queries.values.end()}, {}};
  for (const uint32_t i : order) result.labels.push_back(labels[i]);
  const Standard standard = standard_of({result.train, train.rows, train.width});
  standardise(result.train, standard.mean, standard.inverse_std);
  standardise(result.queries, standard.mean, standard.inverse_std);
  return result;
}

double variance(const std::vector<float>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  return std::accumulate(values.begin(), values.end(), 0.0,
                         [mean](double sum, float x) {
                           const double off = static_cast<double>(x) - mean;
                           return sum + off * off;
                         }) /
         n;
}

bool one_class(Labels labels) {
  return std::all_of(labels.begin(), labels.end(), [&](int32_t label) { return label == labels[0]; });
}

void silent(const char*) {}

// libsvm's are in the order in which it met the classes.
void put_probabilities(const svm_model& model, const svm_node* row, double* to) {
  const auto known = static_cast<size_t>(svm_get_nr_class(&model));
  std::vector<int> labels(known);
  std::vector<double> values(known);
  svm_get_labels(&model, labels.data());
  svm_predict_probability(&model, row, values.data());
  for (size_t c = 0; c < known; ++c) to[labels[c]] = values[c];
}

}  // namespace

std::vector<int32_t> svc_predict(const Table& train, Labels labels, const Table& queries, double c,
                                 double gamma, size_t classes, std::vector<double>* probabilities) {
  Prepared data = prepared(train, labels, queries);
  if (probabilities != nullptr) probabilities->assign(queries.rows * classes, 0);
  if (one_class(labels)) {
    for (size_t i = 0; probabilities != nullptr && i < queries.rows; ++i)
      (*probabilities)[i * classes + static_cast<size_t>(labels[0])] = 1;
    return std::vector<int32_t>(queries.rows, labels[0]);
  }
  if (gamma == 0) {
    const double all = static_cast<double>(train.width) * variance(data.train);
    gamma = all > 0 ? 1 / all : 1;
  }
  Rows<svm_node> rows(data.train, train.width), asked(data.queries, train.width);
  std::vector<svm_node*> x = rows.all();
  const svm_problem problem{static_cast<int>(train.rows), data.labels.data(), x.data()};
  svm_parameter parameter{};
  parameter.svm_type = C_SVC;
  parameter.kernel_type = RBF;
  parameter.gamma = gamma;
  parameter.C = c;
  parameter.cache_size = 200;  // MB
  parameter.eps = 1e-3;
  parameter.shrinking = 1;
  parameter.probability = probabilities != nullptr ? 1 : 0;
  std::srand(1);  // libsvm shuffles the folds of the sigmoids with it
  svm_set_print_string_function(silent);
  const auto free_model = [](svm_model* model) { svm_free_and_destroy_model(&model); };
  const std::unique_ptr<svm_model, decltype(free_model)> model(svm_train(&problem, &parameter), free_model);
  std::vector<int32_t> predicted;
  for (size_t i = 0; i < queries.rows; ++i) {
    if (probabilities == nullptr) {
      predicted.push_back(static_cast<int32_t>(svm_predict(model.get(), asked.row(i))));
      continue;
    }
    const auto row = probabilities->begin() + static_cast<std::ptrdiff_t>(i * classes);
    put_probabilities(*model, asked.row(i), &*row);
    predicted.push_back(
        static_cast<int32_t>(std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row));
  }
  return predicted;
}

std::vector<int32_t> linear_svc_predict(const Table& train, Labels labels, const Table& queries, double c) {
  Prepared data = prepared(train, labels, queries);
  if (one_class(labels)) return std::vector<int32_t>(queries.rows, labels[0]);
  // The column of ones is the offset, penalised as in scikit-learn.
  Rows<feature_node> rows(data.train, train.width, true), asked(data.queries, train.width, true);
  std::vector<feature_node*> x = rows.all();
  const ::problem problem{static_cast<int>(train.rows), static_cast<int>(train.width) + 1, data.labels.data(),
                          x.data(), -1};
  ::parameter parameter{};
  parameter.solver_type = L2R_L2LOSS_SVC;
  parameter.eps = 1e-4;
  parameter.C = c;
  set_print_string_function(silent);
  const auto free_model = [](::model* model) { free_and_destroy_model(&model); };
  const std::unique_ptr<::model, decltype(free_model)> model(::train(&problem, &parameter), free_model);
  std::vector<int32_t> predicted;
  for (size_t i = 0; i < queries.rows; ++i)
    predicted.push_back(static_cast<int32_t>(::predict(model.get(), asked.row(i))));
  return predicted;
}

}  // namespace simclr
