#pragma once
// Plots as SVG: axes with units, round ticks, grid, legend; light and dark by prefers-color-scheme. Colours
// are Okabe and Ito's, told apart by dashes and shapes as well. Text is 12 px at 1:1.
// Missing values (NaN) leave gaps. A series with more points than pixels is drawn as its mean over each
// column of pixels, in a band from the least to the greatest value there: nothing is hidden, files stay
// small.

#include <limits>
#include <string>
#include <vector>

namespace simclr {

struct Series {
  std::string name;
  std::vector<double> x, y;                 // x rising
  int style = 0;                            // colour and dash, 0 to 5
  bool thin = false;                        // a reference (chance, floor): thin and dotted
  std::vector<double> low = {}, high = {};  // one an x where given: drawn as a band around y
};

struct LinePlot {
  std::string title, x_label, y_label;
  std::vector<Series> series;
  std::vector<double> include;            // values the y axis must show, such as 0
  bool logarithmic = false;               // the y axis
  std::vector<std::string> x_names = {};  // not empty: x = 0, 1, ... are called so, evenly spaced
  // With x_names, lines that lie close: moved beside each other by a few pixels, intervals as bars instead of
  // bands, and, where the canvas is wide, names at the ends of the lines.
  bool side_by_side = false;
  bool x_logarithmic = false;  // all x above 0
};

struct Bar {  // NaN value: no bar
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = value, high = value;  // error bar, where they differ from the value
  std::string text;                  // what a pointer resting on it shows
};

struct BarGroup {
  std::string section, label;  // neighbours of one section share its name under the axis
  std::vector<Bar> bars;       // one a series
};

struct BarPlot {
  std::string title, x_label, y_label;
  std::vector<std::string> series;
  std::vector<BarGroup> groups;
};

struct HeatMap {                    // a square table, such as angles between classes
  std::string title, unit;          // unit after each value, such as " degrees"
  std::vector<std::string> labels;  // of rows and columns alike
  std::vector<double> values;       // [labels, labels]; NaN: an empty cell
  double low = 0, high = 1;         // palest and fullest
  std::string note = {};            // under the title
  int decimals = 0;                 // of the values in the cells
};

struct RowBar {
  std::string label;
  double value = std::numeric_limits<double>::quiet_NaN();  // at least 0; NaN: no bar
  double low = value, high = value;                         // error bar, where they differ from the value
  bool pale = false;                                        // told apart from the rest
};

struct RowPlot {  // horizontal bars, for more and longer names than fit under an axis
  std::string title, x_label;
  std::vector<RowBar> rows;  // from the top
  std::string pale_name;     // what pale rows are, for the legend; "" for none
};

struct ScatterPanel {  // points of one set; y points up
  std::string title;
  std::vector<double> x, y;  // NaN: no point
  std::vector<int> group;    // of each point; -1: none
  int scale = 0;             // panels of one number share a scale, so that places can be compared
};

struct ScatterPlot {
  std::string title;
  std::vector<std::string> groups;  // marks by report/marks.hpp; the legend names those that have points
  std::vector<ScatterPanel> panels;
  size_t columns = 0;  // of panels; 0: as many as fit
};

struct Canvas {
  int width = 340, height = 230;
};

std::string draw(const LinePlot& plot, Canvas canvas);  // an <svg> element, styled by plot_style()
std::string draw(const BarPlot& plot, Canvas canvas);
// Cells as large as the canvas allows, values in them where there is room, else under the pointer alone.
std::string draw(const HeatMap& plot, Canvas canvas);
// Panels of equal aspect beside each other, frames without ticks: places of a map have no unit.
std::string draw(const ScatterPlot& plot, Canvas canvas);
std::string draw(const RowPlot& plot, Canvas canvas);
Canvas row_canvas(const RowPlot& plot, int width);          // as high as its rows need
Canvas scatter_canvas(const ScatterPlot& plot, int width);  // as high as its panels and legend need
std::string plot_style();                                   // CSS for the page that holds them
std::string standalone(const std::string& svg,
                       Canvas canvas);  // a file of its own: style and background inside

}  // namespace simclr
