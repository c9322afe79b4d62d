#pragma once
// Distillation (Chen et al., "Big self-supervised models are strong semi-supervised learners", equations 2
// and 3): a student learns what a teacher says of pictures, labelled or not,
//   L = -(1 - alpha) mean over labelled rows of log p(y | x)
//       - alpha mean over all rows of sum over y of P_T(y | x) log P_S(y | x),    P = softmax(scores / T)
// for teacher and student alike, p = softmax(student scores). alpha=1 (equation 2) needs no label. The
// gradient of the second part is (P_S - P_T) / T; times_t2=true multiplies that part by T^2, as Google's code
// does, so that its gradient keeps its size. targets=hard: P_T is 1 for the teacher's best class (T -> 0), as
// the SimCLR-S2 study has it. several=true, where a picture has any number of classes: P = sigmoid(scores /
// T) of each class alone, hard targets are scores above 0, and both parts are binary cross-entropies, means
// over rows and classes.

#include "base/fields.hpp"
#include "base/spec.hpp"
#include "loss/loss.hpp"

namespace simclr {

class Distillation final : public Loss {
 public:
  // distill(temperature=1,alpha=1,targets=soft,times_t2=false,several=false). Throws Error(Exit::setting).
  explicit Distillation(const Spec& spec, ClassShares shares = {});
  explicit Distillation(std::string_view text);
  std::string text() const override;
  Fields fields();  // its arguments

  // student, teacher [N, K] scores before softmax; no gradient reaches the teacher. `labels`: of each row,
  // [N] int64, -1 where there is none; of several classes [N, K] of 0 and 1, negative rows for none; none at
  // all is fine where alpha is 1. The mean over no labelled row is 0. top1: share of rows (of rows and
  // classes) where student and teacher decide alike. float32, or float64 when both are. Error(Exit::failed)
  // when shapes or labels don't fit.
  LossValue operator()(const at::Tensor& student, const at::Tensor& teacher,
                       const at::Tensor& labels = {}) const;

  LossValue operator()(const at::Tensor& u, const Guide& guide) const override {
    return (*this)(u, guide.teacher, guide.labels);
  }

  // The value when the student says what the teacher says: alpha (T^2) times the entropy of P_T.
  double floor(const at::Tensor& teacher) const;

  // Of expect()'s scores. Chance: a student that says of every picture what the teacher says on average (and
  // of labels their shares, in batches that have one).
  double chance(int64_t images) const override;
  double floor(int64_t /*images*/) const override { return floor_; }
  void expect(const at::Tensor& teacher, double labelled) override;

  bool learns_from_labels() const override { return alpha_ < 1; }
  bool learns_from_label_sets() const override { return several_; }
  bool learns_from_teacher() const override { return true; }
  bool scores_classes() const override { return true; }
  std::string usual_head() const override { return "linear(out=" + std::to_string(shares_.size()) + ")"; }

 private:
  double weight_of_teacher() const { return alpha_ * (times_t2_ ? temperature_ * temperature_ : 1); }
  at::Tensor targets(const at::Tensor& teacher) const;
  at::Tensor taught(const at::Tensor& student, const at::Tensor& targets) const;
  at::Tensor labelled(const at::Tensor& student, const at::Tensor& labels) const;
  double temperature_ = 1, alpha_ = 1;
  std::string targets_ = "soft";
  bool times_t2_ = false, several_ = false;
  ClassShares shares_;                            // of the labelled pictures
  double chance_ = 0, floor_ = 0, labelled_ = 0;  // labelled_: share of the pictures
};

}  // namespace simclr
