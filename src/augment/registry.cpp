#include "augment/registry.hpp"

namespace simclr {
namespace {

constexpr Operation kOperations[] = {
    {"crop", 0, 1, "random box, resized to the view (RandomResizedCrop)", make_crop},
    {"flip", 1, 0.5, "mirror left-right, upside down, or both", make_flip},
    {"jitter", 2, 1, "brightness, contrast, saturation, hue (ColorJitter)", make_jitter},
    {"gray", 3, 1, "all bands become gray; RGB alone", make_gray},
    {"blur", 4, 1, "Gaussian blur", make_blur},
    {"solarize", 5, 1, "invert what is bright", make_solarize},
    {"rotate", 6, 1, "turn about the centre, counter-clockwise", make_rotate},
    {"resize", 7, 1, "the evaluation transform; runs by itself where no crop comes first", make_resize},
    {"brightness", 8, 1, "add to all bands, of any number, in their standard deviations", make_brightness},
    {"contrast", 9, 1, "stretch each band about its mean", make_contrast},
    {"gain", 10, 1, "multiply all bands; their ratios stay", make_gain},
    {"speckle", 11, 1, "multiplicative noise, or salt and pepper", make_speckle},
    {"shift", 12, 1, "move by whole pixels", make_shift},
    {"zoom", 13, 1, "scale about the centre", make_zoom},
    {"drop_bands", 14, 1, "bands become their mean over the data set", make_drop_bands},
    {"shuffle", 29, 1, "shuffle(a > b): in random order", nullptr},
    {"one_of", 30, 1, "one_of(a > b | c): one of them, drawn evenly", nullptr},
    {"batch", 31, 1, "batch(a > b): one draw for the whole batch; batch(a)@p decides picture by picture",
     nullptr},
};

constexpr bool ids_are_unique() {
  uint32_t seen = 0;
  for (const Operation& one : kOperations) {
    if (one.id > 31 || (seen >> one.id & 1U) != 0) return false;
    seen |= uint32_t{1} << one.id;
  }
  return true;
}
static_assert(ids_are_unique());

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* find_operation(std::string_view name) {
  for (const Operation& one : kOperations)
    if (one.name == name) return &one;
  return nullptr;
}

}  // namespace simclr
