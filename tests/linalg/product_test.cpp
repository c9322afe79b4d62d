#include "linalg/product.hpp"

#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

namespace simclr {
namespace {

TEST(Product, IsThatOfTheDefinitionForAnyLayoutAndType) {
  torch::manual_seed(1);
  const at::Tensor tall = at::randn({70, 33}), wide = at::randn({33, 70}), b = at::randn({48, 33});
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16})
    for (const at::Tensor& a : {tall, wide.t()}) {
      const at::Tensor result = product_transposed(a.to(type), b.to(type));
      ASSERT_EQ(result.scalar_type(), type);
      const at::Tensor exact = at::mm(a.to(type).to(at::kDouble), b.to(type).to(at::kDouble).t());
      const double error = (result.to(at::kDouble) - exact).abs().max().item<double>();
      EXPECT_LE(error, type == at::kBFloat16 ? 0.1 : 2e-5) << type;
    }
}

TEST(Product, OfAMatrixWithItselfIsSymmetric) {
  torch::manual_seed(2);
  for (const int64_t rows : {40, 128, 300}) {
    const at::Tensor a = at::randn({rows, 90});
    const at::Tensor gram = gram_matrix(a), exact = at::mm(a.to(at::kDouble), a.to(at::kDouble).t());
    EXPECT_TRUE(gram.to(at::kDouble).allclose(exact, 1e-5, 2e-4));
    EXPECT_TRUE(gram.allclose(gram.t(), 1e-6, 1e-5));
  }
}

}  // namespace
}  // namespace simclr
