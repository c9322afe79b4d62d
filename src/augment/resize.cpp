// The evaluation transform as an operation: what runs anyway before a policy that does not start with a crop.

#include "augment/registry.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

class Resize final : public Augment {
 public:
  Fields fields() override { return {}; }

  void apply(View& view, Random&) const override {
    if (view.source == nullptr) return;  // has the view's size already
    view.image = resize_for_evaluation(*view.source, view.size);
    view.source = nullptr;
  }

  bool resamples() const override { return true; }
};

}  // namespace

std::unique_ptr<Augment> make_resize() {
  return std::make_unique<Resize>();
}

}  // namespace simclr
