#pragma once
// Rows of a golden file as a tensor.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <nlohmann/json.hpp>

namespace simclr {

// [rows, values] double
inline at::Tensor golden_matrix(const nlohmann::json& rows) {
  at::Tensor result =
      at::empty({static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())}, at::kDouble);
  auto* to = result.mutable_data_ptr<double>();
  for (const auto& row : rows)
    for (const auto& value : row) *to++ = value.get<double>();
  return result;
}

}  // namespace simclr
