#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/where.h>

#include <limits>

#include "base/spec.hpp"
#include "loss/labelled.hpp"

namespace simclr {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kHardNegatives = 10.0 / 35, kHardPositives = 25.0 / 35;  // of the study's 35 epochs

// Distances of all rows of a batch, and which are of a class.
struct Batch {
  at::Tensor distance;            // [M, M]
  at::Tensor positive, negative;  // [M, M] bool: another row of its class, a row of another class

  Batch(const at::Tensor& u, const at::Tensor& labels) {
    const at::Tensor z = u * u.square().sum(1, true).clamp_min(1e-12).rsqrt();
    distance = (2 - 2 * at::mm(z, z.t())).clamp_min(0);
    const at::Tensor same = labels.unsqueeze(1).eq(labels.unsqueeze(0));
    positive = same.logical_and(at::eye(u.size(0), same.options()).logical_not());
    negative = same.logical_not();
  }

  at::Tensor only(const at::Tensor& mask, double otherwise) const {
    return distance.detach().masked_fill(mask.logical_not(), otherwise);
  }
  at::Tensor farthest_positive() const { return only(positive, -kInfinite).argmax(1); }
  at::Tensor nearest_positive() const { return only(positive, kInfinite).argmin(1); }
  at::Tensor nearest_negative() const { return only(negative, kInfinite).argmin(1); }

  // Rows that have both.
  at::Tensor anchors() const { return positive.any(1).logical_and(negative.any(1)).nonzero().squeeze(1); }

  // [pairs], [pairs]: anchor and positive, of anchors that have a negative as well.
  std::pair<at::Tensor, at::Tensor> pairs() const {
    const at::Tensor both = positive.logical_and(negative.any(1, true)).nonzero();
    return {both.select(1, 0), both.select(1, 1)};
  }

  at::Tensor between(const at::Tensor& a, const at::Tensor& b) const {
    return distance.index_select(0, a).gather(1, b.unsqueeze(1)).squeeze(1);
  }

  // For each pair the nearest negative that is farther than its positive, else the farthest negative.
  at::Tensor semi_hard(const at::Tensor& a, const at::Tensor& p) const {
    const at::Tensor of_anchor = distance.detach().index_select(0, a);
    const at::Tensor allowed = negative.index_select(0, a);
    const at::Tensor beyond = allowed.logical_and(of_anchor > between(a, p).detach().unsqueeze(1));
    const at::Tensor nearest = of_anchor.masked_fill(beyond.logical_not(), kInfinite).argmin(1);
    const at::Tensor farthest = of_anchor.masked_fill(allowed.logical_not(), -kInfinite).argmax(1);
    return at::where(beyond.any(1), nearest, farthest);
  }
};

struct Triplet final : Loss {
  double margin = 0.5;
  std::string mining = "semi_hard";

  Fields fields() {
    return {field("margin", margin, "by which other classes must be farther").range(0.001, 4),
            field("mining", mining, "which triplets count")
                .choices({"batch_hard", "batch_all", "semi_hard", "curriculum"})};
  }

  at::Tensor of(const Batch& batch, const at::Tensor& a, const at::Tensor& p, const at::Tensor& n) const {
    return (batch.between(a, p) - batch.between(a, n) + margin).relu();
  }

  at::Tensor batch_hard(const Batch& batch, bool hard_positives) const {
    const at::Tensor a = batch.anchors();
    const at::Tensor p = hard_positives ? batch.farthest_positive() : batch.nearest_positive();
    return of(batch, a, p.index_select(0, a), batch.nearest_negative().index_select(0, a)).mean();
  }

  at::Tensor batch_all(const Batch& batch) const {
    const auto [a, p] = batch.pairs();
    const at::Tensor excess = batch.between(a, p).unsqueeze(1) - batch.distance.index_select(0, a) + margin;
    const at::Tensor loss = excess.relu() * batch.negative.index_select(0, a).to(excess.scalar_type());
    return loss.sum() / loss.detach().gt(0).sum().clamp_min(1);
  }

  at::Tensor semi_hard(const Batch& batch) const {
    const auto [a, p] = batch.pairs();
    return of(batch, a, p, batch.semi_hard(a, p)).mean();
  }

  at::Tensor easy(const Batch& batch) const {
    const at::Tensor a = batch.anchors();
    const at::Tensor p = batch.nearest_positive().index_select(0, a);
    return of(batch, a, p, batch.semi_hard(a, p)).mean();
  }

  at::Tensor mined(const Batch& batch, double progress) const {
    if (mining == "batch_hard") return batch_hard(batch, true);
    if (mining == "batch_all") return batch_all(batch);
    if (mining == "semi_hard") return semi_hard(batch);
    return progress < kHardNegatives ? easy(batch) : batch_hard(batch, progress >= kHardPositives);
  }

  LossValue operator()(const at::Tensor& u, const Guide& guide) const override {
    check_row_labels(u, guide.labels);
    const Batch batch(u, guide.labels);
    const at::Tensor nearest = batch.only(batch.positive.logical_or(batch.negative), kInfinite).argmin(1);
    const at::Tensor right = guide.labels.index_select(0, nearest).eq(guide.labels).to(at::kFloat).mean();
    if (batch.anchors().numel() == 0) return {u.sum() * 0, right};  // one class alone: nothing to tell apart
    return {mined(batch, guide.progress), right};
  }
  double chance(int64_t) const override { return margin; }
  double floor(int64_t) const override { return 0; }
  std::string text() const override { return canonical("triplet", Triplet(*this).fields()); }
  bool learns_from_labels() const override { return true; }
  std::string usual_head() const override { return "none"; }
};

}  // namespace

std::unique_ptr<Loss> make_triplet(const Spec& spec, const ClassShares&) {
  auto loss = std::make_unique<Triplet>();
  configure(loss->fields(), spec, "loss");
  return loss;
}

}  // namespace simclr
