// Contrast of any number of bands: (x_c - m_c) f + m_c, with m_c the mean of the band over this view's valid
// pixels, and one f for all bands.

#include "augment/bands.hpp"
#include "augment/registry.hpp"

namespace simclr {
namespace {

class Contrast final : public Augment {
 public:
  Fields fields() override {
    return {field("factor", factor_, "of the distance from each band's mean, drawn evenly from the range")
                .range(0, 100)};
  }

  void apply(View& view, Random& random) const override {
    const double factor = random.uniform(factor_.lo, factor_.hi);
    for (int c = 0; c < view.image.bands(); ++c)
      scale_and_shift(view, c, factor, (1 - factor) * mean_of_valid(view.image.band<float>(c)));
  }

 private:
  Range factor_{0.6, 1.4};
};

}  // namespace

std::unique_ptr<Augment> make_contrast() {
  return std::make_unique<Contrast>();
}

}  // namespace simclr
