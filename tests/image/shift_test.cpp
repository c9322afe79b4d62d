#include <gtest/gtest.h>

#include "base/expect_error.hpp"
#include "image/make_files.hpp"
#include "image/resample.hpp"

namespace simclr::test {
namespace {

int mirror_by_hand(int i, int n) {
  while (n > 1 && (i < 0 || i >= n)) i = i < 0 ? -i : 2 * (n - 1) - i;
  return n == 1 ? 0 : i;
}

TEST(Shift, EveryPixelByHandForAnySizeAndDistance) {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 5}, {4, 3}, {7, 9}}) {
    const Image in = smooth(3, height, width, Sample::f32);
    const auto pixel = [&](int c, int y, int x) {
      return in.band<float>(c)[static_cast<size_t>(y * width + x)];
    };
    for (int down = -12; down <= 12; ++down)
      for (int right = -12; right <= 12; right += 3) {
        const Image mirrored = shift(in, down, right, Entering::reflect),
                    rolled = shift(in, down, right, Entering::roll),
                    filled = shift(in, down, right, Entering::fill, 7);
        for (int c = 0; c < 3; ++c)
          for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
              const auto at = static_cast<size_t>(y * width + x);
              const int from_y = y - down, from_x = x - right;
              const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
              ASSERT_EQ(mirrored.band<float>(c)[at],
                        pixel(c, mirror_by_hand(from_y, height), mirror_by_hand(from_x, width)));
              ASSERT_EQ(rolled.band<float>(c)[at],
                        pixel(c, (from_y + 100 * height) % height, (from_x + 100 * width) % width));
              ASSERT_EQ(filled.band<float>(c)[at], inside ? pixel(c, from_y, from_x) : 7);
            }
      }
  }
  expect_error([] { shift(smooth(1, 4, 4), 1, 1, Entering::roll); }, Exit::failed, {"float32"});
}

}  // namespace
}  // namespace simclr::test
