#include <algorithm>
#include <cmath>
#include <limits>

#include "report/drawing.hpp"
#include "report/html.hpp"
#include "report/marks.hpp"
#include "report/plot.hpp"

namespace simclr {
namespace {

constexpr double gap = 18, heading_height = 30, panel_title = 20, legend_line = 17, inside = 8;
constexpr double least_panel = 240;  // px; narrower ones go to a row of their own

struct Extent {
  double left = std::numeric_limits<double>::infinity(), right = -left, low = left, high = -left;
  void take(const ScatterPanel& panel) {
    for (size_t i = 0; i < std::min(panel.x.size(), panel.y.size()); ++i) {
      if (!std::isfinite(panel.x[i]) || !std::isfinite(panel.y[i])) continue;
      left = std::min(left, panel.x[i]);
      right = std::max(right, panel.x[i]);
      low = std::min(low, panel.y[i]);
      high = std::max(high, panel.y[i]);
    }
  }
  bool empty() const { return left > right; }
  double width() const { return right - left; }
  double height() const { return high - low; }
};

Extent extent_of(const ScatterPlot& plot, int scale) {
  Extent all;
  for (const ScatterPanel& panel : plot.panels)
    if (panel.scale == scale) all.take(panel);
  return all;
}

struct Layout {
  size_t columns = 1, rows = 1;
  double width = 0, height = 0;  // of a panel's frame
  size_t legend_columns = 1;
  double legend_top = 0;
};

std::vector<size_t> named_groups(const ScatterPlot& plot) {
  std::vector<bool> used(plot.groups.size());
  for (const ScatterPanel& panel : plot.panels)
    for (const int group : panel.group)
      if (group >= 0 && static_cast<size_t>(group) < used.size()) used[static_cast<size_t>(group)] = true;
  std::vector<size_t> out;
  for (size_t g = 0; g < used.size(); ++g)
    if (used[g]) out.push_back(g);
  return out;
}

Layout layout_of(const ScatterPlot& plot, int width) {
  Layout layout;
  const size_t panels = std::max<size_t>(1, plot.panels.size());
  layout.columns = std::clamp<size_t>(static_cast<size_t>((width + gap) / (least_panel + gap)), 1,
                                      std::min<size_t>(panels, 4));
  if (plot.columns > 0) layout.columns = plot.columns;
  layout.rows = (panels + layout.columns - 1) / layout.columns;
  const auto columns = static_cast<double>(layout.columns);
  layout.width = (width - gap * (columns - 1)) / columns;
  double shape = 0.6;  // of the tallest
  for (const ScatterPanel& panel : plot.panels) {
    const Extent all = extent_of(plot, panel.scale);
    shape = std::max(shape, all.empty() || all.width() <= 0 ? 1 : all.height() / all.width());
  }
  layout.height = layout.width * std::min(shape, 1.0);
  layout.legend_top = heading_height + static_cast<double>(layout.rows) * (layout.height + panel_title + 10);
  double longest = 40;
  for (const size_t g : named_groups(plot)) longest = std::max(longest, text_width(plot.groups[g]));
  layout.legend_columns =
      std::max<size_t>(1, static_cast<size_t>(width / (std::min(longest, width * 0.9) + 34)));
  return layout;
}

// The points of one group as one path.
std::string group_path(const ScatterPanel& panel, int group, const std::string& shape, const Extent& extent,
                       const Frame& frame) {
  const double scale = std::min((frame.right - frame.left - 2 * inside) / std::max(extent.width(), 1e-12),
                                (frame.bottom - frame.top - 2 * inside) / std::max(extent.height(), 1e-12));
  const double middle_x = (frame.left + frame.right) / 2, middle_y = (frame.top + frame.bottom) / 2;
  std::string path;
  for (size_t i = 0; i < std::min({panel.x.size(), panel.y.size(), panel.group.size()}); ++i) {
    if (panel.group[i] != group || !std::isfinite(panel.x[i]) || !std::isfinite(panel.y[i])) continue;
    const double x = middle_x + (panel.x[i] - (extent.left + extent.right) / 2) * scale;
    const double y = middle_y - (panel.y[i] - (extent.low + extent.high) / 2) * scale;
    path += "M" + px(x) + " " + px(y) + shape;
  }
  return path;
}

// One for all panels, by the fullest.
double radius_of(const ScatterPlot& plot) {
  size_t most = 0;
  for (const ScatterPanel& panel : plot.panels) most = std::max(most, panel.x.size());
  return most > 3000 ? 1.5 : most > 600 ? 1.9 : 2.6;
}

std::string draw_panel(const ScatterPlot& plot, const ScatterPanel& panel, const Extent& extent,
                       const Frame& frame, double radius) {
  std::string out = svg_text(frame.left, frame.top - 7, "legend", panel.title);
  out += "<rect x=\"" + px(frame.left) + "\" y=\"" + px(frame.top) + "\" width=\"" +
         px(frame.right - frame.left) + "\" height=\"" + px(frame.bottom - frame.top) +
         "\" rx=\"4\" class=\"frame\"/>\n";
  if (extent.empty()) return out;
  const std::string none = group_path(panel, -1, mark_path(0, radius * 0.7), extent, frame);
  if (!none.empty()) out += "<path class=\"none\" d=\"" + none + "\"><title>no class</title></path>\n";
  for (size_t g = 0; g < plot.groups.size(); ++g) {
    const std::string path = group_path(panel, static_cast<int>(g), mark_path(g, radius), extent, frame);
    if (path.empty()) continue;
    out += "<path class=\"mark " + mark_class(g) + "\" d=\"" + path + "\"><title>" + escape(plot.groups[g]) +
           "</title></path>\n";
  }
  return out;
}

std::string legend(const ScatterPlot& plot, const Layout& layout, int width) {
  std::string out;
  const std::vector<size_t> groups = named_groups(plot);
  const size_t rows = (groups.size() + layout.legend_columns - 1) / layout.legend_columns;
  const double column = static_cast<double>(width) / static_cast<double>(layout.legend_columns);
  for (size_t i = 0; i < groups.size(); ++i) {  // down the columns
    const double x = column * static_cast<double>(i / rows);
    const double y = layout.legend_top + 16 + legend_line * static_cast<double>(i % rows);
    out += "<path class=\"" + mark_class(groups[i]) + "\" d=\"M" + px(x + 7) + " " + px(y - 4) +
           mark_path(groups[i], 4) + "\"/>\n" + svg_text(x + 19, y, "legend", plot.groups[groups[i]]);
  }
  return out;
}

}  // namespace

Canvas scatter_canvas(const ScatterPlot& plot, int width) {
  const Layout layout = layout_of(plot, width);
  const size_t groups = named_groups(plot).size();
  const size_t rows = (groups + layout.legend_columns - 1) / layout.legend_columns;
  return {width, static_cast<int>(layout.legend_top + 8 + legend_line * static_cast<double>(rows))};
}

std::string draw(const ScatterPlot& plot, Canvas canvas) {
  std::string out = open_svg(canvas, plot.title, "");
  out += svg_text(0, 13, "title", plot.title);
  const Layout layout = layout_of(plot, canvas.width);
  for (size_t p = 0; p < plot.panels.size(); ++p) {
    Frame frame;
    frame.left = static_cast<double>(p % layout.columns) * (layout.width + gap);
    frame.top = heading_height + panel_title +
                static_cast<double>(p / layout.columns) * (layout.height + panel_title + 10);
    frame.right = frame.left + layout.width;
    frame.bottom = frame.top + layout.height;
    out += draw_panel(plot, plot.panels[p], extent_of(plot, plot.panels[p].scale), frame, radius_of(plot));
  }
  return out + legend(plot, layout, canvas.width) + "</svg>\n";
}

}  // namespace simclr
