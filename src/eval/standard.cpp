#include "eval/standard.hpp"

#include <ATen/Parallel.h>

#include <cmath>

namespace simclr {

Standard standard_of(const Table& table) {
  std::vector<double> mean(table.width), square(table.width);
  const double n = static_cast<double>(table.rows);
  for (size_t i = 0; i < table.rows; ++i)
    for (size_t j = 0; j < table.width; ++j) mean[j] += double{table.values[i * table.width + j]};
  for (double& value : mean) value /= n;
  for (size_t i = 0; i < table.rows; ++i)
    for (size_t j = 0; j < table.width; ++j) {
      const double off = double{table.values[i * table.width + j]} - mean[j];
      square[j] += off * off;
    }
  Standard standard{std::vector<float>(mean.begin(), mean.end()), std::vector<float>(table.width)};
  for (size_t j = 0; j < table.width; ++j) {
    const double deviation = std::sqrt(square[j] / n);
    // A column that varies by rounding alone says nothing: weight 0 instead of noise blown up to variance 1.
    const bool constant = deviation <= 1e-7 * std::abs(mean[j]) || deviation < 1e-30;
    standard.inverse_std[j] = constant ? 0 : static_cast<float>(1 / deviation);
  }
  return standard;
}

void standardise(std::span<float> values, std::span<const float> mean, std::span<const float> inverse_std) {
  const size_t width = mean.size();
  at::parallel_for(0, static_cast<int64_t>(values.size() / width), 256, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      for (size_t j = 0; j < width; ++j) {
        float& value = values[i * width + j];
        value = (value - mean[j]) * inverse_std[j];
      }
  });
}

}  // namespace simclr
