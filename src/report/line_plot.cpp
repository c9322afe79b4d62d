#include <algorithm>
#include <cmath>
#include <limits>

#include "report/axis.hpp"
#include "report/drawing.hpp"
#include "report/html.hpp"
#include "report/line_ends.hpp"
#include "report/plot.hpp"

namespace simclr {
namespace {

constexpr double column_pixels = 2;
constexpr size_t most_markers = 40;
constexpr double right_margin = 14;
constexpr double most_shift = 5, shifted = 0.6;              // of a line; of a place, by all lines
constexpr double room_for_ends = 600, most_for_ends = 0.22;  // canvas with names at the ends of lines

struct Span {
  double lo = std::numeric_limits<double>::infinity(), hi = -std::numeric_limits<double>::infinity();
  void take(double value) {
    if (!std::isfinite(value)) return;
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
  bool empty() const { return lo > hi; }
};

struct Point {  // x in pixels; NaN mean: a gap
  double x = 0, mean = 0, least = 0, most = 0;
};

bool usable(double value, bool logarithmic) {
  return std::isfinite(value) && (!logarithmic || value > 0);
}

// The end of a band at point i; that of one seed, which has none, is the point itself.
double within(const std::vector<double>& ends, size_t i, double y) {
  return i < ends.size() && std::isfinite(ends[i]) ? ends[i] : y;
}

std::vector<Point> as_points(const Series& series, const Axis& x, double shift, bool logarithmic) {
  std::vector<Point> points;
  const size_t count = std::min(series.x.size(), series.y.size());
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(series.x[i])) continue;
    const double y =
        usable(series.y[i], logarithmic) ? series.y[i] : std::numeric_limits<double>::quiet_NaN();
    points.push_back({x.pixel(series.x[i]) + shift, y, within(series.low, i, y), within(series.high, i, y)});
  }
  return points;
}

// One point a column of pixels; a column without any value stays as a gap.
std::vector<Point> by_column(const std::vector<Point>& points, const Frame& frame) {
  const double last = std::floor((frame.right - frame.left) / column_pixels) - 1;
  const auto column_of = [&](const Point& point) {  // what lies on the right edge belongs to the last one
    return std::clamp(std::floor((point.x - frame.left) / column_pixels), 0.0, last);
  };
  std::vector<Point> columns;
  for (size_t i = 0; i < points.size();) {
    const double column = column_of(points[i]);
    Span span;
    double sum = 0, count = 0;
    for (; i < points.size() && column_of(points[i]) == column; ++i) {
      if (std::isnan(points[i].mean)) continue;
      span.take(points[i].least);
      span.take(points[i].most);
      sum += points[i].mean;
      ++count;
    }
    const double mean = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
    columns.push_back({frame.left + (column + 0.5) * column_pixels, mean, span.lo, span.hi});
  }
  return columns;
}

void add_point(std::string& path, char command, double x, double y) {
  path += command;
  path += px(x);
  path += ' ';
  path += px(y);
}

// The runs of points between gaps.
std::vector<std::vector<Point>> runs_of(const std::vector<Point>& points) {
  std::vector<std::vector<Point>> runs(1);
  for (const Point& point : points) {
    if (!std::isnan(point.mean))
      runs.back().push_back(point);
    else if (!runs.back().empty())
      runs.emplace_back();
  }
  if (runs.back().empty()) runs.pop_back();
  return runs;
}

std::string line_path(const std::vector<Point>& run, const Axis& y) {
  std::string path;
  add_point(path, 'M', run[0].x, y.pixel(run[0].mean));
  for (size_t i = 1; i < run.size(); ++i) {
    const bool flat = i + 1 < run.size() && run[i - 1].mean == run[i].mean && run[i].mean == run[i + 1].mean;
    if (!flat) add_point(path, 'L', run[i].x, y.pixel(run[i].mean));
  }
  return path;
}

std::string band_path(const std::vector<Point>& run, const Axis& y) {
  if (std::all_of(run.begin(), run.end(), [](const Point& p) { return p.least == p.most; })) return "";
  std::string path;
  for (const Point& p : run) add_point(path, path.empty() ? 'M' : 'L', p.x, y.pixel(p.most));
  for (auto p = run.rbegin(); p != run.rend(); ++p) add_point(path, 'L', p->x, y.pixel(p->least));
  path += 'Z';
  return path;
}

std::string bars_path(const std::vector<Point>& run, const Axis& y) {
  std::string path;
  for (const Point& p : run) {
    if (p.least == p.most) continue;
    add_point(path, 'M', p.x - 0.8, y.pixel(p.most));
    path += "h1.6V" + px(y.pixel(p.least)) + "h-1.6Z";
  }
  return path;
}

struct Drawing {  // what all series of a plot share
  const LinePlot& plot;
  const Axis &x, &y;
  const Frame& frame;
};

// So that lines at the same place stand beside each other.
double shift_of(const LinePlot& plot, size_t number, const Frame& frame) {
  if (!plot.side_by_side || plot.x_names.empty()) return 0;
  const auto lines = static_cast<double>(plot.series.size());
  const double place = (frame.right - frame.left) / static_cast<double>(plot.x_names.size());
  return (static_cast<double>(number) - (lines - 1) / 2) * std::min(most_shift, shifted * place / lines);
}

std::string line_class(const Series& series) {
  return "line s" + std::to_string(series.style % 6) + (series.thin ? " thin" : "");
}

std::string draw_series(size_t number, const Drawing& at) {
  const Series& series = at.plot.series[number];
  const double shift = shift_of(at.plot, number, at.frame);
  std::vector<Point> points = as_points(series, at.x, shift, at.plot.logarithmic);
  const bool thinned = static_cast<double>(points.size()) > (at.frame.right - at.frame.left) / column_pixels;
  if (thinned) points = by_column(points, at.frame);
  const std::string style = std::to_string(series.style % 6);
  std::string bands, lines, dots;
  for (const auto& run : runs_of(points)) {
    bands += at.plot.side_by_side ? bars_path(run, at.y) : band_path(run, at.y);
    if (run.size() > 1) lines += line_path(run, at.y);
    if (series.thin || (points.size() > most_markers && run.size() > 1)) continue;
    for (const Point& p : run)
      dots += "<circle cx=\"" + px(p.x) + "\" cy=\"" + px(at.y.pixel(p.mean)) + "\" r=\"2.6\" class=\"f" +
              style + "\"/>\n";
  }
  std::string out;
  if (!bands.empty())
    out += std::string("<path class=\"") + (at.plot.side_by_side ? "interval" : "band") + " f" + style +
           "\" d=\"" + bands + "\"/>\n";
  if (!lines.empty()) out += "<path class=\"" + line_class(series) + "\" d=\"" + lines + "\"/>\n";
  return out + dots;
}

std::string draw_ends(const Drawing& at, double width) {
  std::vector<LineEnd> ends;
  for (size_t i = 0; i < at.plot.series.size(); ++i) {
    const auto points =
        as_points(at.plot.series[i], at.x, shift_of(at.plot, i, at.frame), at.plot.logarithmic);
    const auto last =
        std::find_if(points.rbegin(), points.rend(), [](const Point& p) { return !std::isnan(p.mean); });
    if (last == points.rend()) continue;
    ends.push_back({at.plot.series[i].name, line_class(at.plot.series[i]), last->x, at.y.pixel(last->mean)});
  }
  return draw_line_ends(std::move(ends), at.frame, width);
}

// Width of the names at the ends of lines; 0: they stand in a legend.
double ends_width(const LinePlot& plot, const Canvas& canvas) {
  double widest = 0;
  if (!plot.side_by_side || plot.series.size() < 2 || canvas.width < room_for_ends) return 0;
  for (const Series& series : plot.series) widest = std::max(widest, text_width(series.name));
  return std::min(widest, most_for_ends * canvas.width);
}

std::vector<LegendEntry> legend_of(const LinePlot& plot) {
  std::vector<LegendEntry> entries;
  if (plot.series.size() < 2) return entries;
  for (const Series& series : plot.series)
    entries.push_back({series.name, "<path class=\"" + line_class(series) + "\" d=\"M0 6H22\"/>"});
  return entries;
}

struct Extent {
  Span x, y;
};

Extent extent_of(const LinePlot& plot) {
  Extent extent;
  for (const Series& series : plot.series) {
    for (size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
      if (!usable(series.y[i], plot.logarithmic)) continue;
      extent.x.take(series.x[i]);
      extent.y.take(series.y[i]);
      if (i < series.low.size()) extent.y.take(series.low[i]);
      if (i < series.high.size()) extent.y.take(series.high[i]);
    }
  }
  for (const double value : plot.include) extent.y.take(value);
  return extent;
}

std::string x_axis(const Axis& axis, const Frame& frame, const std::string& label) {
  std::string out = svg_line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  for (const Tick& tick : axis.ticks()) {
    const double x = axis.pixel(tick.value);
    out += svg_line(x, frame.bottom, x, frame.bottom + 4, "axis");
    const double overhang = x + text_width(tick.label) / 2 - (frame.right + right_margin);
    out += overhang > 0 ? svg_text(frame.right + right_margin, frame.bottom + 17, "end", tick.label)
                        : svg_text(x, frame.bottom + 17, "middle", tick.label);
  }
  return out + svg_text((frame.left + frame.right) / 2, frame.bottom + 33, "middle", label);
}

// Named places: every n-th name where all would not fit.
std::string named_axis(const Axis& axis, const Frame& frame, const LinePlot& plot) {
  std::string out = svg_line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  double widest = 0;
  for (const auto& name : plot.x_names) widest = std::max(widest, text_width(name) + 8);
  const double apart = (frame.right - frame.left) / static_cast<double>(plot.x_names.size());
  const auto every = static_cast<size_t>(std::max(1.0, std::ceil(widest / apart)));
  for (size_t i = 0; i < plot.x_names.size(); ++i) {
    const double x = axis.pixel(static_cast<double>(i));
    out += svg_line(x, frame.bottom, x, frame.bottom + 4, "axis");
    if (i % every == 0) out += svg_text(x, frame.bottom + 17, "middle", plot.x_names[i]);
  }
  return out + svg_text((frame.left + frame.right) / 2, frame.bottom + 33, "middle", plot.x_label);
}

}  // namespace

std::string draw(const LinePlot& plot, Canvas canvas) {
  std::string out = open_svg(canvas, plot.title, plot.y_label + " by " + plot.x_label);
  Frame frame;
  const double ends = ends_width(plot, canvas);
  const auto legend = ends > 0 ? std::vector<LegendEntry>() : legend_of(plot);
  out += heading(plot.title, plot.y_label, legend, canvas.width, frame.top);
  const Extent extent = extent_of(plot);
  if (extent.x.empty() || extent.y.empty())
    return out + svg_text(canvas.width / 2.0, canvas.height / 2.0, "middle", "no values") + "</svg>\n";
  frame.bottom = canvas.height - 40;
  frame.right = canvas.width - (ends > 0 ? line_ends_room + ends : right_margin);
  const int y_ticks = std::max(3, static_cast<int>((frame.bottom - frame.top) / 26));
  const Axis y(extent.y.lo, extent.y.hi, frame.bottom, frame.top, y_ticks, true,
               plot.logarithmic ? Scaling::logarithmic : Scaling::linear);
  frame.left = label_width(y.ticks());
  const int x_ticks = std::max(
      2, static_cast<int>((frame.right - frame.left) / (30 + text_width(significant(extent.x.hi, 4)))));
  const bool named = !plot.x_names.empty();  // then half a place of room at both ends
  const Axis x = named ? Axis(-0.5, static_cast<double>(plot.x_names.size()) - 0.5, frame.left, frame.right,
                              x_ticks, false)
                       : Axis(extent.x.lo, extent.x.hi, frame.left, frame.right, x_ticks, false,
                              plot.x_logarithmic ? Scaling::logarithmic : Scaling::linear);
  out += y_grid(y, frame) + (named ? named_axis(x, frame, plot) : x_axis(x, frame, plot.x_label));
  const Drawing drawing{plot, x, y, frame};
  for (size_t i = 0; i < plot.series.size(); ++i) out += draw_series(i, drawing);
  return out + (ends > 0 ? draw_ends(drawing, ends) : "") + "</svg>\n";
}

}  // namespace simclr
