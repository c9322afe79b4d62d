#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "augment/pipeline.hpp"
#include "augment/registry.hpp"

namespace simclr {
namespace {

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

// 1.3333333333333333 is no help to anyone.
std::string shown(const Field& one) {
  std::string text = one.text();
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.size() <= 8 || *end != '\0') return text;
  char few[32];
  std::snprintf(few, sizeof few, "%.5g", value);
  return few;
}

std::string operation_help(const Operation& one) {
  std::string text = "  " + padded(std::string(one.name), 13) + std::string(one.help);
  if (one.probability != 1) text += "; @" + shortest(one.probability) + " unless said";
  text += "\n";
  if (one.make == nullptr) return text;
  const auto operation = one.make();
  for (const auto& setting : operation->fields()) {
    const std::string allowed = setting.describe();
    text += "    " + padded(setting.key() + "=" + shown(setting), 27) + setting.help() +
            (allowed.empty() ? "" : " (" + allowed + ")") + "\n";
  }
  return text;
}

}  // namespace

std::string short_policy(const std::string& text) {
  constexpr size_t enough = 300;
  const size_t end = text.size() <= enough ? std::string::npos : text.rfind(" | ", enough);
  return end == std::string::npos ? text : text.substr(0, end) + " | ...)";
}

std::string augmentation_help() {
  std::string text = "Operations, with their arguments, defaults and ranges:\n";
  for (const auto& one : operations()) text += operation_help(one);
  text +=
      "Written a > b (one after the other), a(key=value, key=lo..hi), a@p (with probability p), and\n"
      "a || b (policy of view 1 || policy of view 2). What comes before the first crop works on the whole\n"
      "picture, resized. Bands: of gray pictures jitter changes brightness and contrast alone, and gray "
      "does\n"
      "nothing; of rasters (bands with names, or neither 1 nor 3) likewise, band by band and without "
      "clamping, added\n"
      "brightness counting in standard deviations of the band. brightness, contrast, gain, speckle and\n"
      "drop_bands take any bands and values: pictures are clamped to [0, 1], rasters never; NaN stays NaN.\n"
      "Presets:\n";
  for (const auto& one : presets())
    text += "  " + padded(std::string(one.name), 13) + short_policy(Pipeline(one.name).text()) + "\n" +
            std::string(15, ' ') + std::string(one.help) + "\n";
  return text;
}

}  // namespace simclr
