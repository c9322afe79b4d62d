#include "optim/optimizer.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_svdvals.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random.hpp"

namespace simclr {
namespace {

using Json = nlohmann::json;

Json optim_golden() {
  std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/optim.json");
  return Json::parse(file);
}

at::Tensor table(const Json& rows) {
  at::Tensor result = at::empty({static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())});
  auto* to = result.mutable_data_ptr<float>();
  for (const auto& row : rows)
    for (const auto& value : row) *to++ = value.get<float>();
  return result;
}

double off(const at::Tensor& ours, const Json& golden) {
  const at::Tensor expected = table(golden);
  return ((ours - expected).abs().max() / expected.abs().max()).item<double>();
}

at::Tensor numbers(at::IntArrayRef shape, uint64_t stream) {
  Random random({.seed = 3, .index = stream}, 0);
  at::Tensor result = at::empty(shape);
  for (int64_t i = 0; i < result.numel(); ++i)
    result.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  return result;
}

struct GoldenRun {
  const char* text;
  double weight_decay;
  std::vector<double> rates;
  bool excluded = false;
};

// Weights after each step; the state tensor `kind` too when asked for.
void expect_steps(const GoldenRun& run, const at::Tensor& start, const Json& gradients, const Json& steps,
                  const char* kind = nullptr) {
  const at::Tensor w = start.clone().requires_grad_(true);
  const auto optimizer = run.excluded ? make_optimizer(run.text, {{}, {w}}, run.weight_decay)
                                      : make_optimizer(run.text, {{w}, {}}, run.weight_decay);
  for (size_t i = 0; i < steps.size(); ++i) {
    w.mutable_grad() = table(gradients[i]);
    optimizer->step(run.rates[i]);
    const Json& expected = steps[i].is_object() ? steps[i]["w"] : steps[i];
    EXPECT_LT(off(w.detach(), expected), 1e-6) << run.text << " step " << i;
    if (kind == nullptr) continue;
    for (const auto& [name, tensor] : optimizer->state()) {
      if (name != kind) continue;
      EXPECT_LT(off(tensor, steps[i]["v"]), 1e-5) << run.text << " step " << i;
    }
  }
}

TEST(OptimizerTest, GoldenLars) {
  const Json golden = optim_golden();
  const Json& lars = golden["lars"];
  const auto rates = lars["lrs"].get<std::vector<double>>();
  ASSERT_NE(rates[0], rates[1]);  // a constant rate can't tell the variants apart
  const double decay = lars["weight_decay"];
  const at::Tensor w = table(golden["w0"]);
  const Json& g = golden["grads"];
  expect_steps({"lars", decay, rates}, w, g, lars["classic"], "momentum.0");
  expect_steps({"lars(nesterov=true)", decay, rates}, w, g, lars["classic_nesterov"], "momentum.0");
  expect_steps({"lars(variant=popular)", decay, rates}, w, g, lars["popular"], "momentum.0");
  expect_steps({"lars(variant=popular,nesterov=true)", decay, rates}, w, g, lars["popular_nesterov"],
               "momentum.0");
  expect_steps({"lars", decay, rates, true}, w, g, lars["excluded_bias_or_bn"], "momentum.0");
  for (const char* text : {"lars", "lars(variant=popular)"})
    expect_steps({text, decay, rates}, at::zeros({2, 3}), g, lars["zero_weights_trust_is_1"]);
}

TEST(OptimizerTest, GoldenSgd) {
  const Json golden = optim_golden();
  const Json& sgd = golden["sgd_torch"];
  const auto rates = sgd["lrs"].get<std::vector<double>>();
  expect_steps({"sgd", sgd["wd"], rates}, table(golden["w0"]), golden["grads"], sgd["momentum"]);
  expect_steps({"sgd(nesterov=true)", sgd["wd"], rates}, table(golden["w0"]), golden["grads"],
               sgd["nesterov"]);
}

TEST(OptimizerTest, GoldenAdamAndAdamW) {
  const Json golden = optim_golden();
  const at::Tensor w = table(golden["w0"]);
  const Json& g = golden["grads"];
  const auto constant = [](const Json& one) { return std::vector<double>(3, one["lr"].get<double>()); };
  expect_steps({"adam", 0, constant(golden["adam"])}, w, g, golden["adam"]["steps"]);
  expect_steps({"adam", golden["adam_l2"]["wd"], constant(golden["adam_l2"])}, w, g,
               golden["adam_l2"]["steps"]);
  expect_steps({"adamw", golden["adamw"]["wd"], constant(golden["adamw"])}, w, g, golden["adamw"]["steps"]);
}

TEST(OptimizerTest, SgdWithoutMomentumIsTheGradientAlone) {
  const at::Tensor w = at::ones({5}).requires_grad_(true);
  const auto optimizer = make_optimizer("sgd(momentum=0)", {{w}, {}}, 0);
  EXPECT_TRUE(optimizer->state().empty());
  for (int i = 0; i < 2; ++i) {
    w.mutable_grad() = at::ones({5}) * 2;
    optimizer->step(0.125);
  }
  EXPECT_TRUE(w.detach().equal(at::ones({5}) * 0.5));
}

// A small model: a convolution kept channels_last, a matrix, a vector of each role.
struct Model {
  Parameters parameters;

  explicit Model(uint64_t stream) {
    parameters.weights = {numbers({8, 4, 3, 3}, stream).contiguous(at::MemoryFormat::ChannelsLast),
                          numbers({10, 8}, stream + 1)};
    parameters.excluded = {numbers({8}, stream + 2), numbers({10}, stream + 3)};
    for (auto* list : {&parameters.weights, &parameters.excluded})
      for (auto& tensor : *list) tensor.requires_grad_(true);
  }
  std::vector<at::Tensor> all() const {
    auto tensors = parameters.weights;
    tensors.insert(tensors.end(), parameters.excluded.begin(), parameters.excluded.end());
    return tensors;
  }
  void set_gradients(uint64_t step) const {
    uint64_t index = 1000 * step;
    for (const auto& tensor : all())
      tensor.mutable_grad() = at::empty_like(tensor).copy_(numbers(tensor.sizes(), ++index));
  }
};

const char* const all_forms[] = {"sgd",
                                 "sgd(momentum=0)",
                                 "sgd(momentum=0.5,nesterov=true)",
                                 "adam",
                                 "adamw",
                                 "lars",
                                 "lars(nesterov=true)",
                                 "lars(variant=popular)",
                                 "lars(variant=popular,nesterov=true)",
                                 "muon",
                                 "muon(nesterov=false)"};

class OptimizerFormTest : public testing::TestWithParam<const char*> {};

TEST_P(OptimizerFormTest, ResumesToTheSameBits) {
  const Model whole(1);
  const auto straight = make_optimizer(GetParam(), whole.parameters, 0.01);
  std::vector<at::Tensor> kept_weights;
  std::vector<std::pair<std::string, at::Tensor>> kept_state;
  for (uint64_t step = 0; step < 7; ++step) {
    if (step == 4) {
      for (const auto& tensor : whole.all()) kept_weights.push_back(tensor.detach().clone());
      for (const auto& [name, tensor] : straight->state()) kept_state.emplace_back(name, tensor.clone());
    }
    whole.set_gradients(step);
    straight->step(0.01 * static_cast<double>(step + 1));
  }
  const Model resumed(50);
  const auto again = make_optimizer(GetParam(), resumed.parameters, 0.01);
  {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < kept_weights.size(); ++i) resumed.all()[i].copy_(kept_weights[i]);
    const auto state = again->state();
    ASSERT_EQ(state.size(), kept_state.size());
    for (size_t i = 0; i < state.size(); ++i) {
      EXPECT_EQ(state[i].first, kept_state[i].first);
      state[i].second.copy_(kept_state[i].second);
    }
  }
  for (uint64_t step = 4; step < 7; ++step) {
    resumed.set_gradients(step);
    again->step(0.01 * static_cast<double>(step + 1));
  }
  for (size_t i = 0; i < kept_weights.size(); ++i) EXPECT_TRUE(resumed.all()[i].equal(whole.all()[i])) << i;
  for (size_t i = 0; i < kept_state.size(); ++i)
    EXPECT_TRUE(again->state()[i].second.equal(straight->state()[i].second)) << kept_state[i].first;
}

TEST_P(OptimizerFormTest, WeightDecayTouchesWeightsAlone) {
  const Model model(1);
  const Model plain(1);
  const auto decayed = make_optimizer(GetParam(), model.parameters, 0.1);
  const auto undecayed = make_optimizer(GetParam(), plain.parameters, 0);
  for (uint64_t step = 0; step < 3; ++step) {
    model.set_gradients(step);
    plain.set_gradients(step);
    decayed->step(0.05);
    undecayed->step(0.05);
  }
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_FALSE(model.parameters.weights[i].equal(plain.parameters.weights[i]));
    EXPECT_TRUE(model.parameters.excluded[i].equal(plain.parameters.excluded[i]));
  }
}

TEST_P(OptimizerFormTest, RateZeroMovesNothingAndParametersWithoutGradientStay) {
  const Model model(1);
  const Model before(1);
  const auto optimizer = make_optimizer(GetParam(), model.parameters, 0.1);
  model.set_gradients(0);
  optimizer->step(0);
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(model.all()[i].equal(before.all()[i]));
  model.parameters.weights[1].mutable_grad() = at::Tensor();
  optimizer->step(0.1);
  EXPECT_TRUE(model.all()[1].equal(before.all()[1]));
  EXPECT_FALSE(model.all()[0].equal(before.all()[0]));
  EXPECT_FALSE(model.all()[2].equal(before.all()[2]));
}

TEST_P(OptimizerFormTest, LayoutOfTheGradientDoesNotMatter) {
  const Model model(1);
  const Model other(1);
  const auto one = make_optimizer(GetParam(), model.parameters, 0.1);
  const auto two = make_optimizer(GetParam(), other.parameters, 0.1);
  for (uint64_t step = 0; step < 2; ++step) {
    model.set_gradients(step);
    other.set_gradients(step);
    at::Tensor& gradient = other.parameters.weights[0].mutable_grad();
    gradient = gradient.contiguous();
    one->step(0.1);
    two->step(0.1);
  }
  EXPECT_TRUE(model.all()[0].equal(other.all()[0]));
}

TEST_P(OptimizerFormTest, TextReadsBack) {
  const Model model(1);
  const std::string text = make_optimizer(GetParam(), model.parameters, 0)->text();
  EXPECT_EQ(make_optimizer(text, model.parameters, 0)->text(), text);
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerFormTest, testing::ValuesIn(all_forms));

// Muon's step by its formula, in float64: Newton-Schulz on the matrix itself.
at::Tensor muon_step_by_hand(const at::Tensor& matrix) {
  at::Tensor x = matrix.to(at::kDouble);
  const bool tall = x.size(0) > x.size(1);
  if (tall) x = x.t();
  x = x / at::mm(x, x.t()).square().sum().sqrt().sqrt();
  for (int i = 0; i < 4; ++i) {
    const at::Tensor a = at::mm(x, x.t());
    x = x * 3.4445 + at::mm(a * -4.7750 + at::mm(a, a) * 2.0315, x);
  }
  const auto longest = static_cast<double>(std::max(x.size(0), x.size(1)));
  return (tall ? x.t() : x) * (0.2 * std::sqrt(longest));
}

at::Tensor in_rows(const at::Tensor& weight) {
  return weight.detach().contiguous().reshape({weight.size(0), -1}).to(at::kDouble);
}

TEST(OptimizerTest, MuonFollowsItsFormula) {
  constexpr double rate = 0.02, decay = 0.1, momentum = 0.9;
  for (const bool nesterov : {true, false}) {
    const Model model(1);
    const auto optimizer = make_optimizer(
        nesterov ? "muon(momentum=0.9)" : "muon(momentum=0.9,nesterov=false)", model.parameters, decay);
    for (size_t i = 0; i < 2; ++i) {
      const at::Tensor& weight = model.parameters.weights[i];
      at::Tensor expected = in_rows(weight), v = at::zeros_like(expected);
      for (uint64_t step = 0; step < 3; ++step) {
        model.set_gradients(3 * i + step);
        const at::Tensor g = in_rows(weight.grad());
        v = v * momentum + g;
        expected = expected * (1 - rate * decay) - muon_step_by_hand(nesterov ? g + v * momentum : v) * rate;
        model.parameters.weights[1 - i].mutable_grad() = at::Tensor();
        optimizer->step(rate);
        EXPECT_LT((in_rows(weight) - expected).abs().max().item<double>(), 1e-5) << i << " step " << step;
      }
    }
  }
}

TEST(OptimizerTest, MuonTakesAllDirectionsAlikeAndAStepsSizeFromTheRate) {
  for (const auto& shape : {std::vector<int64_t>{16, 40}, {40, 16}, {8, 3, 3, 3}}) {
    const at::Tensor weight = at::zeros(shape).requires_grad_(true);
    weight.mutable_grad() = numbers(shape, 5) * 1e-6;  // its length does not matter
    make_optimizer("muon", {{weight}, {}}, 0)->step(0.5);
    const auto values = at::linalg_svdvals(in_rows(weight));
    const auto longest = static_cast<double>(std::max(weight.size(0), weight.numel() / weight.size(0)));
    const double scale = 0.5 * 0.2 * std::sqrt(longest);
    EXPECT_GT(values.min().item<double>() / scale, 0.5);
    EXPECT_LT(values.max().item<double>() / scale, 1.3);
  }
}

TEST(OptimizerTest, MuonLeavesAWeightWithoutAnyGradientFinite) {
  const at::Tensor weight = numbers({8, 4}, 5).requires_grad_(true);
  const at::Tensor before = weight.detach().clone();
  weight.mutable_grad() = at::zeros({8, 4});
  make_optimizer("muon", {{weight}, {}}, 0)->step(0.5);
  EXPECT_TRUE(weight.detach().equal(before));
}

TEST(OptimizerTest, MuonStepsBiasesAndNormsAsAdamDoes) {
  const Model ours(1), adam(1);
  const auto one = make_optimizer("muon", ours.parameters, 0.1);
  const auto two = make_optimizer("adam", {{}, adam.parameters.excluded}, 0.1);
  for (uint64_t step = 0; step < 3; ++step) {
    ours.set_gradients(step);
    adam.set_gradients(step);
    one->step(0.1);
    two->step(0.1);
  }
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(ours.parameters.excluded[i].equal(adam.parameters.excluded[i]));
}

TEST(OptimizerTest, StateHasStableNames) {
  const Model model(1);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : make_optimizer("adamw", model.parameters, 0)->state())
    names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"exp_avg.0", "exp_avg.1", "exp_avg.2", "exp_avg.3", "exp_avg_sq.0",
                                      "exp_avg_sq.1", "exp_avg_sq.2", "exp_avg_sq.3", "step"}));
}

TEST(OptimizerTest, StateOfMuonIsNumberedByParameter) {
  const Model model(1);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : make_optimizer("muon", model.parameters, 0)->state())
    names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"exp_avg.0", "exp_avg.1", "exp_avg.2", "exp_avg.3",
                                             "exp_avg_sq.2", "exp_avg_sq.3", "step"}));
}

TEST(OptimizerTest, ChangedMemoryFormatIsRefused) {
  const Model model(1);
  at::Tensor weight = numbers({8, 4, 3, 3}, 9).requires_grad_(true);
  const auto optimizer = make_optimizer("adamw", {{weight}, {}}, 0);
  weight.set_data(weight.detach().contiguous(at::MemoryFormat::ChannelsLast));
  weight.mutable_grad() = at::empty_like(weight).fill_(1);
  EXPECT_THROW(optimizer->step(0.1), Error);
}

void expect_optimizer_refused(const char* text, const char* expected, double weight_decay = 0) {
  const Model model(1);
  try {
    make_optimizer(text, model.parameters, weight_decay);
    ADD_FAILURE() << text << " was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::setting) << text;
    EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
  }
}

TEST(OptimizerTest, BadTextNamesTheMistake) {
  expect_optimizer_refused("adamm", "Did you mean 'adam");
  expect_optimizer_refused("rmsprop", "Known: muon, adamw, adam, sgd, lars");
  expect_optimizer_refused("adamw(beta3=0.9)", "Did you mean 'beta");
  expect_optimizer_refused("adamw(beta1=1)", "adamw(beta1): '1' is not in range");
  expect_optimizer_refused("lars(variant=clasic)", "Did you mean 'classic'?");
  expect_optimizer_refused("sgd(nesterov=maybe)", "true or false");
  expect_optimizer_refused("sgd(momentum=0,nesterov=true)", "momentum");
  expect_optimizer_refused("sgd", "-1", -1);
}

TEST(OptimizerTest, DefaultsFollowTheNameAndTheBatch) {
  EXPECT_DOUBLE_EQ(default_lr("muon", 64), 2e-2);
  EXPECT_DOUBLE_EQ(default_lr("adamw", 256), 2e-3);
  EXPECT_DOUBLE_EQ(default_lr("adamw(beta1=0.8)", 1024), 4e-3);
  EXPECT_DOUBLE_EQ(default_lr("adam", 64), 2.5e-4);
  EXPECT_DOUBLE_EQ(default_lr("sgd(nesterov=true)", 512), 0.06);
  EXPECT_DOUBLE_EQ(default_lr("lars", 4096), 4.8);
  EXPECT_EQ(default_weight_decay("adamw"), 1e-4);
  EXPECT_EQ(default_weight_decay("sgd(momentum=0.5)"), 1e-4);
  EXPECT_EQ(default_weight_decay("lars"), 1e-6);
  EXPECT_EQ(default_weight_decay("adam"), 1e-6);
  EXPECT_THROW(default_lr("adm", 256), Error);
}

}  // namespace
}  // namespace simclr
