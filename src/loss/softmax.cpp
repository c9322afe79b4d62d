#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/nll_loss.h>

#include <cmath>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "loss/labelled.hpp"

namespace simclr {
namespace {

struct Softmax final : Loss {
  ClassShares shares;

  LossValue operator()(const at::Tensor& u, const Guide& guide) const override {
    check_row_labels(u, guide.labels);
    const at::Tensor right = u.detach().argmax(1).eq(guide.labels).to(at::kFloat).mean();
    return {at::nll_loss(at::log_softmax(u, 1), guide.labels), right};
  }
  double chance(int64_t) const override {
    double entropy = 0;
    for (const double share : shares)
      if (share > 0) entropy -= share * std::log(share);
    return entropy;
  }
  double floor(int64_t) const override { return 0; }
  std::string text() const override { return "softmax"; }
  bool learns_from_labels() const override { return true; }
  bool scores_classes() const override { return true; }
  std::string usual_head() const override { return "linear(out=" + std::to_string(shares.size()) + ")"; }
};

}  // namespace

void check_row_labels(const at::Tensor& u, const at::Tensor& labels) {
  if (u.dim() == 2 && labels.defined() && labels.dim() == 1 && labels.size(0) == u.size(0)) return;
  throw Error(Exit::failed, "This loss learns from labels: one a row.");
}

std::unique_ptr<Loss> make_softmax(const Spec& spec, const ClassShares& shares) {
  configure({}, spec, "loss");
  auto loss = std::make_unique<Softmax>();
  loss->shares = shares;
  return loss;
}

}  // namespace simclr
