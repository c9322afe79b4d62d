// Gain: x_c g (1 + e_c), one g for all bands, so that ratios of bands and indices made of them stay but for
// the small e_c. log g is drawn evenly, so that doubling is as likely as halving. about=mean multiplies
// x_c - mu_c instead (mu_c over the data set), as who works on standardised bands does.

#include <cmath>

#include "augment/bands.hpp"
#include "augment/registry.hpp"
#include "base/error.hpp"

namespace simclr {
namespace {

class Gain final : public Augment {
 public:
  Fields fields() override {
    return {
        field("factor", factor_, "of all bands, drawn from the range").range(-100, 100),
        field("law", law_, "how it is drawn: log (evenly in the logarithm) or even").choices({"log", "even"}),
        field("per_band", per_band_, "share by which a band's factor differs, at most").range(0, 1),
        field("about", about_, "the value that stays: zero, or each band's mean over the data set")
            .choices({"zero", "mean"})};
  }

  void prepare() override {
    if (law_ == "log" && factor_.lo <= 0)
      throw Error(Exit::setting, "gain: factor " + shortest(factor_.lo) + " has no logarithm.",
                  "Begin the range above 0, or write law=even.");
  }

  void apply(View& view, Random& random) const override {
    const double factor = law_ == "log" ? std::exp(random.uniform(std::log(factor_.lo), std::log(factor_.hi)))
                                        : random.uniform(factor_.lo, factor_.hi);
    for (int c = 0; c < view.image.bands(); ++c) {
      const double own = factor * (1 + random.uniform(-per_band_, per_band_));
      const double stays = about_ == "mean" ? statistics_of(view, c).mean : 0;
      scale_and_shift(view, c, own, (1 - own) * stays);
    }
  }

 private:
  Range factor_{2.0 / 3, 1.5};
  std::string law_ = "log", about_ = "zero";
  double per_band_ = 0.1;
};

}  // namespace

std::unique_ptr<Augment> make_gain() {
  return std::make_unique<Gain>();
}

}  // namespace simclr
