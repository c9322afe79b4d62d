#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/nll_loss.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/spec.hpp"
#include "loss/labelled.hpp"

namespace simclr {
namespace {

struct ArcFace final : Loss {
  double scale = 64, margin = 0.5;
  ClassShares shares;

  Fields fields() {
    return {field("scale", scale, "of the cosines before the softmax").range(1, 1000),
            field("margin", margin, "angle added to that of the right class, radians").range(0, 1.5)};
  }

  // cos(theta + margin) without an arc cosine, whose gradient is infinite at 1; beyond pi a falling line.
  at::Tensor with_margin(const at::Tensor& cosine) const {
    const at::Tensor c = cosine.clamp(-1 + 1e-7, 1 - 1e-7);
    const at::Tensor turned = c * std::cos(margin) - (1 - c * c).sqrt() * std::sin(margin);
    return at::where(c >= std::cos(std::numbers::pi - margin), turned, c - margin * std::sin(margin));
  }

  LossValue operator()(const at::Tensor& u, const Guide& guide) const override {
    check_row_labels(u, guide.labels);
    const at::Tensor right = u.detach().argmax(1).eq(guide.labels).to(at::kFloat).mean();
    const at::Tensor own = guide.labels.unsqueeze(1);
    const at::Tensor scores = scale * u.scatter(1, own, with_margin(u.gather(1, own)));
    return {at::nll_loss(at::log_softmax(scores, 1), guide.labels), right};
  }

  double rest() const { return std::max(0.0, static_cast<double>(shares.size()) - 1); }
  double chance(int64_t) const override {  // all at a right angle to all centres
    return std::log1p(rest() * std::exp(scale * std::sin(margin)));
  }
  double floor(int64_t) const override {  // each on its centre, the centres as far apart as they can be
    if (rest() == 0) return 0;
    return std::log1p(rest() * std::exp(-scale * (std::cos(margin) + 1 / rest())));
  }
  std::string text() const override { return canonical("arcface", ArcFace(*this).fields()); }
  bool learns_from_labels() const override { return true; }
  bool scores_classes() const override { return true; }
  std::string usual_head() const override { return "cosine(out=" + std::to_string(shares.size()) + ")"; }
};

}  // namespace

std::unique_ptr<Loss> make_arcface(const Spec& spec, const ClassShares& shares) {
  auto loss = std::make_unique<ArcFace>();
  configure(loss->fields(), spec, "loss");
  loss->shares = shares;
  return loss;
}

}  // namespace simclr
