#include "augment/jitter.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "augment/colour.hpp"
#include "augment/registry.hpp"
#include "base/error.hpp"

namespace simclr {
namespace {

constexpr size_t kBlock = 2048;  // pixels: three planes of a block stay in the first-level cache

// Everything but contrast needs the pixel alone, so it runs block by block while the block is in cache;
// contrast needs a mean over the picture as it is by then, which the pass before it gathers.
class Work {
 public:
  Work(Image& image, const Tones& tones) : image_(image), tones_(tones), rgb_(image.bands() == 3) {}

  void run() {
    const std::span<const uint32_t> order(tones_.order);
    const auto at =
        std::find(order.begin(), order.end(), static_cast<uint32_t>(Tone::contrast)) - order.begin();
    const auto before = order.first(static_cast<size_t>(at)),
               after = order.subspan(static_cast<size_t>(at) + 1);
    const bool contrast = tones_.contrast != 1;
    if (!contrast && !any(before) && !any(after)) return;
    for_blocks([&](const Rgb& block) {
      for (const uint32_t tone : before) point(static_cast<Tone>(tone), block);
      if (contrast) gather(block);
      if (!contrast)
        for (const uint32_t tone : after) point(static_cast<Tone>(tone), block);
    });
    if (!contrast) return;
    for_blocks([&](const Rgb& block) {
      spread(block);
      for (const uint32_t tone : after) point(static_cast<Tone>(tone), block);
    });
  }

 private:
  bool acts(Tone tone) const {
    switch (tone) {
      case Tone::brightness:
        return tones_.brightness != (tones_.added ? 0 : 1);
      case Tone::saturation:
        return rgb_ && tones_.saturation != 1;
      case Tone::hue:
        return rgb_ && tones_.hue != 0;
      default:
        return tones_.contrast != 1;
    }
  }

  bool any(std::span<const uint32_t> order) const {
    return std::any_of(order.begin(), order.end(),
                       [this](uint32_t tone) { return acts(static_cast<Tone>(tone)); });
  }

  template <class Function>
  void for_blocks(const Function& function) {
    float* planes[3] = {};
    const int bands = rgb_ ? 3 : 1;
    for (int c = 0; c < bands; ++c) planes[c] = image_.band<float>(c).data();
    for (size_t start = 0; start < image_.plane(); start += kBlock) {
      const size_t n = std::min(kBlock, image_.plane() - start);
      function(rgb_ ? Rgb{planes[0] + start, planes[1] + start, planes[2] + start, n}
                    : Rgb{planes[0] + start, nullptr, nullptr, n});
    }
  }

  void each_band(const Rgb& block, float scale, float shift) const {
    affine_clamped(block.r, block.n, scale, shift);
    if (rgb_) affine_clamped(block.g, block.n, scale, shift);
    if (rgb_) affine_clamped(block.b, block.n, scale, shift);
  }

  void point(Tone tone, const Rgb& block) const {
    if (!acts(tone)) return;
    const auto brightness = static_cast<float>(tones_.brightness);
    if (tone == Tone::brightness)
      each_band(block, tones_.added ? 1 : brightness, tones_.added ? brightness : 0);
    if (tone == Tone::saturation) {
      if (tones_.tf)
        scale_saturation(block, static_cast<float>(tones_.saturation));
      else
        blend_with_gray(block, static_cast<float>(tones_.saturation));
    }
    if (tone == Tone::hue) shift_hue(block, static_cast<float>(tones_.hue));
  }

  void gather(const Rgb& block) {
    if (rgb_ && !tones_.tf) {
      sums_[0] += gray_sum(block);
      return;
    }
    sums_[0] += sum(block.r, block.n);
    if (rgb_) sums_[1] += sum(block.g, block.n);
    if (rgb_) sums_[2] += sum(block.b, block.n);
  }

  void spread(const Rgb& block) const {
    const auto shift = [&](size_t i) {
      return static_cast<float>((1 - tones_.contrast) * sums_[i] / static_cast<double>(image_.plane()));
    };
    const auto factor = static_cast<float>(tones_.contrast);
    if (rgb_ && tones_.tf) {
      affine_clamped(block.r, block.n, factor, shift(0));
      affine_clamped(block.g, block.n, factor, shift(1));
      affine_clamped(block.b, block.n, factor, shift(2));
    } else {
      each_band(block, factor, shift(0));
    }
  }

  Image& image_;
  const Tones& tones_;
  bool rgb_;
  std::array<double, 3> sums_{};
};

void jitter_raster_band(std::span<float> x, const Tones& tones) {
  for (const uint32_t tone : tones.order) {
    if (tone > static_cast<uint32_t>(Tone::contrast)) continue;
    const auto n = static_cast<double>(x.size());
    const double mean = sum(x.data(), x.size()) / n;
    double scale = tone == static_cast<uint32_t>(Tone::contrast) ? tones.contrast : tones.brightness,
           shift = 0;
    if (tone == static_cast<uint32_t>(Tone::contrast)) {
      shift = (1 - scale) * mean;
    } else if (tones.added) {
      shift = scale * std::sqrt(sum_of_squares(x.data(), x.size(), static_cast<float>(mean)) / n);
      scale = 1;
    }
    affine(x.data(), x.size(), static_cast<float>(scale), static_cast<float>(shift));
  }
}

class Jitter final : public Augment {
 public:
  Fields fields() override {
    return {field("strength", strength_, "multiplies the four amounts").range(0, 10),
            field("brightness", brightness_, "amount: factor from 1 - amount to 1 + amount").range(0, 10),
            field("contrast", contrast_, "amount, likewise").range(0, 10),
            field("saturation", saturation_, "amount, likewise; RGB alone").range(0, 10),
            field("hue", hue_, "amount in turns, to either side; RGB alone").range(0, 0.5),
            field("order", order_, "of the four").choices({"random", "fixed"}),
            field("brightness_law", brightness_law_, "multiplied, or added as in SimCLR's first code")
                .choices({"mul", "add"}),
            field("law", law_, "what contrast and saturation mean").choices({"torchvision", "tf"})};
  }

  void prepare() override {
    if (strength_ * hue_ > 0.5)
      throw Error(Exit::setting,
                  "jitter: strength " + shortest(strength_) + " times hue " + shortest(hue_) +
                      " is more than half a turn.",
                  "Choose a smaller strength, or hue=" + shortest(0.5 / strength_) + " or less.");
  }

  // All is drawn whatever the settings and bands are, so that a setting changes no other's draws.
  void apply(View& view, Random& random) const override {
    Tones tones;
    random.shuffle(tones.order);
    if (order_ == "fixed") tones.order = Tones().order;
    const auto factor = [&](double amount) {
      return random.uniform(std::max(0.0, 1 - strength_ * amount), 1 + strength_ * amount);
    };
    tones.added = brightness_law_ == "add";
    tones.brightness =
        tones.added ? random.uniform(-strength_ * brightness_, strength_ * brightness_) : factor(brightness_);
    tones.contrast = factor(contrast_);
    tones.saturation = factor(saturation_);
    tones.hue = random.uniform(-strength_ * hue_, strength_ * hue_);
    tones.tf = law_ == "tf";
    jitter(view.image, tones, view.raster);
  }

 private:
  double strength_ = 1, brightness_ = 0.8, contrast_ = 0.8, saturation_ = 0.8, hue_ = 0.2;
  std::string order_ = "random", brightness_law_ = "mul", law_ = "torchvision";
};

}  // namespace

void jitter(Image& image, const Tones& tones, bool raster) {
  if (image.empty()) return;
  if (!raster) return Work(image, tones).run();
  for (int c = 0; c < image.bands(); ++c) jitter_raster_band(image.band<float>(c), tones);
}

std::unique_ptr<Augment> make_jitter() {
  return std::make_unique<Jitter>();
}

}  // namespace simclr
