#include "eval/monitors.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "eval/matrix_view.hpp"

namespace simclr {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool all_finite(const Table& table) {
  return std::all_of(table.values.begin(), table.values.end(),
                     [](float value) { return std::isfinite(value); });
}

std::vector<double> unit_rows_in_double(const Table& table) {
  std::vector<double> unit(table.rows * table.width);
  for (size_t i = 0; i < table.rows; ++i) {
    const auto row = table.row(i);
    const double scale = inverse_norm(row);
    for (size_t j = 0; j < row.size(); ++j) unit[i * row.size() + j] = row[j] * scale;
  }
  return unit;
}

}  // namespace

double std_of_unit_rows(const Table& z) {
  if (z.rows < 2) return 0;
  const std::vector<double> unit = unit_rows_in_double(z);
  const double n = static_cast<double>(z.rows);
  std::vector<double> mean(z.width), squares(z.width);
  for (size_t i = 0; i < unit.size(); ++i) mean[i % z.width] += unit[i] / n;
  for (size_t i = 0; i < unit.size(); ++i) {
    const double off = unit[i] - mean[i % z.width];
    squares[i % z.width] += off * off;
  }
  double sum = 0;
  for (const double square : squares) sum += std::sqrt(square / (n - 1));
  return sum / std::sqrt(static_cast<double>(z.width));
}

double effective_rank(const Table& x) {
  if (x.rows == 0 || x.width == 0) return 0;
  if (!all_finite(x)) return not_a_number;  // LAPACK would throw
  std::vector<double> values(x.values.begin(), x.values.end());
  const at::Tensor rows = double_view(values.data(), x.rows, x.width);
  const auto side =
      static_cast<int64_t>(std::min(x.rows, x.width));  // the smaller Gram matrix has all values
  at::Tensor gram = at::empty({side, side}, at::kDouble);
  at::mm_out(gram, x.rows < x.width ? rows : rows.t(), x.rows < x.width ? rows.t() : rows);
  const at::Tensor squares = at::linalg_eigvalsh(gram).contiguous();
  std::vector<double> singular(static_cast<size_t>(side));
  double sum = 0, entropy = 0;
  for (size_t i = 0; i < singular.size(); ++i) {
    singular[i] = std::sqrt(std::max(0.0, squares.const_data_ptr<double>()[i]));
    sum += singular[i];
  }
  if (sum == 0) return 1;  // all rows zero: as collapsed as can be
  for (const double value : singular)
    if (value > 0) entropy -= value / sum * std::log(value / sum);
  return std::exp(entropy);
}

double alignment(const Table& first, const Table& second) {
  if (first.rows == 0) return 0;
  double sum = 0;
  for (size_t i = 0; i < first.rows; ++i) {
    const auto a = first.row(i), b = second.row(i);
    const double scale_a = inverse_norm(a), scale_b = inverse_norm(b);
    for (size_t j = 0; j < a.size(); ++j) {
      const double off = a[j] * scale_a - b[j] * scale_b;
      sum += off * off;
    }
  }
  return sum / static_cast<double>(first.rows);
}

double uniformity(const Table& z) {
  if (z.rows < 2) return 0;
  constexpr size_t tile = 128;
  std::vector<double> unit = unit_rows_in_double(z);
  std::vector<double> square(z.rows);
  for (size_t i = 0; i < unit.size(); ++i) square[i / z.width] += unit[i] * unit[i];
  const auto tiles = static_cast<int64_t>((z.rows + tile - 1) / tile);
  std::vector<double> sums(static_cast<size_t>(tiles));
  at::parallel_for(0, tiles, 1, [&](int64_t begin, int64_t end) {
    for (auto t = static_cast<size_t>(begin); t < static_cast<size_t>(end); ++t) {
      const size_t first = t * tile, rows = std::min(tile, z.rows - first), columns = z.rows - first;
      std::vector<double> products(rows * columns);
      at::Tensor out = double_view(products.data(), rows, columns);
      double* const start = unit.data() + first * z.width;
      at::mm_out(out, double_view(start, rows, z.width), double_view(start, columns, z.width).t());
      for (size_t i = 0; i < rows; ++i)
        for (size_t j = i + 1; j < columns; ++j) {
          const double distance = square[first + i] + square[first + j] - 2 * products[i * columns + j];
          sums[t] += std::exp(-2 * (distance < 0 ? 0 : distance));
        }
    }
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  const double n = static_cast<double>(z.rows);
  return std::log(sum / (n * (n - 1) / 2));
}

}  // namespace simclr
