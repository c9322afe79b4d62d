#pragma once
// Losses, written nt_xent(temperature=0.1). One file each; registry.cpp is the table. Contrastive ones look
// at views alone; those that learn from labels serve simclr supervised, the comparison.

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

struct LossValue {
  at::Tensor loss;  // scalar float32, differentiable with respect to u
  // Scalar float32, no gradient: share of rows whose most similar other row is the positive (with labels: of
  // the same class), or whose highest class score is the right one.
  at::Tensor top1;
};

struct Guide {  // what a loss may know beside u
  // For losses that learn from labels: [2N] int64, class of each row, 0 .. K - 1; or, for those that learn
  // from sets of classes, [2N, K] int64 of zeros and ones.
  at::Tensor labels;
  double progress = 0;  // of the training, 0..1
  // For losses that learn from a teacher: its scores of the same rows, [2N, K] float32. Labels may then be
  // missing: -1 for a row without one (of sets: K of them).
  at::Tensor teacher = {};
};

// Of the training pictures, one a class; summing to 1 where each has one class.
using ClassShares = std::vector<double>;

class Loss {
 public:
  virtual ~Loss() = default;
  // u [2N, d] float32, before normalisation; rows 0..N-1 view 1, N..2N-1 view 2.
  virtual LossValue operator()(const at::Tensor& u, const Guide& guide = {}) const = 0;
  virtual double chance(int64_t images) const = 0;  // the value when all rows are alike
  virtual double floor(
      int64_t images) const = 0;         // about the least: exact for views, else for a batch like the whole
  virtual std::string text() const = 0;  // canonical
  virtual bool learns_from_labels() const { return false; }
  virtual bool learns_from_label_sets() const { return false; }  // a row may have several classes, or none
  virtual bool learns_from_teacher() const { return false; }
  // Of such a loss, before its chance and floor are asked: a teacher's scores of some pictures, [M, K], and
  // the share of the pictures that have a label.
  virtual void expect(const at::Tensor& /*teacher*/, double /*labelled*/) {}
  virtual bool scores_classes() const { return false; }  // u [2N, K] are scores of classes, not an embedding
  virtual std::string usual_head() const { return "mlp(layers=2,out=128)"; }
};

// Losses that learn from labels need the shares of the classes for their chance and floor.
std::unique_ptr<Loss> make_loss(std::string_view text, const ClassShares& shares = {});
std::vector<std::string> loss_names();
std::vector<std::string> labelled_loss_names();  // those that learn from labels

}  // namespace simclr
