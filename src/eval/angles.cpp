#include "eval/angles.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "eval/matrix_view.hpp"

namespace simclr {
namespace {

constexpr size_t kAngleTile = 256;  // rows
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Unit rows, class after class.
struct Sorted {
  std::vector<double> values;
  std::vector<size_t> first;  // of each class, and the end
  size_t width = 0;
  size_t rows() const { return first.back(); }
};

Sorted sorted_by_class(const Table& table, Labels labels, size_t classes, size_t most_rows) {
  Sorted sorted{{}, {0}, table.width};
  for (const auto& members : rows_by_class(labels, classes)) {
    const size_t count = std::min(most_rows, members.size());
    for (size_t i = 0; i < count; ++i) {
      const auto row = table.row(members[i * members.size() / count]);
      const double inverse = inverse_norm(row);
      for (const float x : row) sorted.values.push_back(static_cast<double>(x) * inverse);
    }
    sorted.first.push_back(sorted.first.back() + count);
  }
  return sorted;
}

// Sums of angles and of 1 - cosine over the pairs of a tile's rows with all rows, by class of the other.
struct Sums {
  std::vector<double> angle, distance;  // [rows, classes]
};

Sums sums_by_row(const Sorted& sorted) {
  const size_t rows = sorted.rows(), classes = sorted.first.size() - 1;
  Sums sums{std::vector<double>(rows * classes), std::vector<double>(rows * classes)};
  const at::Tensor all = double_view(sorted.values.data(), rows, sorted.width);
  for (size_t first = 0; first < rows; first += kAngleTile) {
    const size_t last = std::min(first + kAngleTile, rows);
    const at::Tensor cosines =
        at::mm(all.slice(0, static_cast<int64_t>(first), static_cast<int64_t>(last)), all.t());
    const auto* cosine = cosines.const_data_ptr<double>();
    at::parallel_for(0, static_cast<int64_t>(last - first), 8, [&](int64_t begin, int64_t end) {
      for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
        for (size_t c = 0; c < classes; ++c)
          for (size_t j = sorted.first[c]; j < sorted.first[c + 1]; ++j) {
            if (j == first + i) continue;
            const double value = std::clamp(cosine[i * rows + j], -1.0, 1.0);
            sums.angle[(first + i) * classes + c] += std::acos(value);
            sums.distance[(first + i) * classes + c] += 1 - value;
          }
    });
  }
  return sums;
}

double mean_of_defined(const std::vector<double>& values) {
  double sum = 0, count = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, ++count;
  return count > 0 ? sum / count : kNone;
}

}  // namespace

ClassAngles class_angles(const Table& table, Labels labels, size_t classes, size_t most_rows) {
  check_table(table, "table");
  check_labels(labels, table.rows, classes, "table");
  const Sorted sorted = sorted_by_class(table, labels, classes, most_rows);
  const Sums sums = sums_by_row(sorted);
  ClassAngles result{
      classes, {}, std::vector<double>(classes * classes), std::vector<double>(classes * classes)};
  std::vector<double> within, between;
  for (size_t a = 0; a < classes; ++a) {
    const size_t count = sorted.first[a + 1] - sorted.first[a];
    result.rows.push_back(count);
    for (size_t b = a; b < classes; ++b) {
      const auto others = static_cast<double>(sorted.first[b + 1] - sorted.first[b]);
      const double pairs = static_cast<double>(count) * (a == b ? others - 1 : others);
      double angle = 0, distance = 0;
      for (size_t i = sorted.first[a]; i < sorted.first[a + 1]; ++i) {
        angle += sums.angle[i * classes + b];
        distance += sums.distance[i * classes + b];
      }
      const double degrees = pairs > 0 ? angle / pairs * 180 / std::numbers::pi : kNone;
      const double all_pairs = static_cast<double>(count) * others;
      result.degrees[a * classes + b] = result.degrees[b * classes + a] = degrees;
      result.cosine_distance[a * classes + b] = result.cosine_distance[b * classes + a] =
          all_pairs > 0 ? distance / all_pairs : kNone;
      (a == b ? within : between).push_back(degrees);
    }
  }
  result.within = mean_of_defined(within);
  result.between = mean_of_defined(between);
  return result;
}

std::vector<ClassPair> least_separable(const ClassAngles& angles, size_t most) {
  std::vector<ClassPair> pairs;
  for (size_t a = 0; a < angles.classes; ++a)
    for (size_t b = a + 1; b < angles.classes; ++b) {
      const double between = angles.degrees_of(a, b),
                   own = mean_of_defined({angles.degrees_of(a, a), angles.degrees_of(b, b)});
      if (!std::isnan(between) && !std::isnan(own)) pairs.push_back({a, b, between, between - own});
    }
  std::stable_sort(pairs.begin(), pairs.end(), [](const ClassPair& one, const ClassPair& other) {
    return one.more_than_within < other.more_than_within;
  });
  pairs.resize(std::min(most, pairs.size()));
  return pairs;
}

}  // namespace simclr
