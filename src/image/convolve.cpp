#include <algorithm>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "image/resample.hpp"
#include "image/rows.hpp"

namespace simclr {
namespace {

// One row with `radius` pixels more on either side.
void pad_row(const float* row, int width, int radius, Border border, float* padded) {
  for (int i = -radius; i < 0; ++i)
    padded[i + radius] = border == Border::reflect ? row[reflected(i, width)] : 0.0F;
  std::copy_n(row, width, padded + radius);
  for (int i = width; i < width + radius; ++i)
    padded[i + radius] = border == Border::reflect ? row[reflected(i, width)] : 0.0F;
}

struct Scratch {  // kept by each thread
  Floats padded, plane, zeros;
  std::vector<const float*> rows;
};

void convolve_plane(float* pixels, int height, int width, std::span<const float> kernel, Border border,
                    Scratch& kept) {
  const int taps = static_cast<int>(kernel.size()), radius = taps / 2;
  const auto columns = static_cast<size_t>(width);
  kept.padded.resize(columns + 2 * static_cast<size_t>(radius));
  kept.plane.resize(static_cast<size_t>(height) * columns);
  kept.zeros.assign(columns, 0.0F);
  kept.rows.resize(kernel.size());
  for (int y = 0; y < height; ++y) {
    pad_row(pixels + static_cast<size_t>(y) * columns, width, radius, border, kept.padded.data());
    weigh_neighbours(kept.padded.data(), kernel.data(), taps,
                     kept.plane.data() + static_cast<size_t>(y) * columns, columns);
  }
  for (int y = 0; y < height; ++y) {
    for (int t = 0; t < taps; ++t) {
      const int from = y + t - radius;
      const bool outside = from < 0 || from >= height;
      const int row = outside ? reflected(from, height) : from;
      kept.rows[static_cast<size_t>(t)] = outside && border == Border::zero
                                              ? kept.zeros.data()
                                              : kept.plane.data() + static_cast<size_t>(row) * columns;
    }
    weigh_rows(kept.rows.data(), kernel.data(), taps, pixels + static_cast<size_t>(y) * columns, columns);
  }
}

}  // namespace

void convolve(Image& image, std::span<const float> kernel, Border border) {
  if (kernel.size() % 2 == 0)
    throw Error(Exit::failed,
                "convolve: the kernel has " + std::to_string(kernel.size()) + " taps, not an odd number");
  if (image.sample() != Sample::f32) throw Error(Exit::failed, "convolve: the image is not float32");
  thread_local Scratch kept;
  for (int c = 0; c < image.bands(); ++c)
    convolve_plane(image.band<float>(c).data(), image.height(), image.width(), kernel, border, kept);
}

}  // namespace simclr
