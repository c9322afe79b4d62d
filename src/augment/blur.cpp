#include "augment/blur.hpp"

#include <algorithm>
#include <cmath>

#include "augment/registry.hpp"
#include "base/error.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

class Blur final : public Augment {
 public:
  Fields fields() override {
    return {
        field("sigma", sigma_, "width in pixels of the view, drawn evenly from the range").range(0.01, 1000),
        field("kernel", share_, "size of the kernel as a share of the side; at least 3 pixels").range(0, 1),
        field("taps", taps_, "instead: an odd size in pixels, drawn evenly from the range").range(0, 999),
        field("border", border_, "what lies outside the picture").choices({"reflect", "zero"})};
  }

  void apply(View& view, Random& random) const override {
    const double sigma = random.uniform(sigma_.lo, sigma_.hi);
    const int side = std::min(view.image.height(), view.image.width());
    const int whole = taps_.hi > 0 ? draw_radius(random) : blur_radius(side, share_);
    const int radius = std::min(needed_radius(sigma, whole), side - 1);
    if (radius < 1) return;
    thread_local std::vector<float> kernel;
    gaussian_kernel(sigma, radius, kernel);
    convolve(view.image, kernel, border_ == "zero" ? Border::zero : Border::reflect);
  }

  void prepare() override {
    first_ = static_cast<int>(std::ceil((taps_.lo - 1) / 2));
    last_ = static_cast<int>(std::floor((taps_.hi - 1) / 2));
    if (taps_.hi > 0 && (first_ < 0 || last_ < first_))
      throw Error(Exit::setting,
                  "blur: no odd number of pixels lies in taps=" + shortest(taps_.lo) + ".." +
                      shortest(taps_.hi) + ".",
                  "Such as taps=1..11; 1 leaves the picture as it is.");
  }

 private:
  int draw_radius(Random& random) const {
    return first_ + static_cast<int>(random.below(static_cast<uint32_t>(last_ - first_ + 1)));
  }

  Range sigma_{0.1, 2}, taps_{0, 0};
  int first_ = 0, last_ = 0;  // radius
  double share_ = 0.1;
  std::string border_ = "reflect";
};

}  // namespace

int blur_radius(int side, double share) {
  const auto taps = static_cast<int>(side * share + 1e-9);  // 0.29 * 100 is 28.999999999999996
  return std::max(1, taps / 2);
}

int needed_radius(double sigma, int radius) {
  return std::min(radius, static_cast<int>(std::ceil(6.5 * sigma)));  // exp(-6.5^2 / 2) is 7e-10
}

void gaussian_kernel(double sigma, int radius, std::vector<float>& kernel) {
  double total = 0;
  for (int x = -radius; x <= radius; ++x) total += std::exp(-0.5 * x * x / (sigma * sigma));
  kernel.clear();
  for (int x = -radius; x <= radius; ++x)
    kernel.push_back(static_cast<float>(std::exp(-0.5 * x * x / (sigma * sigma)) / total));
}

std::unique_ptr<Augment> make_blur() {
  return std::make_unique<Blur>();
}

}  // namespace simclr
