#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "loss/loss.hpp"

namespace simclr {
namespace {

void expect_refused(const char* text, const char* expected) {
  try {
    make_loss(text);
    ADD_FAILURE() << text << " was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::setting) << text;
    EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
  }
}

TEST(LossRegistryTest, TextIsCanonicalAndReadsBack) {
  EXPECT_EQ(make_loss("nt_xent")->text(), "nt_xent(temperature=0.1)");
  EXPECT_EQ(make_loss(" nt_xent( temperature = 0.50 ) ")->text(), "nt_xent(temperature=0.5)");
  for (const auto& name : loss_names())
    EXPECT_EQ(make_loss(make_loss(name)->text())->text(), make_loss(name)->text());
}

TEST(LossRegistryTest, EveryLossIsChanceWhenAllRowsAreAlike) {
  for (const auto& name : loss_names()) {
    const auto loss = make_loss(name, {0.5, 0.5});
    const at::Tensor sure =
        (at::arange(32, at::kFloat).remainder(2) * 2 - 1) * 3;  // of a teacher, as often of each
    const at::Tensor teacher = at::stack({sure, -sure}, 1);
    loss->expect(teacher, 1);
    const at::Tensor u = loss->scores_classes() ? at::zeros({32, 2}) : at::ones({32, 8});
    at::Tensor labels = at::arange(32, at::kLong).remainder(2);
    if (loss->learns_from_label_sets()) labels = at::stack({labels, 1 - labels}, 1);
    const Guide guide{labels, 0, teacher};
    EXPECT_NEAR((*loss)(u, guide).loss.item<double>(), loss->chance(16), 1e-4) << name;
    EXPECT_LT(loss->floor(16), loss->chance(16));
  }
}

TEST(LossRegistryTest, BadTextNamesTheMistake) {
  expect_refused("nt_xnet", "Did you mean 'nt_xent'?");
  expect_refused("nt_xent(temprature=0.1)", "Did you mean 'temperature'?");
  expect_refused("nt_xent(temperature=0)", "nt_xent(temperature): '0' is not in range: 0.001 to 10");
  expect_refused("nt_xent(temperature=nan)", "not a finite number");
  expect_refused("nt_xent(temperature=0.1", "parenthesis");
  expect_refused("", "no name");
}

}  // namespace
}  // namespace simclr
