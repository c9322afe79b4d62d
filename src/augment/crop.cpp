#include "augment/crop.hpp"

#include <algorithm>
#include <cmath>

#include "augment/registry.hpp"
#include "base/error.hpp"

namespace simclr {
namespace {

int rounded(double x) {
  return static_cast<int>(std::nearbyint(x));
}  // half to even

int below(Random& random, int n) {
  return static_cast<int>(random.below(static_cast<uint32_t>(n)));
}

// TensorFlow's ladder: the height is uniform between those of the smallest and largest area of this shape.
std::optional<Sides> try_tf(int height, int width, const CropLaw& law, Random& random) {
  const double area = static_cast<double>(height) * width, least = law.min * area, most = law.max * area;
  const double ratio = random.uniform(law.ratio_min, law.ratio_max);
  int tallest = rounded(std::sqrt(most / ratio));
  if (rounded(tallest * ratio) > width) {
    tallest = static_cast<int>((width + 0.5 - 1e-7) / ratio);
    if (rounded(tallest * ratio) > width) --tallest;
  }
  tallest = std::min(tallest, height);
  int h = std::min(rounded(std::sqrt(least / ratio)), tallest);
  if (h < tallest) h += below(random, tallest - h + 1);
  int w = rounded(h * ratio);
  if (static_cast<double>(w) * h < least) w = rounded(++h * ratio);
  if (static_cast<double>(w) * h > most) w = rounded(--h * ratio);
  const double covered = static_cast<double>(w) * h;
  if (covered < least || covered > most || covered < 0.1 * area || w > width || h > height || w <= 0 ||
      h <= 0)
    return std::nullopt;
  return Sides{h, w};
}

class Crop final : public Augment {
 public:
  Fields fields() override {
    return {field("min", law_.min, "least share of the picture's area").range(1e-6, 1),
            field("max", law_.max, "largest share").range(1e-6, 1),
            field("ratio_min", law_.ratio_min, "least width / height").range(0.01, 100),
            field("ratio_max", law_.ratio_max, "largest width / height").range(0.01, 100),
            field("law", whose_, "how box and shape are drawn").choices({"torchvision", "tf"}),
            field("filter", filter_, "interpolation, antialiased").choices({"bilinear", "bicubic"})};
  }

  void prepare() override {
    if (law_.min > law_.max)
      throw Error(Exit::setting,
                  "crop: min " + shortest(law_.min) + " is above max " + shortest(law_.max) + ".",
                  "min and max are shares of the picture's area, such as min=0.08, max=1.");
    if (law_.ratio_min > law_.ratio_max)
      throw Error(Exit::setting,
                  "crop: ratio_min " + shortest(law_.ratio_min) + " is above ratio_max " +
                      shortest(law_.ratio_max) + ".",
                  "They bound width / height, such as ratio_min=0.75, ratio_max=1.3333.");
  }

  void apply(View& view, Random& random) const override {
    const Image& in = view.source != nullptr ? *view.source : view.image;
    const Box box = whose_ == "tf" ? draw_crop_tf(in.height(), in.width(), law_, random)
                                   : draw_crop_torchvision(in.height(), in.width(), law_, random);
    const Filter filter = filter_ == "bicubic" ? Filter::bicubic : Filter::bilinear;
    Image out = crop_resize(in, box, view.size, view.size, filter, view.mirror, unit_scale(in.sample()));
    if (filter == Filter::bicubic && in.sample() != Sample::f32 && !view.raster) clamp(out);
    view.image = std::move(out);
    view.source = nullptr;
    view.mirror = false;
  }

  bool resamples() const override { return true; }
  bool crops() const override { return true; }

 private:
  // Bicubic overshoots; what was read as whole numbers has the range of its type.
  static void clamp(Image& image) {
    for (int c = 0; c < image.bands(); ++c)
      for (float& x : image.band<float>(c)) x = std::clamp(x, 0.0F, 1.0F);
  }

  CropLaw law_;
  std::string whose_ = "torchvision", filter_ = "bilinear";
};

}  // namespace

std::optional<Sides> crop_sides(int height, int width, double area, double ratio) {
  const double pixels = static_cast<double>(height) * width * area;
  const double w = std::nearbyint(std::sqrt(pixels * ratio)), h = std::nearbyint(std::sqrt(pixels / ratio));
  if (!(w > 0 && w <= width && h > 0 && h <= height)) return std::nullopt;
  return Sides{static_cast<int>(h), static_cast<int>(w)};
}

Box central_crop(int height, int width, const CropLaw& law) {
  const double shape = static_cast<double>(width) / height;
  int w = width, h = height;
  if (shape < law.ratio_min) h = std::clamp(rounded(width / law.ratio_min), 1, height);
  if (shape > law.ratio_max) w = std::clamp(rounded(height * law.ratio_max), 1, width);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

Box draw_crop_torchvision(int height, int width, const CropLaw& law, Random& random) {
  const double lo = std::log(law.ratio_min), hi = std::log(law.ratio_max);
  for (int tries = 0; tries < 10; ++tries) {
    const double area = random.uniform(law.min, law.max), ratio = std::exp(random.uniform(lo, hi));
    if (const auto sides = crop_sides(height, width, area, ratio)) {
      const int top = below(random, height - sides->height + 1),
                left = below(random, width - sides->width + 1);
      return {top, left, sides->height, sides->width};
    }
  }
  return central_crop(height, width, law);
}

Box draw_crop_tf(int height, int width, const CropLaw& law, Random& random) {
  for (int tries = 0; tries < 100; ++tries) {
    if (const auto sides = try_tf(height, width, law, random)) {  // TensorFlow never takes the last offset
      const int top = sides->height < height ? below(random, height - sides->height) : 0;
      const int left = sides->width < width ? below(random, width - sides->width) : 0;
      return {top, left, sides->height, sides->width};
    }
  }
  return {0, 0, height, width};
}

std::unique_ptr<Augment> make_crop() {
  return std::make_unique<Crop>();
}

}  // namespace simclr
