// Speckle: multiplicative noise x (1 + sigma n), n a standard normal for each pixel, shared by the bands
// unless per_band=true. law=salt_pepper is what the SimCLR-S2 study calls speckle: a share of the pixels
// becomes mu_c - amount sigma_c and as many mu_c + amount sigma_c (mu_c, sigma_c over the data set).

#include <algorithm>
#include <vector>

#include "augment/bands.hpp"
#include "augment/registry.hpp"

namespace simclr {
namespace {

class Speckle final : public Augment {
 public:
  Fields fields() override {
    return {
        field("sigma", sigma_, "of the noise, drawn evenly from the range").range(0, 10),
        field("per_band", per_band_, "each band has its own noise"),
        field("law", law_, "multiply, or salt_pepper, which takes fraction and amount instead of sigma")
            .choices({"multiply", "salt_pepper"}),
        field("fraction", fraction_, "share of pixels that become salt, and as many pepper; drawn evenly")
            .range(0, 0.5),
        field("amount", amount_, "of salt and pepper, in standard deviations from the mean of the data set")
            .range(0, 1000)};
  }

  void apply(View& view, Random& random) const override {
    thread_local std::vector<float> noise;  // a factor a pixel, or -1 pepper, 1 salt, 0 neither
    const bool multiplies = law_ == "multiply";
    const double strength =
        multiplies ? random.uniform(sigma_.lo, sigma_.hi) : random.uniform(fraction_.lo, fraction_.hi);
    for (int c = 0; c < view.image.bands(); ++c) {
      if (c == 0 || per_band_) draw(noise, view.image.plane(), strength, random);
      if (multiplies)
        multiply_pixels(view, c, noise);
      else
        strew(view, c, noise);
    }
  }

 private:
  void draw(std::vector<float>& noise, size_t pixels, double strength, Random& random) const {
    noise.resize(pixels);
    if (law_ == "multiply") {
      for (float& x : noise) x = static_cast<float>(1 + strength * random.normal());
    } else {
      for (float& x : noise) {
        const double place = random.uniform();
        x = place < strength ? -1.0F : place < 2 * strength ? 1.0F : 0.0F;
      }
    }
  }

  void strew(View& view, int c, const std::vector<float>& noise) const {
    const auto [mean, std] = statistics_of(view, c);
    const bool picture = !view.raster;
    const auto value = [&](double sign) {
      const double x = mean + sign * amount_ * std;
      return static_cast<float>(picture ? std::clamp(x, 0.0, 1.0) : x);
    };
    const float pepper = value(-1), salt = value(1);
    const std::span<float> pixels = view.image.band<float>(c);
    for (size_t i = 0; i < pixels.size(); ++i)
      if (noise[i] != 0 && pixels[i] == pixels[i]) pixels[i] = noise[i] < 0 ? pepper : salt;
  }

  Range sigma_{0, 0.15}, fraction_{0, 0.02};
  bool per_band_ = false;
  std::string law_ = "multiply";
  double amount_ = 5;
};

}  // namespace

std::unique_ptr<Augment> make_speckle() {
  return std::make_unique<Speckle>();
}

}  // namespace simclr
