// Mirror left-right, upside down, or along both axes, all bands alike.

#include <algorithm>
#include <cstddef>

#include "augment/registry.hpp"

namespace simclr {
namespace {

class Flip final : public Augment {
 public:
  Fields fields() override {
    return {field("axis", axis_, "horizontal is left-right; both: each of the two by a coin of its own")
                .choices({"horizontal", "vertical", "both"})};
  }

  void apply(View& view, Random& random) const override {
    const bool both = axis_ == "both";
    const bool across = both ? random.uniform() < 0.5 : axis_ == "horizontal",
               down = both ? random.uniform() < 0.5 : axis_ == "vertical";
    const ptrdiff_t width = view.image.width(), height = view.image.height();
    for (int c = 0; c < view.image.bands(); ++c) {
      float* const plane = view.image.band<float>(c).data();
      for (ptrdiff_t y = 0; down && y < height / 2; ++y)
        std::swap_ranges(plane + y * width, plane + (y + 1) * width, plane + (height - 1 - y) * width);
      for (ptrdiff_t y = 0; across && y < height; ++y)
        std::reverse(plane + y * width, plane + (y + 1) * width);
    }
  }

  bool mirrors() const override { return axis_ == "horizontal"; }

 private:
  std::string axis_ = "horizontal";
};

}  // namespace

std::unique_ptr<Augment> make_flip() {
  return std::make_unique<Flip>();
}

}  // namespace simclr
