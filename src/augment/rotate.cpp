// Rotation about the centre, counter-clockwise, by a random angle; the corners are filled.

#include "augment/registry.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

class Rotate final : public Augment {
 public:
  Fields fields() override {
    return {field("degrees", degrees_, "angle, drawn evenly from the range").range(-360, 360),
            field("fill", fill_, "value outside the picture (1 is white)").range(-1e6, 1e6),
            field("filter", filter_, "interpolation").choices({"nearest", "bilinear", "bicubic"})};
  }

  void apply(View& view, Random& random) const override {
    const double degrees = random.uniform(degrees_.lo, degrees_.hi);
    const auto fill = static_cast<float>(fill_);
    const Filter filter = filter_ == "nearest"   ? Filter::nearest
                          : filter_ == "bicubic" ? Filter::bicubic
                                                 : Filter::bilinear;
    view.image = rotate(view.image, degrees, filter, {&fill, 1});
  }

 private:
  Range degrees_{-180, 180};
  double fill_ = 1;
  std::string filter_ = "bilinear";
};

}  // namespace

std::unique_ptr<Augment> make_rotate() {
  return std::make_unique<Rotate>();
}

}  // namespace simclr
