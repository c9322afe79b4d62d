#include "eval/linear.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/expect_error.hpp"
#include "eval/lbfgs.hpp"
#include "eval/metrics.hpp"
#include "eval/sample_tables.hpp"
#include "eval/softmax_objective.hpp"

namespace simclr {
namespace {

double objective_by_hand(const SampleTable& x, size_t classes, double c,
                         const std::vector<double>& parameters) {
  double loss = 0, square = 0;
  for (size_t i = 0; i < x.rows; ++i) {
    double sum = 0, own = 0;
    for (size_t k = 0; k < classes; ++k) {
      double logit = parameters[classes * x.width + k];
      for (size_t j = 0; j < x.width; ++j)
        logit += parameters[k * x.width + j] * double{x.values[i * x.width + j]};
      sum += std::exp(logit);
      if (static_cast<int32_t>(k) == x.labels[i]) own = logit;
    }
    loss += std::log(sum) - own;
  }
  for (size_t i = 0; i < classes * x.width; ++i) square += parameters[i] * parameters[i];
  return (c * loss + square / 2) / (c * static_cast<double>(x.rows));
}

std::vector<double> random_parameters(size_t count) {
  const SampleTable drawn = random_table(1, count, 99);
  std::vector<double> parameters;
  for (const float value : drawn.values) parameters.push_back(0.3 * double{value});
  return parameters;
}

TEST(SoftmaxObjective, EqualsTheFormulaOverAGridOfSizes) {
  const struct {
    size_t rows, width, classes;
  } grid[] = {{1, 1, 2}, {7, 3, 2}, {64, 5, 10}, {4097, 6, 3}, {300, 1100, 4}};
  for (const auto& size : grid) {
    const SampleTable x = class_clouds(size.rows, size.width, size.classes, 1, 1);
    const auto parameters = random_parameters(size.classes * (size.width + 1));
    std::vector<double> gradient(parameters.size());
    const double value = SoftmaxObjective(x.table(), x.labels, size.classes, 0.3)(parameters, gradient);
    const double wanted = objective_by_hand(x, size.classes, 0.3, parameters);
    EXPECT_NEAR(value, wanted, 1e-6 * wanted) << size.rows << " x " << size.width;
  }
}

TEST(SoftmaxObjective, GradientEqualsFiniteDifferences) {
  const SampleTable x = class_clouds(50, 6, 4, 1, 2);
  auto parameters = random_parameters(4 * 7);
  std::vector<double> gradient(parameters.size());
  SoftmaxObjective(x.table(), x.labels, 4, 0.7)(parameters, gradient);
  for (size_t i = 0; i < parameters.size(); ++i) {
    const double at = parameters[i], h = 1e-5;
    parameters[i] = at + h;
    const double above = objective_by_hand(x, 4, 0.7, parameters);
    parameters[i] = at - h;
    const double below = objective_by_hand(x, 4, 0.7, parameters);
    parameters[i] = at;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-6) << i;
  }
}

// MKL's products may differ in their last bits with the number of threads unless it is held to one order,
// which it reads before its first product. What is tested is that our own sums add no difference of their
// own.
const int held_to_one_order = setenv("MKL_CBWR", "AUTO,STRICT", 1);

TEST(SoftmaxObjective, ThreadsChangeNoBit) {
  const SampleTable x = class_clouds(20000, 40, 5, 1, 3);
  const auto parameters = random_parameters(5 * 41);
  std::vector<double> first(parameters.size()), second(parameters.size());
  ASSERT_EQ(held_to_one_order, 0);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const double one = SoftmaxObjective(x.table(), x.labels, 5, 1)(parameters, first);
  at::set_num_threads(3);
  const double three = SoftmaxObjective(x.table(), x.labels, 5, 1)(parameters, second);
  at::set_num_threads(threads);
  EXPECT_EQ(one, three);
  EXPECT_EQ(first, second);
}

TEST(SoftmaxObjective, FarLogitsNeitherOverflowNorVanish) {
  const SampleTable x{{1, -1}, 2, 1, {0, 1}};
  const std::vector<double> right = {500, -500, 0, 0}, wrong = {-500, 500, 0, 0};
  std::vector<double> gradient(4);
  EXPECT_NEAR(SoftmaxObjective(x.table(), x.labels, 2, 1e12)(right, gradient), 0, 1e-6);
  EXPECT_NEAR(SoftmaxObjective(x.table(), x.labels, 2, 1e12)(wrong, gradient), 1000, 1e-3);
}

TEST(Linear, SeparatesWhatALineSeparates) {
  const SampleTable train = class_clouds(300, 20, 3, 0.05, 4);
  const LinearModel model = fit_linear(train.table(), train.labels, 3, 1);
  EXPECT_TRUE(model.converged);
  EXPECT_EQ(model.c, 1);
  EXPECT_EQ(predict(model, train.table()), train.labels);
}

TEST(Linear, TheGradientVanishesWhereItEnds) {
  SampleTable train = class_clouds(400, 12, 4, 0.6, 5);
  const LinearModel model = fit_linear(train.table(), train.labels, 4, 0.1, 1000, 1e-5);
  ASSERT_TRUE(model.converged);
  std::vector<double> parameters(model.weight.begin(), model.weight.end());
  parameters.insert(parameters.end(), model.bias.begin(), model.bias.end());
  for (size_t i = 0; i < train.values.size(); ++i) {
    float& value = train.values[i];
    value = (value - model.mean[i % 12]) * model.inverse_std[i % 12];
  }
  std::vector<double> gradient(parameters.size());
  SoftmaxObjective(train.table(), train.labels, 4, 0.1)(parameters, gradient);
  for (const double value : gradient) EXPECT_NEAR(value, 0, 1.1e-5);
}

TEST(Linear, ScaleOffsetAndConstantColumnsDoNotMatter) {
  SampleTable train = class_clouds(200, 8, 3, 0.4, 6), test = class_clouds(100, 8, 3, 0.4, 6);
  const auto before = predict(fit_linear(train.table(), train.labels, 3, 1), test.table());
  for (SampleTable* table : {&train, &test})
    for (size_t i = 0; i < table->values.size(); ++i) {
      float& value = table->values[i];
      value = i % 8 == 0 ? value * 1024 : value * 0.125F + 16;
    }
  const auto scaled = predict(fit_linear(train.table(), train.labels, 3, 1), test.table());
  size_t differing = 0;
  for (size_t i = 0; i < before.size(); ++i) differing += before[i] != scaled[i] ? 1 : 0;
  EXPECT_LE(differing, 1U);  // rounding may turn a row that lies on the border

  for (size_t i = 0; i < train.rows; ++i)
    train.values[i * 8 + 3] = 5;  // constant in training, wild in the test
  for (size_t i = 0; i < test.rows; ++i) test.values[i * 8 + 3] = i % 2 == 0 ? 1e6F : -1e6F;
  const LinearModel model = fit_linear(train.table(), train.labels, 3, 1);
  EXPECT_EQ(model.inverse_std[3], 0);
  EXPECT_GT(accuracy(predict(model, test.table()), test.labels), 0.7);
}

TEST(Linear, TheBiasIsNotPenalised) {
  SampleTable train{{}, 100, 1, {}};  // the feature says nothing; 90 of 100 rows are of class 1
  for (size_t i = 0; i < 100; ++i) {
    train.values.push_back(i % 2 == 0 ? 1.0F : -1.0F);
    train.labels.push_back(i < 90 ? 1 : 0);
  }
  const LinearModel model = fit_linear(train.table(), train.labels, 2, 1e-6, 1000, 1e-8);
  EXPECT_NEAR(model.bias[1] - model.bias[0], std::log(9.0), 1e-4);
}

TEST(Linear, ChoosesAStrongPenaltyForNoiseAndAWeakOneForAFineSignal) {
  SampleTable noisy = class_clouds(400, 100, 2, 0.3, 7);
  for (size_t i = 0; i < noisy.rows; i += 3) noisy.labels[i] = 1 - noisy.labels[i];
  SampleTable fine = random_table(6000, 2, 8);  // the class is the sign of a small difference of two columns
  for (size_t i = 0; i < fine.rows; ++i) {
    fine.labels.push_back(i % 3 == 0 ? 1 : 0);
    fine.values[2 * i] = fine.values[2 * i + 1] + (i % 3 == 0 ? 0.02F : -0.02F);
  }
  const LinearModel strong = fit_linear_best_c(noisy.table(), noisy.labels, 2, 0);
  const LinearModel weak = fit_linear_best_c(fine.table(), fine.labels, 2, 0);
  EXPECT_LE(strong.c, 1e-3);
  EXPECT_GE(weak.c, 1e-1);
  EXPECT_GT(accuracy(predict(weak, fine.table()), fine.labels), 0.99);
}

TEST(Linear, TheSameSeedGivesTheSameBits) {
  const SampleTable train = class_clouds(120, 30, 3, 0.8, 9);
  const LinearModel first = fit_linear_best_c(train.table(), train.labels, 3, 5);
  const LinearModel second = fit_linear_best_c(train.table(), train.labels, 3, 5);
  EXPECT_EQ(first.c, second.c);
  EXPECT_EQ(first.weight, second.weight);
  EXPECT_EQ(first.bias, second.bias);
}

TEST(Linear, OneRowAClassFallsBackToCOfOne) {
  const SampleTable train = class_clouds(4, 10, 4, 0.1, 10);
  const LinearModel model = fit_linear_best_c(train.table(), train.labels, 4, 0);
  EXPECT_EQ(model.c, 1);
  EXPECT_EQ(predict(model, train.table()), train.labels);
}

TEST(Linear, ASingleRowOfAClassStaysInTraining) {
  SampleTable train = class_clouds(40, 10, 2, 0.1, 11);
  train.labels[0] = 2;  // 19 rows of class 0, 20 of class 1, one of class 2, class 3 without any
  for (size_t j = 0; j < 10; ++j) train.values[j] = 3;
  const LinearModel model = fit_linear_best_c(train.table(), train.labels, 4, 0);
  const auto predicted = predict(model, train.table());
  EXPECT_EQ(std::count(predicted.begin(), predicted.end(), 3), 0);
  EXPECT_GT(accuracy(predicted, train.labels), 0.95);
}

TEST(Linear, RefusesWhatItCannotFit) {
  SampleTable train = class_clouds(6, 3, 2, 1, 12);
  const LinearModel model = fit_linear(train.table(), train.labels, 2, 1);
  const SampleTable wider = random_table(2, 4, 1);
  expect_error([&] { predict(model, wider.table()); }, Exit::data, {"3 values", "4"});
  train.labels[4] = 2;
  expect_error([&] { fit_linear(train.table(), train.labels, 2, 1); }, Exit::data,
               {"row 4", "label 2", "0 .. 1"});
  train.labels.pop_back();
  expect_error([&] { fit_linear(train.table(), train.labels, 3, 1); }, Exit::data, {"6 rows", "5 labels"});
}

}  // namespace
}  // namespace simclr
