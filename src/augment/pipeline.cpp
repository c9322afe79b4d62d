#include "augment/pipeline.hpp"

#include <numeric>

#include "augment/policy.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

using Node = Pipeline::Node;

constexpr uint64_t kBatches = uint64_t{1} << 47;  // indices from here on are batches, not images

bool decides(const Node& node, Random& random) {
  return random.uniform() < node.probability;
}

void resample(View& view) {
  if (view.source == nullptr) return;
  view.image = resize_for_evaluation(*view.source, view.size);
  view.source = nullptr;
}

class Run {
 public:
  Run(View& view, const Draw& draw, uint64_t batch) : view_(view), draw_(draw), batch_(batch) {}

  void parts(const Node& node) {
    const auto& all = node.parts;
    for (size_t i = 0; i < all.size(); ++i)
      if (i + 1 < all.size() && crop_and_flip(*all[i], *all[i + 1]))
        ++i;
      else
        step(*all[i]);
  }

 private:
  // A crop writes its result mirrored at no cost, so the flip after it is decided beforehand. Its draws
  // come from a stream of its own, hence the view is the same as with both run in turn.
  bool crop_and_flip(const Node& crop, const Node& flip) {
    if (crop.operation == nullptr || flip.operation == nullptr || !crop.operation->crops() ||
        !flip.operation->mirrors())
      return false;
    Random random(draw_, crop.slot);
    if (!decides(crop, random)) {
      step(flip);
      return true;
    }
    Random of_flip(draw_, flip.slot);
    view_.mirror = decides(flip, of_flip);
    crop.operation->apply(view_, random);
    return true;
  }

  void step(const Node& node) {
    Random random(draw_, node.slot);
    if (!decides(node, random)) return;
    switch (node.kind) {
      case Node::Kind::operation:
        if (!node.operation->resamples()) resample(view_);
        return node.operation->apply(view_, random);
      case Node::Kind::chain:
        return parts(node);
      case Node::Kind::shuffle:
        return shuffle(node, random);
      case Node::Kind::one_of:
        return parts(*node.parts[random.below(static_cast<uint32_t>(node.parts.size()))]);
      case Node::Kind::batch:
        return Run(view_, {draw_.seed, draw_.epoch, kBatches + batch_, draw_.view}, batch_).parts(node);
    }
  }

  void shuffle(const Node& node, Random& random) {
    std::array<uint32_t, 256> places;  // no policy has more steps: 32 ids, 8 occurrences each
    const auto order = std::span(places).first(node.parts.size());
    std::iota(order.begin(), order.end(), 0U);
    random.shuffle(order);
    for (const uint32_t i : order) step(*node.parts[i]);
  }

  View& view_;
  const Draw draw_;
  const uint64_t batch_;
};

}  // namespace

Pipeline::Pipeline(std::string_view text, BandStatistics statistics)
    : per_view_(parse_policy(text)), statistics_(std::move(statistics)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

std::string Pipeline::text() const {
  std::string text = policy_text(*per_view_[0]);
  if (per_view_.size() == 2) text += " || " + policy_text(*per_view_[1]);
  return text;
}

Image Pipeline::apply(const Image& picture, const Draw& draw, uint64_t batch, int size) const {
  const bool raster = statistics_.raster || (picture.bands() != 1 && picture.bands() != 3);
  View view{&picture, Image(), size, false, &statistics_, raster};
  Run(view, draw, batch).parts(*per_view_[per_view_.size() == 2 && draw.view % 2 == 1 ? 1 : 0]);
  resample(view);
  return std::move(view.image);
}

BandStatistics band_statistics(std::span<const double> mean, std::span<const double> std, bool raster) {
  BandStatistics all{{}, raster};
  for (size_t c = 0; c < mean.size(); ++c) all.bands.push_back({mean[c], std[c]});
  return all;
}

std::vector<std::string> augmentation_names() {
  std::vector<std::string> names;
  for (const auto& one : operations()) names.emplace_back(one.name);
  return names;
}

std::string usual_preset(int size, bool raster) {
  return raster ? "s2" : size <= 64 ? "simclr_small" : "simclr";
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& one : presets()) names.emplace_back(one.name);
  return names;
}

}  // namespace simclr
