#include "eval/pca.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "eval/matrix_view.hpp"

namespace simclr {
namespace {

constexpr size_t kPcaTile = 2048;  // rows brought to double precision at a time

std::vector<double> column_means(const Table& table) {
  std::vector<double> mean(table.width);
  for (size_t i = 0; i < table.rows; ++i)
    for (size_t j = 0; j < table.width; ++j) mean[j] += double{table.values[i * table.width + j]};
  for (double& value : mean) value /= static_cast<double>(table.rows);
  return mean;
}

// Sum over the rows of (row - mean)^T (row - mean).
at::Tensor scatter(const Table& table, const std::vector<double>& mean) {
  const auto width = static_cast<int64_t>(table.width);
  at::Tensor sum = at::zeros({width, width}, at::kDouble);
  std::vector<double> tile;
  for (size_t first = 0; first < table.rows; first += kPcaTile) {
    const size_t last = std::min(first + kPcaTile, table.rows);
    tile.clear();
    for (size_t i = first; i < last; ++i)
      for (size_t j = 0; j < table.width; ++j) tile.push_back(double{table.row(i)[j]} - mean[j]);
    const at::Tensor rows = double_view(tile.data(), last - first, table.width);
    at::addmm_out(sum, sum, rows.t(), rows);
  }
  return sum;
}

// 1 or -1. Entries equal but for rounding must not decide differently from machine to machine.
double sign_of(const double* vector, size_t stride, size_t n) {
  double largest = 0;
  for (size_t j = 0; j < n; ++j) largest = std::max(largest, std::abs(vector[j * stride]));
  for (size_t j = 0; j < n; ++j)
    if (std::abs(vector[j * stride]) > largest * (1 - 1e-6)) return vector[j * stride] < 0 ? -1 : 1;
  return 1;
}

}  // namespace

std::vector<float> PrincipalComponents::project(const Table& new_rows) const {
  if (new_rows.width != width)
    throw Error(Exit::data,
                "the components are of rows of " + std::to_string(width) + " values, the new rows have " +
                    std::to_string(new_rows.width) + ".",
                "Embed both with the same encoder and layer.");
  std::vector<float> places(new_rows.rows * count);
  for (size_t i = 0; i < new_rows.rows; ++i)
    for (size_t c = 0; c < count; ++c) {
      double sum = 0;
      for (size_t j = 0; j < width; ++j) sum += (double{new_rows.row(i)[j]} - mean[j]) * axes[c * width + j];
      places[i * count + c] = static_cast<float>(sum);
    }
  return places;
}

PrincipalComponents principal_components(const Table& table, size_t count) {
  check_table(table, "table");
  PrincipalComponents result{
      table.rows, table.width, count, column_means(table), std::vector<double>(count * table.width), {}, {}};
  result.share.resize(count);
  const auto [variances, vectors] = at::linalg_eigh(scatter(table, result.mean));
  const at::Tensor variance = variances.contiguous(), vector = vectors.contiguous();
  const auto* value = variance.const_data_ptr<double>();  // ascending
  double total = 0;
  for (size_t j = 0; j < table.width; ++j) total += std::max(value[j], 0.0);
  for (size_t c = 0; c < std::min(count, table.width); ++c) {
    const size_t column = table.width - 1 - c;
    if (!(value[column] > 1e-12 * total)) break;  // rounding, no direction
    const auto* axis = vector.const_data_ptr<double>() + column;
    const double sign = sign_of(axis, table.width, table.width);
    for (size_t j = 0; j < table.width; ++j) result.axes[c * table.width + j] = sign * axis[j * table.width];
    result.share[c] = value[column] / total;
  }
  result.values = result.project(table);
  return result;
}

}  // namespace simclr
