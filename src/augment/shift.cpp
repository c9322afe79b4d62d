// Moves the view by whole pixels, all bands alike.

#include "augment/registry.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

class Shift final : public Augment {
 public:
  Fields fields() override {
    return {field("share", share_, "of the side: how far at most, each way, along both axes").range(0, 1),
            field("border", border_, "what comes in: the mirror image, what went out, or a value")
                .choices({"reflect", "roll", "fill"}),
            field("fill", fill_, "that value").range(-1e6, 1e6)};
  }

  void apply(View& view, Random& random) const override {
    const int down = draw(view.image.height(), random), right = draw(view.image.width(), random);
    const Entering entering = border_ == "reflect" ? Entering::reflect
                              : border_ == "roll"  ? Entering::roll
                                                   : Entering::fill;
    view.image = shift(view.image, down, right, entering, static_cast<float>(fill_));
  }

 private:
  int draw(int side, Random& random) const {
    const auto most = static_cast<int>(side * share_ + 1e-9);
    return static_cast<int>(random.below(static_cast<uint32_t>(2 * most + 1))) - most;
  }

  double share_ = 0.1, fill_ = 0;
  std::string border_ = "reflect";
};

}  // namespace

std::unique_ptr<Augment> make_shift() {
  return std::make_unique<Shift>();
}

}  // namespace simclr
