#pragma once
// Contrastive losses, written nt_xent(temperature=0.1). One file each; registry.cpp is the table.

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

struct LossValue {
  at::Tensor loss;  // scalar float32, differentiable with respect to u
  at::Tensor top1;  // scalar float32, no gradient: share of rows whose most similar other row is the positive
};

class Loss {
 public:
  virtual ~Loss() = default;
  // u [2N, d] float32, before normalisation; rows 0..N-1 view 1, N..2N-1 view 2.
  virtual LossValue operator()(const at::Tensor& u) const = 0;
  virtual double chance(int64_t images) const = 0;  // the value when all rows are alike
  virtual double floor(int64_t images) const = 0;   // the value when positives coincide, negatives orthogonal
  virtual std::string text() const = 0;             // canonical
};

std::unique_ptr<Loss> make_loss(std::string_view text);
std::vector<std::string> loss_names();

}  // namespace simclr
