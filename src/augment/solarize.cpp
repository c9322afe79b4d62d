// What is bright is inverted: x >= threshold becomes 1 - x, in every band. Values are meant in unit range.

#include "augment/colour.hpp"
#include "augment/registry.hpp"

namespace simclr {
namespace {

class Solarize final : public Augment {
 public:
  Fields fields() override {
    return {field("threshold", threshold_, "values from here on are inverted").range(0, 1)};
  }

  void apply(View& view, Random&) const override {
    for (int c = 0; c < view.image.bands(); ++c)
      solarize(view.image.band<float>(c).data(), view.image.plane(), static_cast<float>(threshold_));
  }

 private:
  double threshold_ = 0.5;
};

}  // namespace

std::unique_ptr<Augment> make_solarize() {
  return std::make_unique<Solarize>();
}

}  // namespace simclr
