// Brightness of bands of any number and unit: x_c + d sigma_c, with sigma_c the standard deviation of the
// band over the data set (the SimCLR-S2 study adds d to standardised bands, which is the same). Ratios of
// bands change; under `gain` they do not.

#include "augment/bands.hpp"
#include "augment/registry.hpp"

namespace simclr {
namespace {

class Brightness final : public Augment {
 public:
  Fields fields() override {
    return {field("amount", amount_, "added to all bands, in standard deviations of each over the data set")
                .range(-100, 100),
            field("per_band", per_band_, "share by which a band's amount differs, at most").range(0, 1)};
  }

  void apply(View& view, Random& random) const override {
    const double amount = random.uniform(amount_.lo, amount_.hi);
    for (int c = 0; c < view.image.bands(); ++c) {
      const double own = 1 + random.uniform(-per_band_, per_band_);
      scale_and_shift(view, c, 1, amount * own * statistics_of(view, c).std);
    }
  }

 private:
  Range amount_{-0.4, 0.4};
  double per_band_ = 0;
};

}  // namespace

std::unique_ptr<Augment> make_brightness() {
  return std::make_unique<Brightness>();
}

}  // namespace simclr
