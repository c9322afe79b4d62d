#include "loss/labelled.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random.hpp"
#include "loss/golden_matrix.hpp"

namespace simclr {
namespace {

using Json = nlohmann::json;

const Json& labelled_golden() {
  static const Json golden = [] {
    std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/labelled_losses.json");
    return Json::parse(file);
  }();
  return golden;
}

at::Tensor golden_rows(const char* name) {
  return golden_matrix(labelled_golden().at(name));
}

at::Tensor labels_of(const std::vector<int64_t>& labels) {
  at::Tensor result = at::empty({static_cast<int64_t>(labels.size())}, at::kLong);
  std::copy(labels.begin(), labels.end(), result.mutable_data_ptr<int64_t>());
  return result;
}

at::Tensor golden_labels() {
  return labels_of(labelled_golden().at("labels").get<std::vector<int64_t>>());
}

at::Tensor normal_rows(int64_t rows, int64_t width, uint64_t seed) {
  Random random({.seed = seed}, 0);
  at::Tensor result = at::empty({rows, width});
  for (int64_t i = 0; i < result.numel(); ++i)
    result.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  return result;
}

at::Tensor random_labels(int64_t rows, int64_t classes, uint64_t seed) {
  Random random({.seed = seed}, 0);
  at::Tensor result = at::empty({rows}, at::kLong);
  for (int64_t i = 0; i < rows; ++i)
    result.mutable_data_ptr<int64_t>()[i] =
        std::min(classes - 1, static_cast<int64_t>(random.uniform() * static_cast<double>(classes)));
  return result;
}

double value_of(const Loss& loss, const at::Tensor& u, const at::Tensor& labels, double progress = 0) {
  return loss(u, {labels, progress}).loss.item<double>();
}

TEST(LabelledGolden, SupConEqualsPytorchMetricLearning) {
  const double tau = labelled_golden().at("tau"), expected = labelled_golden().at("supcon");
  const at::Tensor z = golden_rows("z");
  EXPECT_NEAR(sup_con_dense(z, golden_labels(), tau).loss.item<double>(), expected, 1e-9);
  EXPECT_NEAR(sup_con_streamed(z, golden_labels(), tau).loss.item<double>(), expected, 2e-6);
}

TEST(LabelledGolden, TripletEqualsPytorchMetricLearningAndTensorFlowAddons) {
  const Json& golden = labelled_golden().at("triplet_sq_euclid_margin0.2");
  const auto loss = [&](const std::string& mining) {
    return value_of(*make_loss("triplet(margin=0.2,mining=" + mining + ")"), golden_rows("z"),
                    golden_labels());
  };
  EXPECT_NEAR(loss("batch_hard"), golden.at("batch_hard").at("mean").get<double>(), 1e-9);
  EXPECT_NEAR(loss("batch_all"), golden.at("batch_all").at("mean_active").get<double>(), 1e-9);
  EXPECT_NEAR(loss("semi_hard"), golden.at("semi_hard_facenet").at("mean").get<double>(), 1e-9);
}

TEST(LabelledGolden, ArcFaceEqualsPytorchMetricLearning) {
  const at::Tensor cosines = at::mm(golden_rows("z"), golden_rows("arcface_W_normalised").t());
  const auto loss = [&](const char* text) {
    return value_of(*make_loss(text, {0.5, 0.5}), cosines, golden_labels());
  };
  EXPECT_NEAR(loss("arcface(scale=64,margin=0.5)"), labelled_golden().at("arcface_s64_m0.5").get<double>(),
              1e-5);
  EXPECT_NEAR(loss("arcface(scale=16,margin=0.3)"), labelled_golden().at("arcface_s16_m0.3").get<double>(),
              1e-5);
  EXPECT_NEAR(loss("arcface(scale=64,margin=0.8)"), labelled_golden().at("arcface_s64_m0.8").get<double>(),
              1e-5);
}

TEST(ArcFace, HasAFiniteGradientAtAndNearBothPoles) {
  const at::Tensor u = at::full({4, 2}, 1.0).to(at::kFloat);
  u.mutable_data_ptr<float>()[2] = -1;  // row 1, its own class: the far pole
  const at::Tensor leaf = u.requires_grad_(true);
  make_loss("arcface", {0.5, 0.5})->operator()(leaf, {labels_of({0, 0, 1, 1}), 0}).loss.backward();
  EXPECT_TRUE(leaf.grad().isfinite().all().item<bool>());
}

TEST(Softmax, IsTheMeanCrossEntropyByHand) {
  const at::Tensor u = normal_rows(6, 3, 1);
  const std::vector<int64_t> labels{0, 1, 2, 2, 1, 0};
  double expected = 0;
  const float* value = u.const_data_ptr<float>();
  for (size_t i = 0; i < labels.size(); ++i) {
    double sum = 0;
    for (size_t c = 0; c < 3; ++c) sum += std::exp(static_cast<double>(value[3 * i + c]));
    expected += std::log(sum) - static_cast<double>(value[3 * i + static_cast<size_t>(labels[i])]);
  }
  const auto loss = make_loss("softmax", {0.2, 0.3, 0.5});
  EXPECT_NEAR(value_of(*loss, u, labels_of(labels)), expected / 6, 1e-5);
  // Chance: the best that is said without looking, the shares themselves.
  EXPECT_NEAR(loss->chance(64), -(0.2 * std::log(0.2) + 0.3 * std::log(0.3) + 0.5 * std::log(0.5)), 1e-12);
  EXPECT_EQ(loss->usual_head(), "linear(out=3)");
}

TEST(Sigmoid, IsTheMeanBinaryCrossEntropyByHand) {
  const at::Tensor u = normal_rows(5, 3, 2),
                   labels = labels_of({1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0});
  double expected = 0, hits = 0;
  const float* value = u.const_data_ptr<float>();
  const int64_t* truth = labels.const_data_ptr<int64_t>();
  for (size_t i = 0; i < 5; ++i) {
    size_t best = 0;
    bool none = true;
    for (size_t c = 0; c < 3; ++c) {
      const double p = 1 / (1 + std::exp(-static_cast<double>(value[3 * i + c])));
      expected -= std::log(truth[3 * i + c] == 1 ? p : 1 - p);
      if (value[3 * i + c] > value[3 * i + best]) best = c;
      none = none && truth[3 * i + c] == 0;
    }
    hits += truth[3 * i + best] == 1 || (none && value[3 * i + best] <= 0) ? 1 : 0;
  }
  const auto loss = make_loss("sigmoid", {0.6, 0.4, 0.4});
  const LossValue got = (*loss)(u, {labels.reshape({5, 3}), 0});
  EXPECT_NEAR(got.loss.item<double>(), expected / 15, 1e-5);
  EXPECT_NEAR(got.top1.item<double>(), hits / 5, 1e-6);
  // Chance: each class predicted with its share.
  const auto entropy = [](double p) { return -p * std::log(p) - (1 - p) * std::log(1 - p); };
  EXPECT_NEAR(loss->chance(64), (entropy(0.6) + 2 * entropy(0.4)) / 3, 1e-12);
  EXPECT_EQ(loss->usual_head(), "linear(out=3)");
  EXPECT_THROW((*loss)(u, {labels_of({0, 1, 2, 1, 0}), 0}), Error);
}

class SupConSizes : public testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>> {};

TEST_P(SupConSizes, StreamedEqualsDenseInValueTop1AndGradient) {
  const auto [rows, width, classes] = GetParam();
  const at::Tensor labels = random_labels(rows, classes, 5);
  const auto evaluate = [&](const at::Tensor& from, const auto& function) {
    const at::Tensor u = from.detach().clone().requires_grad_(true);
    const LossValue value = function(u);
    value.loss.backward();
    return std::tuple(value.loss.template item<double>(), value.top1.template item<double>(), u.grad());
  };
  const at::Tensor u = normal_rows(rows, width, 3);
  const auto [loss, top1, gradient] =
      evaluate(u, [&](const at::Tensor& x) { return sup_con_streamed(x, labels, 0.1, 32); });
  const auto [oracle, oracle_top1, oracle_gradient] =
      evaluate(u.to(at::kDouble), [&](const at::Tensor& x) { return sup_con_dense(x, labels, 0.1); });
  EXPECT_NEAR(loss, oracle, 1e-5 * std::abs(oracle));
  EXPECT_NEAR(top1, oracle_top1, 1e-6);
  const double error = (gradient.to(at::kDouble) - oracle_gradient).abs().max().template item<double>();
  EXPECT_LT(error, 1e-5 * oracle_gradient.abs().max().template item<double>());
}

INSTANTIATE_TEST_SUITE_P(All, SupConSizes,
                         testing::Values(std::tuple{8, 4, 2}, std::tuple{32, 16, 3}, std::tuple{33, 5, 40},
                                         std::tuple{130, 128, 10}, std::tuple{300, 33, 88}));

TEST(SupCon, OfOnePictureAClassIsNtXent) {  // its only positive is then the other view
  const at::Tensor u = normal_rows(24, 8, 2);
  std::vector<int64_t> classes(24);
  for (size_t i = 0; i < 24; ++i) classes[i] = static_cast<int64_t>(i % 12);
  EXPECT_NEAR(sup_con_streamed(u, labels_of(classes), 0.1).loss.item<double>(),
              make_loss("nt_xent(temperature=0.1)")->operator()(u).loss.item<double>(), 1e-5);
}

TEST(SupCon, HasTheSameBitsForAnyNumberOfThreads) {
  const at::Tensor u = normal_rows(600, 64, 4), labels = random_labels(600, 7, 4);
  const int before = at::get_num_threads();
  std::vector<double> losses;
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    losses.push_back(sup_con_streamed(u, labels, 0.1).loss.item<double>());
  }
  at::set_num_threads(before);
  EXPECT_EQ(losses[0], losses[1]);
}

TEST(SupCon, ReachesItsFloorWhereClassesAreAtRightAngles) {
  const at::Tensor u = at::zeros({40, 4});
  std::vector<int64_t> classes;
  for (int64_t i = 0; i < 40; ++i) {
    u.mutable_data_ptr<float>()[i * 4 + i % 4] = 1;
    classes.push_back(i % 4);
  }
  const auto loss = make_loss("supcon", {0.25, 0.25, 0.25, 0.25});
  EXPECT_NEAR(value_of(*loss, u, labels_of(classes)), loss->floor(20), 1e-5);
}

// All triplets by three loops, in double.
double all_triplets(const at::Tensor& u, const std::vector<int64_t>& labels, double margin) {
  const at::Tensor z = (u / u.square().sum(1, true).sqrt()).to(at::kDouble).contiguous();
  const auto distance = [&](size_t i, size_t j) {
    double sum = 0;
    for (int64_t k = 0; k < z.size(1); ++k) {
      const double d = z.const_data_ptr<double>()[static_cast<int64_t>(i) * z.size(1) + k] -
                       z.const_data_ptr<double>()[static_cast<int64_t>(j) * z.size(1) + k];
      sum += d * d;
    }
    return sum;
  };
  double sum = 0;
  int active = 0;
  for (size_t a = 0; a < labels.size(); ++a)
    for (size_t p = 0; p < labels.size(); ++p)
      for (size_t n = 0; n < labels.size(); ++n) {
        if (a == p || labels[a] != labels[p] || labels[a] == labels[n]) continue;
        const double loss = std::max(0.0, distance(a, p) - distance(a, n) + margin);
        sum += loss;
        active += loss > 0 ? 1 : 0;
      }
  return sum / active;
}

TEST(Triplet, BatchAllIsTheMeanOverActiveTripletsByHand) {
  const at::Tensor u = normal_rows(12, 5, 9);
  const std::vector<int64_t> labels{0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 1, 0};
  EXPECT_NEAR(value_of(*make_loss("triplet(mining=batch_all,margin=0.3)"), u, labels_of(labels)),
              all_triplets(u, labels, 0.3), 1e-5);
}

TEST(Triplet, IsTheMarginWhenAllRowsAreAlike) {  // what a collapsed run shows
  for (const char* mining : {"batch_hard", "batch_all", "semi_hard", "curriculum"}) {
    const auto loss = make_loss("triplet(margin=0.4,mining=" + std::string(mining) + ")");
    EXPECT_NEAR(value_of(*loss, at::ones({8, 3}), labels_of({0, 1, 0, 1, 0, 1, 0, 1})), 0.4, 1e-6) << mining;
    EXPECT_DOUBLE_EQ(loss->chance(4), 0.4);
  }
}

TEST(Triplet, CurriculumGrowsHarder) {
  const at::Tensor u = normal_rows(40, 6, 13), labels = random_labels(40, 4, 13);
  const auto loss = make_loss("triplet(mining=curriculum)");
  const double easy = value_of(*loss, u, labels, 0.1), hard_negatives = value_of(*loss, u, labels, 0.5),
               hard = value_of(*loss, u, labels, 0.9);
  EXPECT_LT(easy, hard_negatives);
  EXPECT_LT(hard_negatives, hard);
  EXPECT_NEAR(hard, value_of(*make_loss("triplet(mining=batch_hard)"), u, labels), 1e-7);
}

TEST(Triplet, ABatchOfOneClassTeachesNothing) {
  const at::Tensor u = normal_rows(6, 4, 1).requires_grad_(true);
  for (const char* text : {"triplet(mining=batch_hard)", "triplet(mining=batch_all)", "triplet"}) {
    const auto value = (*make_loss(text))(u, {labels_of({0, 0, 0, 0, 0, 0}), 0});
    value.loss.backward();
    EXPECT_EQ(value.loss.item<double>(), 0) << text;
  }
}

TEST(Labelled, TheClosestRowOrHighestScoreCountsAsRight) {
  const at::Tensor u = at::zeros({4, 2});
  float* rows = u.mutable_data_ptr<float>();
  rows[0] = rows[2] = rows[4] = 1;  // rows 0, 1, 2 point right, row 3 up
  rows[7] = 1;
  const at::Tensor labels = labels_of({0, 0, 1, 1});
  EXPECT_NEAR((*make_loss("softmax", {0.5, 0.5}))(u, {labels, 0}).top1.item<double>(), 0.75, 1e-6);
}

TEST(Labelled, RefuseRowsWithoutLabels) {
  for (const char* text : {"softmax", "triplet", "arcface", "supcon"}) {
    const auto loss = make_loss(text, {0.5, 0.5});
    EXPECT_TRUE(loss->learns_from_labels());
    EXPECT_THROW((*loss)(at::ones({4, 2})), Error) << text;
    EXPECT_THROW((*loss)(at::ones({4, 2}), {labels_of({0, 1}), 0}), Error) << text;
  }
}

}  // namespace
}  // namespace simclr
