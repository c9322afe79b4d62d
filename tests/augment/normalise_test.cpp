#include <gtest/gtest.h>

#include "augment/pipeline.hpp"
#include "made_pictures.hpp"

namespace simclr {
namespace {

TEST(Normalise, WritesChannelsLastForAnyBandsAndSize) {
  for (const int bands : {1, 2, 3, 4, 5, 12})
    for (const int size : {1, 3, 16, 33, 64}) {
      const Image view = made::picture(bands, size, size, Sample::f32);
      std::vector<float> mean, std;
      for (int c = 0; c < bands; ++c) {
        mean.push_back(0.1F * static_cast<float>(c));
        std.push_back(0.2F + 0.05F * static_cast<float>(c));
      }
      const auto n = view.plane() * static_cast<size_t>(bands);
      std::vector<float> out(n + 1, -77.0F);
      normalise_into(view, mean, std, out.data());
      for (int y = 0, i = 0; y < size; ++y)
        for (int x = 0; x < size; ++x)
          for (int c = 0; c < bands; ++c, ++i) {
            const auto b = static_cast<size_t>(c);
            const double want =
                (static_cast<double>(made::pixel(view, c, y, x)) - static_cast<double>(mean[b])) /
                static_cast<double>(std[b]);
            ASSERT_NEAR(out[static_cast<size_t>(i)], want, 1e-6) << bands << " bands, size " << size;
          }
      EXPECT_EQ(out[n], -77.0F);  // nothing behind the end
    }
}

}  // namespace
}  // namespace simclr
