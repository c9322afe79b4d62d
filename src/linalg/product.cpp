#include "linalg/product.hpp"

#include <ATen/core/List.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "linalg/onednn.hpp"

namespace simclr {
namespace {

using Linear = at::Tensor(const at::Tensor& x, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias, std::string_view then,
                          torch::List<std::optional<at::Scalar>>, std::optional<std::string_view>);

}  // namespace

at::Tensor product_transposed(const at::Tensor& a, const at::Tensor& b) {
  if (!a.is_cpu() || a.scalar_type() != at::kFloat || !onednn_takes(at::kFloat)) return at::mm(a, b.t());
  static const auto linear = operation<Linear>("mkldnn::_linear_pointwise");
  return linear.call(a, b, {}, "none", torch::List<std::optional<at::Scalar>>(), "");
}

at::Tensor gram_matrix(const at::Tensor& a) {
  constexpr int64_t kStrip = 128;  // rows: narrower ones run slower than they save
  const int64_t rows = a.size(0);
  if (rows <= kStrip) return product_transposed(a, a);
  at::Tensor gram = at::empty({rows, rows}, a.options());
  for (int64_t first = 0; first < rows; first += kStrip) {
    const int64_t last = std::min(first + kStrip, rows);
    const at::Tensor strip = product_transposed(a.slice(0, first), a.slice(0, first, last));
    gram.slice(0, first).slice(1, first, last).copy_(strip);
    gram.slice(0, first, last).slice(1, last).copy_(strip.slice(0, last - first).t());
  }
  return gram;
}

}  // namespace simclr
