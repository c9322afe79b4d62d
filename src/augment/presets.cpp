#include "augment/registry.hpp"

namespace simclr {
namespace {

// "SimCLR": appendix A of Chen et al. 2020; without blur and at half the strength for CIFAR-10, appendix B.9.
constexpr Preset kPresets[] = {
    {"simclr", "crop(min=0.08) > flip > jitter(strength=1)@0.8 > gray@0.2 > blur@0.5",
     "the paper's, for ImageNet"},
    {"simclr_small", "crop(min=0.08) > flip > jitter(strength=0.5)@0.8 > gray@0.2",
     "the paper's for CIFAR-10: pictures up to 64 px"},
    {"none", "", "the picture resized, nothing else"},
};

}  // namespace

std::span<const Preset> presets() {
  return kPresets;
}

}  // namespace simclr
