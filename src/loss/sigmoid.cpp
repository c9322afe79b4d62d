#include <ATen/TensorOperators.h>
#include <ATen/ops/softplus.h>

#include <cmath>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "loss/labelled.hpp"

namespace simclr {
namespace {

struct Sigmoid final : Loss {
  ClassShares shares;

  LossValue operator()(const at::Tensor& u, const Guide& guide) const override {
    if (!guide.labels.defined() || guide.labels.sizes() != u.sizes())
      throw Error(Exit::failed, "This loss learns from sets of classes: a zero or one for each class.");
    const at::Tensor truth = guide.labels.to(u.scalar_type());
    // The class with the highest score is one of the row's; of a row with none, no score is above 0.
    const at::Tensor scores = u.detach(), best = scores.argmax(1, true);
    const at::Tensor hit = guide.labels.gather(1, best).eq(1).squeeze(1);
    const at::Tensor none = guide.labels.sum(1).eq(0).logical_and(scores.amax(1).le(0));
    return {(at::softplus(u) - truth * u).mean(), hit.logical_or(none).to(at::kFloat).mean()};
  }
  double chance(int64_t) const override {  // each class predicted with its share
    double entropy = 0;
    for (const double p : shares)
      if (p > 0 && p < 1) entropy -= p * std::log(p) + (1 - p) * std::log1p(-p);
    return shares.empty() ? 0 : entropy / static_cast<double>(shares.size());
  }
  double floor(int64_t) const override { return 0; }
  std::string text() const override { return "sigmoid"; }
  bool learns_from_labels() const override { return true; }
  bool learns_from_label_sets() const override { return true; }
  bool scores_classes() const override { return true; }
  std::string usual_head() const override { return "linear(out=" + std::to_string(shares.size()) + ")"; }
};

}  // namespace

std::unique_ptr<Loss> make_sigmoid(const Spec& spec, const ClassShares& shares) {
  configure({}, spec, "loss");
  auto loss = std::make_unique<Sigmoid>();
  loss->shares = shares;
  return loss;
}

}  // namespace simclr
