#include "linalg/product.hpp"

#include <ATen/core/List.h>
#include <ATen/ops/mm.h>

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
  return linear.call(a.contiguous(), b.contiguous(), {}, "none", torch::List<std::optional<at::Scalar>>(),
                     "");
}

}  // namespace simclr
