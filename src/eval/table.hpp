#pragma once
// Embeddings as evaluation takes them: float32, row-major, `rows` vectors of `width` values.
// Evaluation sees arrays, not tensors, so that any program's embeddings can be judged.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace simclr {

struct Table {
  std::span<const float> values;  // rows * width
  size_t rows = 0, width = 0;
  std::span<const float> row(size_t i) const { return values.subspan(i * width, width); }
};

using Labels = std::span<const int32_t>;  // one a row, 0 .. classes-1

// A table the figures can be trusted on. Error(Exit::data) when sizes disagree or there is no value at all,
// Error(Exit::non_finite) naming the first row with a NaN or an infinity. `name`: "training table", ...
void check_table(const Table& table, std::string_view name);

// One label a row, each below `classes`; Error(Exit::data) otherwise.
void check_labels(Labels labels, size_t rows, size_t classes, std::string_view name);

// 1 / Euclidean norm; 0 for a row of zeros, which so stays a row of zeros and is similar to nothing.
double inverse_norm(std::span<const float> row);

// The rows `index` names, copied one after another.
std::vector<float> gather_rows(const Table& table, std::span<const uint32_t> index);
std::vector<int32_t> gather_labels(Labels labels, std::span<const uint32_t> index);

// Row numbers of each class, ascending.
std::vector<std::vector<uint32_t>> rows_by_class(Labels labels, size_t classes);

}  // namespace simclr
