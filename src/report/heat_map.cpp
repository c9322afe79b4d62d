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
constexpr double kGap = 6, kSlant = 0.78;                 // between a name and cells; height of a slanted one
constexpr double kMostRoom = 0.3;                         // of the canvas, for names of rows

std::string cell(const HeatMap& plot, size_t row, size_t column, double x, double y, double side) {
  const double value = plot.values[row * plot.labels.size() + column];
  const double share = std::clamp((value - plot.low) / std::max(plot.high - plot.low, 1e-12), 0.0, 1.0);
  const bool there = std::isfinite(value);
  char opacity[16];
  std::snprintf(opacity, sizeof opacity, "%.2f", there ? 0.04 + (kFullest - 0.04) * share : 0);
  const std::string place = "<rect x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" + px(side - 1) +
                            "\" height=\"" + px(side - 1) + "\"";
  if (!there) return place + " class=\"empty\"/>\n";
  const std::string out = place + " class=\"f0\" fill-opacity=\"" + opacity + "\"><title>" +
                          escape(plot.labels[row] + " and " + plot.labels[column] + ": " +
                                 decimal(value, std::max(1, plot.decimals)) + plot.unit) +
                          "</title></rect>\n";
  if (side < kRoomForValue) return out;
  return out + svg_text(x + side / 2, y + side / 2 + 4, "value middle", decimal(value, plot.decimals));
}

// What is left of the canvas for cells beside labels of `room` pixels; those of columns slant to the right.
double side_of_cell(size_t n, double room, double top, const Canvas& canvas) {
  const double cells = static_cast<double>(n);
  return std::min((canvas.width - room - room * kSlant) / (cells - 0.5),
                  (canvas.height - top - room * kSlant) / cells);
}

std::string names(const HeatMap& plot, size_t i, double left, double top, double side, double room) {
  const double middle = (static_cast<double>(i) + 0.5) * side;
  const std::string row = "x=\"" + px(left - kGap) + "\" y=\"" + px(top + middle + 4) + "\" class=\"end\"";
  const std::string column =
      "transform=\"translate(" + px(left + middle + 4) + " " + px(top - 5) + ") rotate(-45)\"";
  return svg_short_text(row, plot.labels[i], room - kGap) +
         svg_short_text(column, plot.labels[i], room - kGap);
}

}  // namespace

std::string draw(const HeatMap& plot, Canvas canvas) {
  std::string out = open_svg(canvas, plot.title, plot.unit);
  double top = 0;
  out += heading(plot.title, plot.note, {}, canvas.width, top);
  const size_t n = plot.labels.size();
  if (n == 0 || plot.values.size() != n * n)
    return out + svg_text(canvas.width / 2.0, canvas.height / 2.0, "middle", "no values") + "</svg>\n";
  double longest = 0;
  for (const auto& label : plot.labels) longest = std::max(longest, text_width(label));
  double room = std::min(longest + kGap, canvas.width * kMostRoom);
  if (side_of_cell(n, room, top, canvas) < kRoomForLabel) room = 0;  // no names: more for the cells
  const double side = side_of_cell(n, room, top, canvas);
  top += room * kSlant;
  for (size_t i = 0; i < n; ++i) {
    if (room > 0) out += names(plot, i, room, top, side, room);
    for (size_t j = 0; j < n; ++j)
      out +=
          cell(plot, i, j, room + static_cast<double>(j) * side, top + static_cast<double>(i) * side, side);
  }
  return out + "</svg>\n";
}

}  // namespace simclr
