#include "loss/distill.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/nll_loss.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/xlogy.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <utility>

#include "base/error.hpp"

namespace simclr {
namespace {

[[noreturn]] void unfit(const std::string& why) {
  throw Error(Exit::failed, "distill: " + why);
}

void check_scores(const at::Tensor& student, const at::Tensor& teacher) {
  if (student.dim() != 2 || student.size(0) == 0 || student.sizes() != teacher.sizes())
    unfit("student and teacher must score the same classes of the same rows.");
}

void check_labels(const at::Tensor& student, const at::Tensor& labels, bool several) {
  const bool fits =
      several ? labels.sizes() == student.sizes()
              : labels.dim() == 1 && labels.size(0) == student.size(0) && labels.scalar_type() == at::kLong;
  if (!fits) unfit("the labels are not one a row.");
  if (labels.max().item<double>() > (several ? 1.0 : static_cast<double>(student.size(1) - 1)))
    unfit("a label is of no class that is scored.");
}

// Of probabilities [N, K]: mean over rows, and where each is of its own class (`several`) over classes.
double entropy(const at::Tensor& p, bool several) {
  const at::Tensor of_rows =
      several ? -(at::xlogy(p, p) + at::xlogy(1 - p, 1 - p)).mean() : -at::xlogy(p, p).sum(1).mean();
  return of_rows.item<double>();
}

at::Tensor decisions(const at::Tensor& scores, bool several) {
  return several ? scores.gt(0) : scores.argmax(1);
}

}  // namespace

Fields Distillation::fields() {
  return {
      field("temperature", temperature_, "divides the scores of teacher and student").range(0.01, 100),
      field("alpha", alpha_, "weight of the teacher; the rest is that of the labels").range(0, 1),
      field("targets", targets_, "the teacher's probabilities, or its decisions").choices({"soft", "hard"}),
      field("times-t2", times_t2_, "multiply the teacher's part by the temperature squared"),
      field("several", several_, "a picture may have several classes")};
}

Distillation::Distillation(std::string_view text) : Distillation(parse_spec(text, "loss")) {}

Distillation::Distillation(const Spec& spec, ClassShares shares) : shares_(std::move(shares)) {
  if (spec.name != "distill")
    throw Error(Exit::setting, "There is no distillation '" + printable(spec.name) + "'.",
                "Write distill(temperature=1,alpha=1).");
  configure(fields(), spec, "loss");
}

std::string Distillation::text() const {
  return canonical("distill", Distillation(*this).fields());
}

at::Tensor Distillation::targets(const at::Tensor& teacher) const {
  const at::Tensor scores = teacher.detach();
  if (targets_ == "soft")
    return several_ ? (scores / temperature_).sigmoid() : at::softmax(scores / temperature_, 1);
  if (several_) return scores.gt(0).to(scores.scalar_type());
  return at::zeros_like(scores).scatter_(1, scores.argmax(1, true), 1);
}

at::Tensor Distillation::taught(const at::Tensor& student, const at::Tensor& targets) const {
  const at::Tensor scores = student / temperature_;
  const at::Tensor loss = several_ ? at::binary_cross_entropy_with_logits(scores, targets)
                                   : -(targets * at::log_softmax(scores, 1)).sum(1).mean();
  return times_t2_ ? loss * (temperature_ * temperature_) : loss;
}

at::Tensor Distillation::labelled(const at::Tensor& student, const at::Tensor& labels) const {
  const at::Tensor has_label = several_ ? labels.ge(0).all(1) : labels.ge(0);
  const at::Tensor rows = has_label.nonzero().squeeze(1);
  if (rows.numel() == 0) return (student * 0).sum();
  const at::Tensor scores = student.index_select(0, rows), known = labels.index_select(0, rows);
  return several_ ? at::binary_cross_entropy_with_logits(scores, known.to(scores.scalar_type()))
                  : at::nll_loss(at::log_softmax(scores, 1), known);
}

LossValue Distillation::operator()(const at::Tensor& student, const at::Tensor& teacher,
                                   const at::Tensor& labels) const {
  check_scores(student, teacher);
  const bool twice = student.scalar_type() == at::kDouble && teacher.scalar_type() == at::kDouble;
  const at::Tensor s = student.to(twice ? at::kDouble : at::kFloat),
                   t = teacher.to(twice ? at::kDouble : at::kFloat);
  at::Tensor loss = taught(s, targets(t)) * alpha_;
  if (alpha_ < 1) {
    if (!labels.defined()) unfit("there are no labels, and alpha is below 1.");
    check_labels(student, labels, several_);
    loss = loss + labelled(s, labels) * (1 - alpha_);
  }
  const at::Tensor alike = decisions(s.detach(), several_).eq(decisions(t.detach(), several_));
  return {loss, alike.to(at::kFloat).mean()};
}

double Distillation::floor(const at::Tensor& teacher) const {
  return weight_of_teacher() * entropy(targets(teacher.to(at::kDouble)), several_);
}

void Distillation::expect(const at::Tensor& teacher, double labelled) {
  const at::Tensor said = targets(teacher.to(at::kDouble));
  floor_ = weight_of_teacher() * entropy(said, several_);
  chance_ = weight_of_teacher() * entropy(said.mean(0, true), several_);
  labelled_ = labelled;
}

double Distillation::chance(int64_t images) const {
  if (alpha_ == 1 || shares_.empty()) return chance_;
  const at::Tensor known = at::from_blob(const_cast<double*>(shares_.data()),
                                         {1, static_cast<int64_t>(shares_.size())}, at::kDouble);
  const double any_label = 1 - std::pow(1 - labelled_, static_cast<double>(images));
  return chance_ + (1 - alpha_) * any_label * entropy(known, several_);
}

}  // namespace simclr
