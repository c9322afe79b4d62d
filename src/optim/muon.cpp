// Muon (Jordan et al. 2024): a weight's step is its momentum with every singular value brought near 1, so
// that rare directions are learned as fast as common ones:
//   v <- m v + g;  u = g + m v (nesterov) or v;  w <- w (1 - lr wd) - lr 0.2 sqrt(max(rows, columns)) O(u)
// O is four Newton-Schulz steps on the weight as a matrix [out, the rest]; 0.2 sqrt(..) gives it the size of
// an Adam update, so that a rate serves both (Liu et al. 2025, arXiv:2502.16982, section 2.2). Biases and
// norms are stepped by Adam.

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <algorithm>
#include <cmath>

#include "linalg/product.hpp"
#include "optim/adam.hpp"

namespace simclr {
namespace {

struct MuonSettings {
  double momentum = 0.95;
  bool nesterov = true;

  Fields fields() {
    return {field("momentum", momentum, "share of the last update that goes on").range(0, 0.9999),
            field("nesterov", nesterov, "look ahead along the momentum")};
  }
};

// [out, the rest] over the weight's own memory, in its format: the order of columns changes nothing.
at::Tensor as_matrix(const at::Tensor& weight) {
  return (weight.is_contiguous() ? weight : weight.permute({0, 2, 3, 1})).view({weight.size(0), -1});
}

// The iteration X <- (a + b XX' + c (XX')^2) X, run on XX' and gathered into one factor: for a wide matrix
// most of its products then have the short side alone, and are of symmetric matrices. It begins from X /
// sqrt(|XX'|), no singular value above 1 yet nearer to it than by the usual X / |X|, which would take a fifth
// step.
at::Tensor orthogonal(const at::Tensor& matrix) {
  constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
  constexpr int kSteps = 4;
  const bool tall = matrix.size(0) > matrix.size(1);
  const at::Tensor wide = tall ? matrix.t().contiguous() : matrix;
  at::Tensor gram = gram_matrix(wide);
  const at::Tensor square = at::linalg_vector_norm(gram).clamp_min(1e-30);
  gram = gram / square;
  at::Tensor factor;
  for (int step = 0; step < kSteps; ++step) {
    at::Tensor once = product_transposed(gram, gram).mul_(c).add_(gram, b);
    once.diagonal().add_(a);
    factor = step == 0 ? once : product_transposed(once, factor);
    if (step + 1 < kSteps) gram = product_transposed(product_transposed(once, gram), once);
  }
  factor.div_(square.sqrt());
  return tall ? product_transposed(wide.t(), factor) : product_transposed(factor, wide.t());
}

class Muon final : public AdamMoments {
 public:
  Muon(const MuonSettings& settings, const Parameters& parameters, double weight_decay)
      : AdamMoments({}, parameters, weight_decay, /*kinds_of_weights=*/1), muon_(settings) {}
  std::string text() const override { return canonical("muon", MuonSettings(muon_).fields()); }

 private:
  void update(Slice& slice, double lr) override {
    if (slice.excluded)
      adamw_update(slice, lr);
    else
      for (size_t i = 0; i < slice.parameters.size(); ++i)
        step(slice.parameters[i], slice.gradients[i], slice.state[0][i], lr, slice.weight_decay);
  }

  void step(at::Tensor& weight, const at::Tensor& gradient, at::Tensor& momentum, double lr,
            double weight_decay) const {
    momentum.mul_(muon_.momentum).add_(gradient);
    const at::Tensor update =
        orthogonal(as_matrix(muon_.nesterov ? at::add(gradient, momentum, muon_.momentum) : momentum));
    const at::Tensor matrix = as_matrix(weight);
    const auto longest = static_cast<double>(std::max(matrix.size(0), matrix.size(1)));
    matrix.mul_(1 - lr * weight_decay).sub_(update, lr * 0.2 * std::sqrt(longest));
  }

  MuonSettings muon_;
};

}  // namespace

std::unique_ptr<Optimizer> make_muon(const Spec& spec, const Parameters& parameters, double weight_decay) {
  MuonSettings settings;
  configure(settings.fields(), spec, "optimizer");
  return std::make_unique<Muon>(settings, parameters, weight_decay);
}

}  // namespace simclr
