#include "augment/registry.hpp"

namespace simclr {
namespace {

// "SimCLR": appendix A of Chen et al. 2020; without blur and at half the strength for CIFAR-10, appendix B.9.
// "plankton": rotation, crop, brightness and hue, blur of a random kernel size, as the study of plankton
// pictures has them; fixed order, drawn once a batch. batch(shuffle(..)) draws the order too; without
// batch(), every picture has its own.
constexpr Preset kPresets[] = {
    {"simclr", "crop(min=0.08) > flip > jitter(strength=1)@0.8 > gray@0.2 > blur@0.5",
     "the paper's, for ImageNet"},
    {"simclr_small", "crop(min=0.08) > flip > jitter(strength=0.5)@0.8 > gray@0.2",
     "the paper's for CIFAR-10: pictures up to 64 px"},
    {"plankton",
     "batch(rotate(degrees=0..180) > crop > jitter(brightness=0.2,contrast=0,saturation=0,hue=0.3) > "
     "blur(taps=1..11))",
     "the plankton study's: one draw for the whole batch, white corners"},
    {"none", "", "the picture resized, nothing else"},
};

}  // namespace

std::span<const Preset> presets() {
  return kPresets;
}

}  // namespace simclr
