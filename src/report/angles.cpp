#include <algorithm>
#include <cmath>

#include "base/contestant_name.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

constexpr Canvas kMatrix{460, 460};

}  // namespace

HeatMap heat_map(const RunAngles& angles, const std::string& of) {
  HeatMap map{
      of,
      "\u00b0",
      angles.classes,
      angles.degrees,
      90,
      0,
      "within " + decimal(angles.within, 1) + "\u00b0, between " + decimal(angles.between, 1) + "\u00b0"};
  for (const double degrees : angles.degrees) {
    if (!std::isfinite(degrees)) continue;
    map.low = std::min(map.low, degrees);
    map.high = std::max(map.high, degrees);
  }
  return map;
}

std::vector<HeatMap> angle_plots(const RunData& data) {
  std::vector<HeatMap> plots;
  for (const RunAngles& angles : data.angles)
    plots.push_back(heat_map(angles, contestant_name(angles.features)));
  return plots;
}

std::string angles_section(const RunData& data) {
  if (data.angles.empty()) return "";
  std::string out =
      "<section id=\"angles\">\n<h2>Angles between classes</h2>\n<p class=\"note\">Mean angle between the "
      "embeddings "
      "of two test pictures, by their classes; the diagonal is within a class, pairs of a picture with "
      "itself left "
      "out. Good features have a pale diagonal in a dark field. Each plot has its own scale of "
      "colours.</p>\n";
  std::string test;
  for (size_t i = 0; i < data.angles.size(); ++i) {
    const RunAngles& angles = data.angles[i];
    if (i == 0 || angles.test != test) {
      if (i > 0) out += "</div>\n";
      test = angles.test;
      out += "<h3>On <code>" + escape(test) + "</code></h3>\n<div class=\"multiples\">\n";
    }
    out += figure(draw(heat_map(angles, contestant_name(angles.features)), kMatrix));
  }
  out += "</div>\n";
  for (const RunAngles& angles : data.angles) {
    if (angles.features != "encoder" || angles.least_separable.empty()) continue;
    out += "<h3>Told apart least by the pretrained encoder</h3>\n<ul>\n";
    for (const auto& pair : angles.least_separable) out += "<li>" + escape(pair) + "</li>\n";
    out += "</ul>\n";
  }
  return out + "</section>\n";
}

}  // namespace simclr
