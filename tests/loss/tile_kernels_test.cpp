#include "loss/tile_kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/random.hpp"

namespace simclr {
namespace {

std::vector<float> kernel_numbers(int64_t count, double least, double most, uint64_t stream) {
  Random random({.seed = 5, .index = stream}, 0);
  std::vector<float> numbers(static_cast<size_t>(count));
  for (auto& number : numbers) number = static_cast<float>(random.uniform(least, most));
  return numbers;
}

double at(const std::vector<float>& numbers, int64_t i) {
  return static_cast<double>(numbers[static_cast<size_t>(i)]);
}

class TileKernelsTest : public testing::TestWithParam<const TileKernels*> {};

// a plain, then a transposed; b in panels of which each is [depth, 32]; writing, then adding.
TEST_P(TileKernelsTest, MultipliesAsTheDefinitionSays) {
  for (const int64_t depth : {1, 3, 33, 128}) {
    const int64_t rows = 64;
    const int64_t panels = 3;
    const auto b = kernel_numbers(panels * depth * panel_width, -1, 1, 2);
    const auto a = kernel_numbers(rows * depth, -1, 1, 1);
    std::vector<float> c(static_cast<size_t>(rows * panels * panel_width), 7.0F);
    TileKernels::Product product{.a = a.data(),
                                 .row_step = depth,
                                 .column_step = 1,
                                 .b = b.data(),
                                 .panel_step = depth * panel_width,
                                 .line = panel_width,
                                 .c = c.data(),
                                 .c_line = panels * panel_width,
                                 .rows = rows,
                                 .panels = panels,
                                 .depth = depth,
                                 .add = false};
    GetParam()->multiply(product);
    product.row_step = 1;
    product.column_step = rows;
    product.add = true;
    GetParam()->multiply(product);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < panels * panel_width; ++j) {
        double expected = 0;
        for (int64_t k = 0; k < depth; ++k)
          expected += (at(a, i * depth + k) + at(a, k * rows + i)) *
                      at(b, (j / panel_width * depth + k) * panel_width + j % panel_width);
        ASSERT_NEAR(at(c, i * panels * panel_width + j), expected,
                    1e-6 * std::sqrt(static_cast<double>(depth)) + 1e-6);
      }
  }
}

TEST_P(TileKernelsTest, FindsTheLargestOfRowsAndColumns) {
  const int64_t side = 64;
  auto s = kernel_numbers(side * side, -1, 1, 3);
  for (int64_t j = 0; j < side; ++j) s[static_cast<size_t>(5 * side + j)] = masked;
  std::vector<float> rows(side);
  std::vector<float> columns(side);
  GetParam()->maxima(s.data(), side, rows.data(), columns.data());
  for (int64_t i = 0; i < side; ++i) {
    double row = static_cast<double>(masked);
    double column = row;
    for (int64_t j = 0; j < side; ++j) {
      row = std::max(row, at(s, i * side + j));
      column = std::max(column, at(s, j * side + i));
    }
    EXPECT_EQ(at(rows, i), row);
    EXPECT_EQ(at(columns, i), column);
  }
}

struct ExponentCase {
  double temperature;
  bool fixed;
};

// Relative error of the exponential, over all the range that losses use, with shared and with own shifts.
TEST_P(TileKernelsTest, SumsAndWeighsExponentials) {
  const int64_t side = 64;
  for (const auto [temperature, fixed] :
       {ExponentCase{10, true}, ExponentCase{0.5, true}, ExponentCase{0.03, true}, ExponentCase{0.03, false},
        ExponentCase{0.01, false}}) {
    auto s = kernel_numbers(side * side, -1, 1, 4);
    s[7] = masked;
    const auto own = kernel_numbers(side, fixed ? 1 : 0.9, 1, 6);
    const auto row_weights = kernel_numbers(side, 0, 2, 7);
    const auto column_weights = kernel_numbers(side, 0, 2, 8);
    const auto scale = static_cast<float>(1 / temperature);
    const TileKernels::Exponent exponent{scale, fixed, own.data(), own.data()};
    std::vector<float> rows(side);
    std::vector<float> columns(side);
    GetParam()->sums(s.data(), side, exponent, rows.data(), columns.data());
    auto w = s;
    GetParam()->weigh(w.data(), side, exponent, row_weights.data(), column_weights.data());
    // The argument is rounded to float32 on the way: its error grows with its size.
    const double tolerance = 1e-6 + 2e-7 / temperature;
    for (int64_t i = 0; i < side; ++i) {
      double row = 0;
      double column = 0;
      for (int64_t j = 0; j < side; ++j) {
        const auto e = [&](double similarity, int64_t shift) {
          return std::exp((similarity - at(own, shift)) * static_cast<double>(scale));
        };
        row += e(at(s, i * side + j), i);
        column += e(at(s, j * side + i), i);
        const double weight = at(row_weights, i) * e(at(s, i * side + j), i) +
                              at(column_weights, j) * e(at(s, i * side + j), j);
        ASSERT_NEAR(at(w, i * side + j), weight, tolerance * weight + 1e-37)
            << temperature << ' ' << i << ' ' << j;
      }
      EXPECT_NEAR(at(rows, i), row, tolerance * row);
      EXPECT_NEAR(at(columns, i), column, tolerance * column);
    }
  }
}

TEST_P(TileKernelsTest, NanComesThroughAndMaskedCountsForNothing) {
  const int64_t side = 32;
  std::vector<float> s(static_cast<size_t>(side * side), masked);
  s[side + 3] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> shift(side, 1.0F);
  std::vector<float> rows(side);
  std::vector<float> columns(side);
  GetParam()->sums(s.data(), side, {1000.0F, false, shift.data(), shift.data()}, rows.data(), columns.data());
  EXPECT_EQ(rows[0], 0);
  EXPECT_TRUE(std::isnan(rows[1]));
  EXPECT_TRUE(std::isnan(columns[3]));
  EXPECT_EQ(columns[4], 0);
}

INSTANTIATE_TEST_SUITE_P(Machine, TileKernelsTest, testing::ValuesIn(all_tile_kernels()),
                         [](const auto& instance) { return std::string(instance.param->name); });

}  // namespace
}  // namespace simclr
