// Mirror left-right, or upside down.

#include <algorithm>
#include <cstddef>

#include "augment/registry.hpp"

namespace simclr {
namespace {

class Flip final : public Augment {
 public:
  Fields fields() override { return {field("vertical", vertical_, "upside down instead of left-right")}; }

  void apply(View& view, Random&) const override {
    const ptrdiff_t width = view.image.width(), height = view.image.height();
    for (int c = 0; c < view.image.bands(); ++c) {
      float* const plane = view.image.band<float>(c).data();
      if (vertical_) {
        for (ptrdiff_t y = 0; y < height / 2; ++y)
          std::swap_ranges(plane + y * width, plane + (y + 1) * width, plane + (height - 1 - y) * width);
      } else {
        for (ptrdiff_t y = 0; y < height; ++y) std::reverse(plane + y * width, plane + (y + 1) * width);
      }
    }
  }

  bool mirrors() const override { return !vertical_; }

 private:
  bool vertical_ = false;
};

}  // namespace

std::unique_ptr<Augment> make_flip() {
  return std::make_unique<Flip>();
}

}  // namespace simclr
