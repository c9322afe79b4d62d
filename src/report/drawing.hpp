#pragma once
// What line and bar plots share: the frame around the data, and SVG elements as text.

#include <string>
#include <string_view>
#include <vector>

#include "report/axis.hpp"
#include "report/plot.hpp"

namespace simclr {

std::string px(double value);  // a coordinate with at most one decimal

std::string svg_text(double x, double y, std::string_view css_class, std::string_view text);
std::string svg_line(double x1, double y1, double x2, double y2, std::string_view css_class);

// Its beginning and an ellipsis where it is wider than `width`.
std::string shortened(const std::string& text, double width);
// svg_text of a shortened text; the whole is under the pointer. `place`: attributes.
std::string svg_short_text(const std::string& place, const std::string& text, double width);

double text_width(std::string_view text);  // of 12 px text, rather too much than too little

struct LegendEntry {
  std::string name, mark;  // mark: SVG drawn in a box of 22 x 12 at the origin
};

struct Frame {  // the rectangle of the data, in pixels
  double left = 0, top = 0, right = 0, bottom = 0;
};

// Title, y label and legend, from the top; returns where the data may begin.
std::string heading(const std::string& title, const std::string& y_label,
                    const std::vector<LegendEntry>& legend, int width, double& top);
double label_width(const std::vector<Tick>& ticks);
std::string y_grid(const Axis& axis, const Frame& frame);
std::string open_svg(const Canvas& canvas, const std::string& title, const std::string& description);

}  // namespace simclr
