#include <array>
#include <string>
#include <utility>

#include "augment/registry.hpp"

namespace simclr {
namespace {

using Couplet = std::pair<std::string_view, std::string_view>;

// The nine operations of the SimCLR-S2 study (MIDS-Irrigation-Capstone, 2021) in its ranges, which it applied
// to standardised bands. Two slips are mended: its gain of -0.5 to 0.5 blanked pictures or turned them over
// (here 0.5 to 1.5), and its zoom took any box, mirrored at times.
constexpr std::string_view kFlip = "flip(axis=both)@1", kRotate = "rotate(quarters=true)", kShift = "shift",
                           kZoom = "zoom(apart=true)", kBrightness = "brightness", kContrast = "contrast",
                           kGain = "gain(factor=0.5..1.5,law=even,per_band=0,about=mean)",
                           kBlur = "blur(taps=5)", kSpeckle = "speckle(law=salt_pepper)";

// Of the 36 pairs the 27 that the study kept, best first.
constexpr Couplet kCouplets[] = {
    {kRotate, kShift},       {kContrast, kGain},   {kSpeckle, kZoom},     {kFlip, kContrast},
    {kShift, kBrightness},   {kSpeckle, kGain},    {kSpeckle, kShift},    {kBlur, kGain},
    {kRotate, kContrast},    {kSpeckle, kFlip},    {kZoom, kGain},        {kRotate, kZoom},
    {kShift, kZoom},         {kBlur, kContrast},   {kRotate, kFlip},      {kFlip, kBrightness},
    {kShift, kContrast},     {kZoom, kBrightness}, {kSpeckle, kContrast}, {kRotate, kGain},
    {kSpeckle, kBlur},       {kShift, kGain},      {kSpeckle, kRotate},   {kFlip, kZoom},
    {kSpeckle, kBrightness}, {kShift, kBlur},      {kZoom, kContrast}};

const std::string& all_nine() {
  static const std::string text = [] {
    std::string joined;
    for (const auto& one : {kRotate, kShift, kFlip, kZoom, kBrightness, kContrast, kGain, kBlur, kSpeckle})
      joined.append(joined.empty() ? "" : " > ").append(one);
    return joined;
  }();
  return text;
}

const std::string& one_couplet() {
  static const std::string text = [] {
    std::string joined;
    for (const auto& [first, second] : kCouplets)
      joined.append(joined.empty() ? "" : " | ").append(first).append(" > ").append(second);
    return "one_of(" + joined + ")";
  }();
  return text;
}

}  // namespace

// "SimCLR": appendix A of Chen et al. 2020; without blur and at half the strength for CIFAR-10, appendix B.9.
// "plankton": rotation, crop, brightness and hue, blur of a random kernel size, as the study of plankton
// pictures has them; fixed order, drawn once a batch. batch(shuffle(..)) draws the order too; without
// batch(), every picture has its own.
// "s2": the operations that S2's study looked at, behind SimCLR's crop. Gain acts about each band's mean:
// about zero it moves reflectances by more than patches differ, and costs four points (docs/results.md).
std::span<const Preset> presets() {
  static const Preset all[] = {
      {"simclr", "crop(min=0.08) > flip > jitter(strength=1)@0.8 > gray@0.2 > blur@0.5",
       "the paper's, for ImageNet"},
      {"simclr_small", "crop(min=0.08) > flip > jitter(strength=0.5)@0.8 > gray@0.2",
       "the paper's for CIFAR-10: pictures up to 64 px"},
      {"plankton",
       "batch(rotate(degrees=0..180) > crop > jitter(brightness=0.2,contrast=0,saturation=0,hue=0.3) > "
       "blur(taps=1..11))",
       "the plankton study's: one draw for the whole batch, white corners"},
      {"s2",
       "crop(min=0.2) > flip(axis=both)@1 > rotate(quarters=true) > brightness(per_band=0.1)@0.8 > "
       "contrast@0.8 > gain(about=mean)@0.8 > blur(taps=5)@0.5 > speckle(sigma=0..0.05)@0.5 > drop_bands@0.2",
       "rasters seen from above: any bands, values never clamped"},
      {"s2_study", all_nine(), "the SimCLR-S2 study's nine operations, all at once"},
      {"s2_couplets", one_couplet(), "the same study's: one of the 27 pairs it kept, drawn for each view"},
      {"none", "", "the picture resized, nothing else"},
  };
  return all;
}

}  // namespace simclr
