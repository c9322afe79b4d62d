// Bands left out: each becomes its mean over the data set, which is 0 once normalised. What gray is to
// colours, this is to the bands of a raster. One band at least always stays.

#include <cmath>
#include <vector>

#include "augment/bands.hpp"
#include "augment/registry.hpp"

namespace simclr {
namespace {

class DropBands final : public Augment {
 public:
  Fields fields() override {
    return {field("share", share_, "chance of each band").range(0, 1),
            field("keep", keep_, "so many bands from the first on are never left out").range(0, 64)};
  }

  void apply(View& view, Random& random) const override {
    Image& image = view.image;
    std::vector<int> dropped;
    for (int c = 0; c < image.bands(); ++c)
      if (random.uniform() < share_ && c >= keep_) dropped.push_back(c);
    if (static_cast<int>(dropped.size()) == image.bands())
      dropped.erase(dropped.begin() + random.below(static_cast<uint32_t>(dropped.size())));
    for (const int c : dropped) {
      const auto mean = static_cast<float>(statistics_of(view, c).mean);
      for (float& x : image.band<float>(c)) x = std::isnan(x) ? x : mean;
    }
  }

 private:
  double share_ = 0.1;
  int64_t keep_ = 0;
};

}  // namespace

std::unique_ptr<Augment> make_drop_bands() {
  return std::make_unique<DropBands>();
}

}  // namespace simclr
