#include "loss/distill.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random.hpp"
#include "loss/golden_matrix.hpp"

namespace simclr {
namespace {

const nlohmann::json& distill_golden() {
  static const nlohmann::json golden =
      nlohmann::json::parse(std::ifstream(SIMCLR_SOURCE_DIR "/tests/golden/distill.json"));
  return golden;
}

at::Tensor whole_numbers(const std::vector<int64_t>& values) {
  at::Tensor result = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), result.mutable_data_ptr<int64_t>());
  return result;
}

at::Tensor scores(int64_t rows, int64_t classes, uint64_t seed) {
  Random random({.seed = seed}, 0);
  at::Tensor result = at::empty({rows, classes}, at::kDouble);
  for (int64_t i = 0; i < result.numel(); ++i) result.mutable_data_ptr<double>()[i] = 2 * random.normal();
  return result;
}

double number(const at::Tensor& table, int64_t row, int64_t column) {
  return table.const_data_ptr<double>()[row * table.size(1) + column];
}

std::string with_temperature(double temperature, const std::string& more = "") {
  return "distill(temperature=" + std::to_string(temperature) + more + ")";
}

TEST(Distill, Golden) {
  const auto& golden = distill_golden();
  const at::Tensor teacher = golden_matrix(golden["teacher"]),
                   labels = whole_numbers(golden["labels"].get<std::vector<int64_t>>());
  for (const auto& one : golden["soft"]) {
    const double t = one["T"];
    const at::Tensor student = golden_matrix(golden["student"]).requires_grad_(true);
    const Distillation loss(with_temperature(t));
    const at::Tensor value = loss(student, teacher).loss;
    EXPECT_NEAR(value.item<double>(), one["loss"], 1e-11 * value.item<double>());
    value.backward();
    EXPECT_LT((student.grad() - golden_matrix(one["dL_dlogits"])).abs().max().item<double>(), 1e-9);
    EXPECT_NEAR(value.item<double>() - loss.floor(teacher), one["kl"], 1e-9);
    EXPECT_NEAR(Distillation(with_temperature(t, ",times_t2=true"))(student, teacher).loss.item<double>(),
                one["loss_times_T2"], 1e-9);
    EXPECT_NEAR(Distillation(with_temperature(t, ",alpha=0.5"))(student, teacher, labels).loss.item<double>(),
                one["with_labels_alpha0_5"], 1e-9);
    const double single = loss(student.detach().to(at::kFloat), teacher.to(at::kFloat)).loss.item<double>();
    EXPECT_NEAR(single, one["loss"], 1e-5 * single);
  }
  EXPECT_NEAR(
      Distillation("distill(targets=hard)")(golden_matrix(golden["student"]), teacher).loss.item<double>(),
      golden["hard_pseudo_label_ce"], 1e-12);
}

TEST(Distill, SeveralClassesAreBinaryCrossEntropiesByHand) {
  const at::Tensor student = scores(6, 5, 1), teacher = scores(6, 5, 2);
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  for (const bool hard : {false, true})
    for (const double t : {0.5, 1.0, 3.0}) {
      double want = 0, entropy = 0, alike = 0;
      for (int64_t i = 0; i < 6; ++i)
        for (int64_t k = 0; k < 5; ++k) {
          const double s = number(student, i, k), p = sigmoid(s / t), score = number(teacher, i, k);
          const double q = hard ? (score > 0 ? 1 : 0) : sigmoid(score / t);
          want -= (q * std::log(p) + (1 - q) * std::log(1 - p)) / 30;
          if (!hard) entropy -= (q * std::log(q) + (1 - q) * std::log(1 - q)) / 30;
          alike += (s > 0) == (score > 0) ? 1.0 / 30 : 0;
        }
      const Distillation loss(
          with_temperature(t, std::string(",several=true,targets=") + (hard ? "hard" : "soft")));
      const LossValue value = loss(student, teacher);
      EXPECT_NEAR(value.loss.item<double>(), want, 1e-10);
      EXPECT_NEAR(value.top1.item<double>(), alike, 1e-6);
      EXPECT_NEAR(loss.floor(teacher), entropy, 1e-10);
    }
}

// Rows without a label count in the teacher's part alone.
TEST(Distill, LabelsOfSomeRows) {
  const at::Tensor student = scores(5, 4, 3), teacher = scores(5, 4, 4);
  double labelled = 0;
  for (const auto& [row, label] : {std::pair<int64_t, int64_t>{1, 3}, {4, 0}}) {
    double sum = 0;
    for (int64_t k = 0; k < 4; ++k) sum += std::exp(number(student, row, k));
    labelled -= (number(student, row, label) - std::log(sum)) / 2;
  }
  const double taught = Distillation("distill")(student, teacher).loss.item<double>();
  const Distillation loss("distill(alpha=0.3)");
  EXPECT_NEAR(loss(student, teacher, whole_numbers({-1, 3, -1, -1, 0})).loss.item<double>(),
              0.3 * taught + 0.7 * labelled, 1e-10);
  EXPECT_NEAR(loss(student, teacher, whole_numbers({-1, -1, -1, -1, -1})).loss.item<double>(), 0.3 * taught,
              1e-10);
  at::Tensor several = at::full({5, 4}, -1.0, at::kDouble);
  several.select(0, 2).fill_(0).narrow(0, 1, 2).fill_(1);
  double binary = 0;
  for (int64_t k = 0; k < 4; ++k) {
    const double p = 1 / (1 + std::exp(-number(student, 2, k)));
    binary -= std::log(k == 1 || k == 2 ? p : 1 - p) / 4;
  }
  EXPECT_NEAR(Distillation("distill(alpha=0,several=true)")(student, teacher, several).loss.item<double>(),
              binary, 1e-10);
}

TEST(Distill, GradientsAreThoseOfFiniteDifferencesAndNoneReachesTheTeacher) {
  const at::Tensor labels = whole_numbers({2, -1, 0});
  for (const char* text : {"distill(temperature=2,alpha=0.6)", "distill(temperature=0.5,targets=hard)",
                           "distill(temperature=2,several=true,times_t2=true)"}) {
    const Distillation loss(text);
    const at::Tensor student = scores(3, 4, 5).requires_grad_(true),
                     teacher = scores(3, 4, 6).requires_grad_(true);
    loss(student, teacher, labels).loss.backward();
    EXPECT_FALSE(teacher.grad().defined());
    for (int64_t i = 0; i < 12; ++i) {
      constexpr double step = 1e-6;
      double value[2];
      for (const int side : {0, 1}) {
        at::Tensor moved = student.detach().clone();
        moved.mutable_data_ptr<double>()[i] += side == 0 ? -step : step;
        value[side] = loss(moved, teacher, labels).loss.item<double>();
      }
      ASSERT_NEAR(student.grad().const_data_ptr<double>()[i], (value[1] - value[0]) / (2 * step), 1e-7)
          << text;
    }
  }
}

TEST(Distill, ACopyOfTheTeacherIsAtTheFloorWithAVanishingGradient) {
  const at::Tensor teacher = scores(8, 6, 7);
  for (const char* text :
       {"distill", "distill(temperature=0.1)", "distill(temperature=4,times_t2=true,alpha=1)",
        "distill(several=true,temperature=2)"}) {
    const at::Tensor student = teacher.clone().requires_grad_(true);
    const Distillation loss(text);
    const LossValue value = loss(student, teacher);
    value.loss.backward();
    EXPECT_NEAR(value.loss.item<double>(), loss.floor(teacher), 1e-10) << text;
    EXPECT_LT(student.grad().abs().max().item<double>(), 1e-12) << text;
    EXPECT_EQ(value.top1.item<float>(), 1.0F);
  }
}

// Chance: a student that always says the teacher's mean, which no single answer beats.
TEST(Distill, ChanceIsTheBestSingleAnswer) {
  const at::Tensor teacher = scores(40, 3, 10);
  for (const char* text : {"distill", "distill(temperature=2,times_t2=true)", "distill(targets=hard)"}) {
    Distillation loss(text);
    loss.expect(teacher, 0);
    EXPECT_NEAR(loss.floor(0), loss.floor(teacher), 1e-12);
    const double t = std::string(text).find("=2") == std::string::npos ? 1 : 2;
    const bool hard = std::string(text).find("hard") != std::string::npos;
    double mean[3] = {};
    for (int64_t i = 0; i < 40; ++i) {
      double p[3], sum = 0;
      int64_t best = 0;
      for (int64_t k = 0; k < 3; ++k) {
        sum += p[k] = std::exp(number(teacher, i, k) / t);
        if (number(teacher, i, k) > number(teacher, i, best)) best = k;
      }
      for (int64_t k = 0; k < 3; ++k) mean[k] += (hard ? (k == best ? 1 : 0) : p[k] / sum) / 40;
    }
    const auto value_of = [&](const double(&say)[3]) {
      at::Tensor student = at::empty({40, 3}, at::kDouble);
      for (int64_t i = 0; i < 120; ++i) student.mutable_data_ptr<double>()[i] = t * std::log(say[i % 3]);
      return loss(student, teacher).loss.item<double>();
    };
    EXPECT_NEAR(loss.chance(0), value_of(mean), 1e-10) << text;
    const double other[3] = {mean[0] * 1.1, mean[1], mean[2]};
    EXPECT_GT(value_of(other), loss.chance(0));
  }
  Distillation with_labels(parse_spec("distill(alpha=0.25)", "loss"), {0.5, 0.5, 0});
  with_labels.expect(teacher, 1);
  Distillation taught("distill");
  taught.expect(teacher, 0);
  EXPECT_NEAR(with_labels.chance(64), 0.25 * taught.chance(64) + 0.75 * std::log(2), 1e-12);
  with_labels.expect(teacher, 0.1);  // of 8 pictures one has a label in 57 % of the batches
  EXPECT_NEAR(with_labels.chance(8), 0.25 * taught.chance(8) + 0.75 * (1 - std::pow(0.9, 8)) * std::log(2),
              1e-12);
}

// Scores of hundreds at a temperature of 0.1: no overflow.
TEST(Distill, ExtremeScoresStayFinite) {
  const at::Tensor teacher = scores(4, 3, 8).to(at::kFloat) * 200,
                   student = scores(4, 3, 9).to(at::kFloat) * 200;
  for (const char* more : {"", ",several=true"}) {
    const at::Tensor u = student.clone().requires_grad_(true);
    const at::Tensor loss = Distillation(with_temperature(0.1, more))(u, teacher).loss;
    loss.backward();
    EXPECT_TRUE(std::isfinite(loss.item<float>()));
    EXPECT_TRUE(u.grad().isfinite().all().item<bool>());
  }
}

TEST(Distill, TextIsCanonicalAndBadInputIsRefused) {
  EXPECT_EQ(Distillation(" distill( alpha = 0.50 ) ").text(),
            "distill(temperature=1,alpha=0.5,targets=soft,times_t2=false,several=false)");
  EXPECT_EQ(Distillation(Distillation("distill(targets=hard)").text()).text(),
            Distillation("distill(targets=hard)").text());
  for (const char* text :
       {"distil", "distill(alpha=2)", "distill(temperature=0)", "distill(targets=warm)", "distill(x=1)"})
    try {
      const Distillation loss(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Exit::setting) << text;
    }
  const Distillation loss("distill(alpha=0.5)");
  const at::Tensor u = scores(3, 4, 1);
  EXPECT_THROW(loss(u, scores(3, 5, 1), whole_numbers({0, 1, 2})), Error);
  EXPECT_THROW(loss(u, u), Error);
  EXPECT_THROW(loss(u, u, whole_numbers({0, 1})), Error);
  EXPECT_THROW(loss(u, u, whole_numbers({0, 1, 4})), Error);
}

}  // namespace
}  // namespace simclr
