#include <algorithm>
#include <cmath>

#include "report/axis.hpp"
#include "report/drawing.hpp"
#include "report/html.hpp"
#include "report/plot.hpp"

namespace simclr {
namespace {

constexpr int kRowHeight = 21, kBelowRows = 40;
constexpr double kValueRoom = 46;  // px to the right of the longest bar

double longest_row(const RowPlot& plot) {
  double most = 0;
  for (const RowBar& row : plot.rows)
    for (const double value : {row.value, row.high})
      if (std::isfinite(value)) most = std::max(most, value);
  return most > 0 ? most : 1;
}

std::vector<LegendEntry> row_legend(const RowPlot& plot) {
  if (plot.pale_name.empty()) return {};
  return {{plot.pale_name, "<rect x=\"4\" y=\"0\" width=\"14\" height=\"12\" class=\"bar s1 f1\"/>"}};
}

std::string row_bar(const RowBar& row, double top, const Frame& frame, const Axis& x) {
  if (!std::isfinite(row.value)) return svg_text(frame.left + 5, top + 14, "value", "–");
  const std::string style = row.pale ? "bar s1 f1" : "bar s0 f0";
  std::string out = "<rect x=\"" + px(frame.left) + "\" y=\"" + px(top + 3) + "\" width=\"" +
                    px(std::max(0.0, x.pixel(row.value) - frame.left)) + "\" height=\"" + px(kRowHeight - 6) +
                    "\" class=\"" + style + "\"><title>" + escape(row.label + ": " + decimal(row.value, 2)) +
                    "</title></rect>\n";
  double end = x.pixel(row.value);
  if (std::isfinite(row.low) && std::isfinite(row.high) && row.low != row.high) {
    const double middle = top + kRowHeight / 2.0, low = std::max(frame.left, x.pixel(row.low));
    end = x.pixel(row.high);
    out += svg_line(low, middle, end, middle, "whisker") +
           svg_line(low, middle - 3, low, middle + 3, "whisker") +
           svg_line(end, middle - 3, end, middle + 3, "whisker");
  }
  return out + svg_text(end + 6, top + 14, "value", decimal(row.value, 1));
}

}  // namespace

Canvas row_canvas(const RowPlot& plot, int width) {
  double top = 0;
  heading(plot.title, "", row_legend(plot), width, top);
  return {width,
          static_cast<int>(std::ceil(top)) + kRowHeight * static_cast<int>(plot.rows.size()) + kBelowRows};
}

std::string draw(const RowPlot& plot, Canvas canvas) {
  std::string out = open_svg(canvas, plot.title, plot.x_label);
  Frame frame;
  out += heading(plot.title, "", row_legend(plot), canvas.width, frame.top);
  if (plot.rows.empty())
    return out + svg_text(canvas.width / 2.0, canvas.height / 2.0, "middle", "no values") + "</svg>\n";
  double longest = 0;
  for (const RowBar& row : plot.rows) longest = std::max(longest, text_width(row.label));
  frame.left = std::min(longest + 8, canvas.width * 0.5);
  frame.right = canvas.width - kValueRoom;
  frame.bottom = frame.top + kRowHeight * static_cast<double>(plot.rows.size());
  const int ticks = std::max(2, static_cast<int>((frame.right - frame.left) / 60));
  const Axis x(0, longest_row(plot), frame.left, frame.right, ticks, false);
  for (const Tick& tick : x.ticks()) {
    out += svg_line(x.pixel(tick.value), frame.top, x.pixel(tick.value), frame.bottom, "grid");
    out += svg_text(x.pixel(tick.value), frame.bottom + 16, "middle", tick.label);
  }
  for (size_t i = 0; i < plot.rows.size(); ++i) {
    const double top = frame.top + kRowHeight * static_cast<double>(i);
    out += svg_text(frame.left - 6, top + 14, "end", plot.rows[i].label);
    out += row_bar(plot.rows[i], top, frame, x);
  }
  out += svg_line(frame.left, frame.top, frame.left, frame.bottom, "axis");
  return out + svg_text((frame.left + frame.right) / 2, frame.bottom + 33, "middle", plot.x_label) +
         "</svg>\n";
}

}  // namespace simclr
