#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/drawing.hpp"
#include "report/html.hpp"
#include "report/plot.hpp"

namespace simclr {
namespace {

constexpr double kRoomForValue = 26, kRoomForLabel = 11;  // px of a cell
constexpr double kFullest = 0.6;                          // opacity: dark text stays readable on it

std::string cell(const HeatMap& plot, size_t row, size_t column, double x, double y, double side) {
  const double value = plot.values[row * plot.labels.size() + column];
  const double share = std::clamp((value - plot.low) / std::max(plot.high - plot.low, 1e-12), 0.0, 1.0);
  const bool there = std::isfinite(value);
  char opacity[16];
  std::snprintf(opacity, sizeof opacity, "%.2f", there ? 0.04 + (kFullest - 0.04) * share : 0);
  const std::string place = "<rect x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" + px(side - 1) +
                            "\" height=\"" + px(side - 1) + "\"";
  if (!there) return place + " class=\"empty\"/>\n";
  const std::string out =
      place + " class=\"f0\" fill-opacity=\"" + opacity + "\"><title>" +
      escape(plot.labels[row] + " and " + plot.labels[column] + ": " + decimal(value, 1) + plot.unit) +
      "</title></rect>\n";
  if (side < kRoomForValue) return out;
  return out + svg_text(x + side / 2, y + side / 2 + 4, "value middle", decimal(value, 0));
}

std::string slanted(double x, double y, const std::string& text) {
  return "<text transform=\"translate(" + px(x) + " " + px(y) + ") rotate(-45)\">" + escape(text) +
         "</text>\n";
}

}  // namespace

std::string draw(const HeatMap& plot, Canvas canvas) {
  std::string out = open_svg(canvas, plot.title, plot.unit);
  double top = 0;
  out += heading(plot.title, "", {}, canvas.width, top);
  const size_t n = plot.labels.size();
  if (n == 0 || plot.values.size() != n * n)
    return out + svg_text(canvas.width / 2.0, canvas.height / 2.0, "middle", "no values") + "</svg>\n";
  double longest = 0;
  for (const auto& label : plot.labels) longest = std::max(longest, text_width(label));
  const double left = std::min(longest + 8, canvas.width * 0.35), slant = left * 0.72;
  const double side = std::min((canvas.width - left - slant * 0.5) / static_cast<double>(n),
                               (canvas.height - top - slant) / static_cast<double>(n));
  top += slant;
  for (size_t i = 0; i < n; ++i) {
    const double at = static_cast<double>(i) * side;
    if (side >= kRoomForLabel) {
      out += svg_text(left - 6, top + at + side / 2 + 4, "end", plot.labels[i]);
      out += slanted(left + at + side / 2 + 4, top - 5, plot.labels[i]);
    }
    for (size_t j = 0; j < n; ++j)
      out += cell(plot, i, j, left + static_cast<double>(j) * side, top + at, side);
  }
  return out + "</svg>\n";
}

}  // namespace simclr
