#include "eval/lbfgs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace simclr {
namespace {

double rosenbrock(std::span<const double> x, std::span<double> g) {
  const double a = 1 - x[0], b = x[1] - x[0] * x[0];
  g[0] = -2 * a - 400 * x[0] * b;
  g[1] = 200 * b;
  return a * a + 100 * b * b;
}

void expect_never_rising(const LbfgsResult& result) {
  ASSERT_EQ(result.values.size(), static_cast<size_t>(result.iterations) + 1);
  for (size_t i = 1; i < result.values.size(); ++i) EXPECT_LT(result.values[i], result.values[i - 1]) << i;
  EXPECT_EQ(result.values.back(), result.value);
}

TEST(Lbfgs, FindsTheBottomOfRosenbrocksValley) {
  std::vector<double> x = {-1.2, 1};
  const auto result = minimise(rosenbrock, x, {.tolerance = 1e-8});
  EXPECT_TRUE(result.converged);
  EXPECT_NEAR(x[0], 1, 1e-7);
  EXPECT_NEAR(x[1], 1, 1e-7);
  EXPECT_LT(result.evaluations, 80);
  expect_never_rising(result);
}

TEST(Lbfgs, SolvesAnIllConditionedQuadratic) {
  constexpr size_t n = 60;
  const auto quadratic = [](std::span<const double> x, std::span<double> g) {
    double value = 0;
    for (size_t i = 0; i < n; ++i) {
      const double curvature = std::pow(10.0, 4.0 * static_cast<double>(i) / n),
                   off = x[i] - static_cast<double>(i);
      g[i] = curvature * off;
      value += curvature * off * off / 2;
    }
    return value;
  };
  std::vector<double> x(n);
  const auto result = minimise(quadratic, x, {.tolerance = 1e-6});
  EXPECT_TRUE(result.converged);
  for (size_t i = 0; i < n; ++i) EXPECT_NEAR(x[i], static_cast<double>(i), 1e-5);
  expect_never_rising(result);
}

TEST(Lbfgs, StepsBackFromWhereTheFunctionIsNotFinite) {
  const auto barrier = [](std::span<const double> x,
                          std::span<double> g) {  // x - log x: minimum at 1, none below 0
    g[0] = 1 - 1 / x[0];
    return x[0] > 0 ? x[0] - std::log(x[0]) : std::numeric_limits<double>::quiet_NaN();
  };
  for (const double start : {1e-3, 0.5, 50.0}) {
    std::vector<double> x = {start};
    const auto result = minimise(barrier, x, {.tolerance = 1e-9});
    EXPECT_TRUE(result.converged) << start;
    EXPECT_NEAR(x[0], 1, 1e-8) << start;
    expect_never_rising(result);
  }
}

TEST(Lbfgs, KeepsToItsIterationsAndSaysSo) {
  std::vector<double> x = {-1.2, 1};
  const auto result = minimise(rosenbrock, x, {.max_iterations = 3});
  EXPECT_EQ(result.iterations, 3);
  EXPECT_FALSE(result.converged);
  std::vector<double> gradient(2);
  EXPECT_EQ(rosenbrock(x, gradient), result.value);  // x is the point the value belongs to
}

TEST(Lbfgs, AMinimumNeedsNoStep) {
  std::vector<double> x = {1, 1};
  const auto result = minimise(rosenbrock, x, {});
  EXPECT_TRUE(result.converged);
  EXPECT_EQ(result.iterations, 0);
  EXPECT_EQ(result.evaluations, 1);
}

TEST(Lbfgs, EndsWhenNothingGoesLower) {
  const auto wrong = [](std::span<const double> x,
                        std::span<double> g) {  // a gradient that points the wrong way
    g[0] = -1;
    return x[0];
  };
  std::vector<double> x = {2};
  const auto result = minimise(wrong, x, {});
  EXPECT_FALSE(result.converged);
  EXPECT_EQ(x[0], 2);
}

}  // namespace
}  // namespace simclr
