#include <algorithm>
#include <cmath>

#include "report/axis.hpp"
#include "report/drawing.hpp"
#include "report/html.hpp"
#include "report/plot.hpp"

namespace simclr {
namespace {

constexpr double widest_bar = 38;
constexpr double narrowest_with_value = 25;

std::string style_of(size_t series) {
  const std::string number = std::to_string(series % 6);
  return "bar s" + number + " f" + number;
}

std::vector<LegendEntry> legend_of(const BarPlot& plot) {
  std::vector<LegendEntry> entries;
  for (size_t i = 0; i < plot.series.size(); ++i)
    entries.push_back(
        {plot.series[i], "<rect x=\"4\" y=\"0\" width=\"14\" height=\"12\" class=\"" + style_of(i) + "\"/>"});
  return entries;
}

std::string whisker(const Bar& bar, double x, const Axis& y) {
  if (!std::isfinite(bar.low) || !std::isfinite(bar.high) || bar.low == bar.high) return "";
  const double low = y.pixel(bar.low), high = y.pixel(bar.high);
  return svg_line(x, low, x, high, "whisker") + svg_line(x - 3, low, x + 3, low, "whisker") +
         svg_line(x - 3, high, x + 3, high, "whisker");
}

std::string draw_bar(const Bar& bar, size_t series, double x, double width, const Axis& y) {
  if (!std::isfinite(bar.value)) return "";
  const double top = std::min(y.pixel(bar.value), y.pixel(0)),
               bottom = std::max(y.pixel(bar.value), y.pixel(0));
  std::string out = "<rect x=\"" + px(x) + "\" y=\"" + px(top) + "\" width=\"" + px(width) + "\" height=\"" +
                    px(bottom - top) + "\" class=\"" + style_of(series) + "\"><title>" + escape(bar.text) +
                    "</title></rect>\n";
  out += whisker(bar, x + width / 2, y);
  if (width < narrowest_with_value) return out;
  const double above = std::isfinite(bar.high) ? std::min(top, y.pixel(bar.high)) : top;
  return out + svg_text(x + width / 2, above - 5, "value middle", decimal(bar.value, 1));
}

double greatest(const BarPlot& plot) {
  double most = 0;
  for (const BarGroup& group : plot.groups)
    for (const Bar& bar : group.bars)
      for (const double value : {bar.value, bar.high})
        if (std::isfinite(value)) most = std::max(most, value);
  return most > 0 ? most : 1;
}

// The section's name under its groups, once, with a line over it.
std::string section_names(const BarPlot& plot, const Frame& frame, double group_width) {
  std::string out;
  for (size_t first = 0; first < plot.groups.size();) {
    size_t last = first;
    while (last + 1 < plot.groups.size() && plot.groups[last + 1].section == plot.groups[first].section)
      ++last;
    const double left = frame.left + group_width * static_cast<double>(first) + 6;
    const double right = frame.left + group_width * static_cast<double>(last + 1) - 6;
    out += svg_line(left, frame.bottom + 23, right, frame.bottom + 23, "axis");
    out += svg_text((left + right) / 2, frame.bottom + 38, "legend middle", plot.groups[first].section);
    first = last + 1;
  }
  return out;
}

}  // namespace

std::string draw(const BarPlot& plot, Canvas canvas) {
  std::string out = open_svg(canvas, plot.title, plot.y_label);
  Frame frame;
  out += heading(plot.title, plot.y_label, legend_of(plot), canvas.width, frame.top);
  if (plot.groups.empty() || plot.series.empty())
    return out + svg_text(canvas.width / 2.0, canvas.height / 2.0, "middle", "no values") + "</svg>\n";
  frame.bottom = canvas.height - 64;
  frame.right = canvas.width - 2;
  frame.top += 10;
  const int y_ticks = std::max(3, static_cast<int>((frame.bottom - frame.top) / 26));
  const Axis y(0, greatest(plot), frame.bottom, frame.top, y_ticks, true);
  frame.left = label_width(y.ticks());
  out += y_grid(y, frame);
  const double group_width = (frame.right - frame.left) / static_cast<double>(plot.groups.size());
  const double bar_width = std::min(widest_bar, group_width * 0.84 / static_cast<double>(plot.series.size()));
  const double used = bar_width * static_cast<double>(plot.series.size());
  const double gap = std::min(3.0, bar_width * 0.15);
  for (size_t g = 0; g < plot.groups.size(); ++g) {
    const double middle = frame.left + group_width * (static_cast<double>(g) + 0.5);
    out += svg_text(middle, frame.bottom + 16, "middle", plot.groups[g].label);
    for (size_t s = 0; s < std::min(plot.series.size(), plot.groups[g].bars.size()); ++s)
      out += draw_bar(plot.groups[g].bars[s], s,
                      middle - used / 2 + bar_width * static_cast<double>(s) + gap / 2, bar_width - gap, y);
  }
  out += svg_line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  out += section_names(plot, frame, group_width);
  return out + svg_text((frame.left + frame.right) / 2, frame.bottom + 57, "middle", plot.x_label) +
         "</svg>\n";
}

}  // namespace simclr
