// Zoom about the centre, all bands alike: above 1 the view is enlarged, below 1 its mirror image comes in.

#include "augment/registry.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

class Zoom final : public Augment {
 public:
  Fields fields() override {
    return {field("factor", factor_, "drawn evenly from the range").range(0.01, 100),
            field("apart", apart_, "draw one for each axis"),
            field("filter", filter_, "interpolation").choices({"bilinear", "bicubic"})};
  }

  void apply(View& view, Random& random) const override {
    const double down = random.uniform(factor_.lo, factor_.hi),
                 across = random.uniform(factor_.lo, factor_.hi);
    const Filter filter = filter_ == "bicubic" ? Filter::bicubic : Filter::bilinear;
    view.image = zoom(view.image, down, apart_ ? across : down, filter);
  }

 private:
  Range factor_{0.8, 1.2};
  bool apart_ = false;
  std::string filter_ = "bilinear";
};

}  // namespace

std::unique_ptr<Augment> make_zoom() {
  return std::make_unique<Zoom>();
}

}  // namespace simclr
