#include "eval/table.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"

namespace simclr {

void check_table(const Table& table, std::string_view name) {
  const std::string shape = std::to_string(table.rows) + " x " + std::to_string(table.width);
  if (table.rows == 0 || table.width == 0)
    throw Error(Exit::data, "the " + std::string(name) + " is empty (" + shape + " values).",
                "Evaluation needs at least one row; check which source and split it was made from.");
  if (table.values.size() != table.rows * table.width)
    throw Error(Exit::data, "the " + std::string(name) + " holds " + std::to_string(table.values.size()) +
                                " values, not " + shape + ".");
  for (size_t i = 0; i < table.rows; ++i) {
    bool finite = true;
    for (const float value : table.row(i)) finite &= std::isfinite(value);
    if (!finite)
      throw Error(
          Exit::non_finite,
          "row " + std::to_string(i) + " of the " + std::string(name) + " holds a value that is not finite.",
          "The weights or the input of that row are not finite; take an earlier checkpoint.");
  }
}

void check_labels(Labels labels, size_t rows, size_t classes, std::string_view name) {
  if (labels.size() != rows)
    throw Error(Exit::data, "the " + std::string(name) + " has " + std::to_string(rows) + " rows but " +
                                std::to_string(labels.size()) + " labels.");
  for (size_t i = 0; i < rows; ++i)
    if (labels[i] < 0 || static_cast<size_t>(labels[i]) >= classes)
      throw Error(Exit::data,
                  "row " + std::to_string(i) + " of the " + std::string(name) + " has label " +
                      std::to_string(labels[i]) + ", not one of 0 .. " +
                      std::to_string(static_cast<int64_t>(classes) - 1) + ".",
                  "Rows without a known class can't be evaluated; leave them out.");
}

double inverse_norm(std::span<const float> row) {
  double sum = 0;
  for (const float value : row) sum += double{value} * double{value};
  return sum > 0 ? 1 / std::sqrt(sum) : 0;
}

std::vector<float> gather_rows(const Table& table, std::span<const uint32_t> index) {
  std::vector<float> values(index.size() * table.width);
  for (size_t i = 0; i < index.size(); ++i) {
    const auto row = table.row(index[i]);
    std::copy(row.begin(), row.end(), values.begin() + static_cast<std::ptrdiff_t>(i * table.width));
  }
  return values;
}

std::vector<int32_t> gather_labels(Labels labels, std::span<const uint32_t> index) {
  std::vector<int32_t> picked(index.size());
  for (size_t i = 0; i < index.size(); ++i) picked[i] = labels[index[i]];
  return picked;
}

std::vector<std::vector<uint32_t>> rows_by_class(Labels labels, size_t classes) {
  std::vector<std::vector<uint32_t>> rows(classes);
  for (size_t i = 0; i < labels.size(); ++i)
    rows[static_cast<size_t>(labels[i])].push_back(static_cast<uint32_t>(i));
  return rows;
}

}  // namespace simclr
