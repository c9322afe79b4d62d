// Rotation about the centre, counter-clockwise, by a random angle, all bands alike. The corners are white; of
// rasters, where white is a value far from all others, they mirror the picture.
// By quarter turns no pixel changes.

#include "augment/registry.hpp"
#include "base/error.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

constexpr double kWhite = 1;

class Rotate final : public Augment {
 public:
  Fields fields() override {
    return {field("degrees", degrees_, "angle, drawn evenly from the range").range(-360, 360),
            field("quarters", quarters_, "whole quarter turns instead, 0 to 3, each as likely"),
            field("border", border_,
                  "what lies outside the picture: a value, or its mirror image; auto: of rasters the latter, "
                  "unless another fill is given")
                .choices({"auto", "fill", "reflect"}),
            field("fill", fill_, "that value (1 is white)").range(-1e6, 1e6),
            field("filter", filter_, "interpolation").choices({"nearest", "bilinear", "bicubic"})};
  }

  void prepare() override {
    if (quarters_ && degrees_ != Range{-180, 180})
      throw Error(Exit::setting, "rotate: quarters=true and degrees exclude each other.");
  }

  void apply(View& view, Random& random) const override {
    const double degrees = quarters_ ? 90.0 * random.below(4) : random.uniform(degrees_.lo, degrees_.hi);
    const auto fill = static_cast<float>(fill_);
    const Filter filter = filter_ == "nearest"   ? Filter::nearest
                          : filter_ == "bicubic" ? Filter::bicubic
                                                 : Filter::bilinear;
    const bool mirrored = border_ == "reflect" || (border_ == "auto" && view.raster && fill_ == kWhite);
    view.image = mirrored ? rotate_mirrored(view.image, degrees, filter)
                          : rotate(view.image, degrees, filter, {&fill, 1});
  }

 private:
  Range degrees_{-180, 180};
  bool quarters_ = false;
  double fill_ = kWhite;
  std::string border_ = "auto", filter_ = "bilinear";
};

}  // namespace

std::unique_ptr<Augment> make_rotate() {
  return std::make_unique<Rotate>();
}

}  // namespace simclr
