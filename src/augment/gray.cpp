// All bands become gray: .2989 R + .587 G + .114 B. Pictures of one band, and rasters, stay as they are.

#include "augment/colour.hpp"
#include "augment/registry.hpp"

namespace simclr {
namespace {

class Gray final : public Augment {
 public:
  Fields fields() override { return {}; }

  void apply(View& view, Random&) const override {
    Image& x = view.image;
    if (x.bands() == 3 && !view.raster)
      turn_gray({x.band<float>(0).data(), x.band<float>(1).data(), x.band<float>(2).data(), x.plane()});
  }
};

}  // namespace

std::unique_ptr<Augment> make_gray() {
  return std::make_unique<Gray>();
}

}  // namespace simclr
