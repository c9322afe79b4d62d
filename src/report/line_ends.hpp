#pragma once
// Names at the right ends of lines, moved apart where one would cover another.

#include <string>
#include <vector>

#include "report/drawing.hpp"

namespace simclr {

struct LineEnd {
  std::string name, css_class;  // css_class: of the line
  double x = 0, y = 0;          // where the line ends
};

constexpr double line_ends_room = 30;  // pixels before the names

// Names right of the frame, at most `width` pixels wide, each after a stroke from its line's end.
std::string draw_line_ends(std::vector<LineEnd> ends, const Frame& frame, double width);

// Rising places near the rising `wanted`, at least `gap` from each other and in low..high where they fit.
std::vector<double> moved_apart(std::vector<double> wanted, double gap, double low, double high);

}  // namespace simclr
