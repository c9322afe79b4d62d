#include "report/line_ends.hpp"

#include <algorithm>

namespace simclr {
namespace {

constexpr double kLine = 15;  // from one name to the next

}  // namespace

std::vector<double> moved_apart(std::vector<double> wanted, double gap, double low, double high) {
  double least = low;
  for (double& place : wanted) {
    place = std::max(place, least);
    least = place + gap;
  }
  double most = high;
  for (auto place = wanted.rbegin(); place != wanted.rend(); ++place) {
    *place = std::min(*place, most);
    most = *place - gap;
  }
  return wanted;
}

std::string draw_line_ends(std::vector<LineEnd> ends, const Frame& frame, double width) {
  std::stable_sort(ends.begin(), ends.end(), [](const LineEnd& a, const LineEnd& b) { return a.y < b.y; });
  std::vector<double> wanted;
  for (const LineEnd& end : ends) wanted.push_back(end.y);
  const std::vector<double> places = moved_apart(std::move(wanted), kLine, frame.top, frame.bottom);
  std::string out;
  for (size_t i = 0; i < ends.size(); ++i) {
    const double name = frame.right + line_ends_room;
    out += "<path class=\"" + ends[i].css_class + "\" d=\"M" + px(ends[i].x) + " " + px(ends[i].y) + "L" +
           px(name - 16) + " " + px(places[i]) + "H" + px(name - 5) + "\"/>\n";
    out += svg_short_text("x=\"" + px(name) + "\" y=\"" + px(places[i] + 4) + "\" class=\"legend\"",
                          ends[i].name, width);
  }
  return out;
}

}  // namespace simclr
