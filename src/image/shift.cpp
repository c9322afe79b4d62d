#include <algorithm>

#include "base/error.hpp"
#include "image/resample.hpp"
#include "image/rows.hpp"

namespace simclr {
namespace {

// Where the pixel at `to` comes from, of n; -1 for nowhere.
int origin(int to, int by, int n, Entering entering) {
  const int from = to - by;
  if (entering == Entering::reflect) return reflected(from, n);
  if (entering == Entering::roll) return (from % n + n) % n;
  return from >= 0 && from < n ? from : -1;
}

}  // namespace

int reflected(int i, int n) {
  if (n == 1) return 0;
  const int period = 2 * (n - 1);
  i = ((i % period) + period) % period;
  return i < n ? i : period - i;
}

Image shift(const Image& in, int down, int right, Entering entering, float fill) {
  if (in.sample() != Sample::f32) throw Error(Exit::failed, "shift: the image is not float32");
  Image out = Image::unfilled(in.bands(), in.height(), in.width(), Sample::f32);
  const auto width = static_cast<size_t>(in.width());
  for (int c = 0; c < in.bands(); ++c) {
    const float* const plane = in.band<float>(c).data();
    float* to = out.band<float>(c).data();
    for (int y = 0; y < in.height(); ++y, to += width) {
      const int row = origin(y, down, in.height(), entering);
      if (row < 0) {
        std::fill_n(to, width, fill);
        continue;
      }
      const float* const from = plane + static_cast<size_t>(row) * width;
      for (int x = 0; x < in.width(); ++x) {
        const int column = origin(x, right, in.width(), entering);
        to[x] = column < 0 ? fill : from[column];
      }
    }
  }
  return out;
}

}  // namespace simclr
