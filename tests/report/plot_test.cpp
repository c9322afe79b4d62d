#include "report/plot.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "report/drawing.hpp"
#include "report/line_ends.hpp"
#include "report/markup.hpp"

namespace simclr {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();

Series line(std::string name, std::vector<double> y, int style = 0) {
  Series series{std::move(name), {}, std::move(y), style, false};
  for (size_t i = 0; i < series.y.size(); ++i) series.x.push_back(static_cast<double>(i));
  return series;
}

std::string attribute(const std::string& svg, const std::string& element, const std::string& name) {
  const size_t at = svg.find(name + "=\"", svg.find(element)) + name.size() + 2;
  return svg.substr(at, svg.find('"', at) - at);
}

TEST(Plot, HasTitleUnitsTicksAndLegend) {
  const LinePlot plot{"Loss <of> a & b",
                      "step",
                      "nats",
                      {line("training", {6, 5, 4}), line("chance", {6.2, 6.2, 6.2}, 5)},
                      {0},
                      false};
  const std::string svg = draw(plot, {340, 230});
  EXPECT_EQ(markup_error(svg), "");
  for (const char* text :
       {">Loss &lt;of&gt; a &amp; b<", ">step<", ">nats<", ">training<", ">chance<", ">0<", ">6<"})
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  EXPECT_NE(svg.find("viewBox=\"0 0 340 230\""), std::string::npos);
}

TEST(Plot, DrawsEachPointWhereItsValueLies) {
  // y runs 0..10 with ticks at both ends, x 0..2: a straight line down through the middle.
  const std::string svg = draw(LinePlot{"t", "x", "y", {line("a", {0, 5, 10})}, {}, false}, {300, 200});
  const std::string path = attribute(svg, "<path class=\"line s0\"", " d");
  double x0, y0, x1, y1, x2, y2;
  ASSERT_EQ(std::sscanf(path.c_str(), "M%lf %lfL%lf %lfL%lf %lf", &x0, &y0, &x1, &y1, &x2, &y2), 6) << path;
  EXPECT_NEAR(x1, (x0 + x2) / 2, 0.11);
  EXPECT_NEAR(y1, (y0 + y2) / 2, 0.11);
  EXPECT_LT(y2, y0);
  EXPECT_NEAR(y0, 160, 0.11);  // 40 px for the axis below
}

TEST(Plot, MissingValuesLeaveGaps) {
  const std::string svg =
      draw(LinePlot{"t", "x", "y", {line("a", {1, 2, nan, 3, 2, nan, nan, 5})}, {}, false}, {300, 200});
  const std::string path = attribute(svg, "<path class=\"line s0\"", " d");
  EXPECT_EQ(count_of(path, "M"), 2U);       // two runs of more than one point
  EXPECT_EQ(count_of(svg, "<circle"), 5U);  // and the lonely last one is seen as a dot
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Plot, NoValuesAtAllSaysSo) {
  for (const auto& y : {std::vector<double>{}, std::vector<double>{nan, nan}}) {
    const std::string svg = draw(LinePlot{"t", "x", "y", {line("a", y)}, {}, false}, {300, 200});
    EXPECT_EQ(markup_error(svg), "");
    EXPECT_NE(svg.find("no values"), std::string::npos);
  }
}

TEST(Plot, ManyPointsStaySmallAndHideNoExtreme) {
  std::vector<double> y(200'000);
  for (size_t i = 0; i < y.size(); ++i) y[i] = 5 + std::sin(static_cast<double>(i) * 0.7);
  y[100'003] = 20;  // one spike among 200,000 steps
  const std::string svg = draw(LinePlot{"t", "x", "y", {line("a", y)}, {0}, false}, {340, 230});
  EXPECT_LT(svg.size(), 16'000U);
  EXPECT_EQ(markup_error(svg), "");
  const std::string band = attribute(svg, "<path class=\"band f0\"", " d");
  double top = 1e9;
  for (size_t at = band.find_first_of("ML"); at != std::string::npos; at = band.find_first_of("ML", at + 1)) {
    double x, py;
    ASSERT_EQ(std::sscanf(band.c_str() + at + 1, "%lf %lf", &x, &py), 2);
    top = std::min(top, py);
  }
  const std::string without = draw(LinePlot{"t", "x", "y", {line("a", {20, 20})}, {0}, false}, {340, 230});
  double x, expected;
  ASSERT_EQ(
      std::sscanf(attribute(without, "<path class=\"line s0\"", " d").c_str(), "M%lf %lf", &x, &expected), 2);
  EXPECT_NEAR(top, expected, 0.11);
}

TEST(Plot, LogarithmicLeavesOutWhatIsNotPositive) {
  const std::string svg =
      draw(LinePlot{"t", "x", "y", {line("a", {0.01, 0, -3, 1, 100})}, {}, true}, {300, 200});
  EXPECT_EQ(markup_error(svg), "");
  EXPECT_NE(svg.find(">100<"), std::string::npos);
  EXPECT_EQ(count_of(svg, "<circle"), 3U);
}

BarPlot bars() {
  BarPlot plot{"Accuracy", "labels a class", "accuracy, %", {"encoder", "pixels"}, {}};
  plot.groups.push_back({"kNN", "10", {{66.9, 65.3, 68.5, "encoder: 66.9"}, {64.7, 63, 66, "pixels: 64.7"}}});
  plot.groups.push_back({"kNN", "all", {{82.6, 82.6, 82.6, "encoder: 82.6"}, {}}});
  plot.groups.push_back({"linear", "10", {{70.5, nan, nan, ""}, {68.9, 67, 70, ""}}});
  return plot;
}

TEST(Plot, BarsHaveHeightsFromZeroErrorBarsAndSections) {
  const std::string svg = draw(bars(), {860, 330});
  EXPECT_EQ(markup_error(svg), "");
  EXPECT_EQ(count_of(svg, "<rect") - count_of(svg, "<g "), 5U);  // the missing one is not drawn
  EXPECT_EQ(count_of(svg, "class=\"whisker\""), 9U);  // three strokes each, only where there is a spread
  EXPECT_EQ(count_of(svg, ">kNN<"), 1U);
  EXPECT_EQ(count_of(svg, ">linear<"), 1U);
  EXPECT_NE(svg.find("<title>encoder: 66.9</title>"), std::string::npos);
  const size_t first = svg.find("<title>encoder: 66.9"), second = svg.find("<title>encoder: 82.6");
  const auto height = [&](size_t before) {
    const size_t at = svg.rfind("height=\"", before) + 8;
    return std::stod(svg.substr(at));
  };
  EXPECT_NEAR(height(first) / height(second), 66.9 / 82.6, 0.002);
}

TEST(Plot, AHeatMapIsFullestWhereItsValueIsHighest) {
  const HeatMap plot{"Angles", "\u00b0", {"copepod", "<diatom>"}, {20, 80, 80, nan}, 0, 80};
  const std::string svg = draw(plot, {340, 300});
  EXPECT_EQ(markup_error(svg), "");
  EXPECT_NE(svg.find("copepod and &lt;diatom&gt;: 80.0\u00b0"), std::string::npos);
  EXPECT_NE(svg.find(">80<"), std::string::npos);
  EXPECT_NE(svg.find("fill-opacity=\"0.60\""), std::string::npos);
  EXPECT_NE(svg.find("fill-opacity=\"0.18\""), std::string::npos);
  EXPECT_NE(svg.find("class=\"empty\""), std::string::npos);
  const std::string small = draw(
      HeatMap{"Many", "", std::vector<std::string>(60, "a"), std::vector<double>(3600, 1), 0, 1}, {340, 300});
  EXPECT_EQ(small.find(">1<"), std::string::npos);  // no room for values
  EXPECT_NE(draw(HeatMap{"None", "", {}, {}, 0, 1}, {340, 300}).find("no values"), std::string::npos);
}

double number_after(const std::string& text, size_t at, const std::string& before) {
  return std::stod(text.substr(text.find(before, at) + before.size()));
}

TEST(Plot, LongNamesOfAHeatMapAreShortenedAndTouchNothingElse) {
  const std::string longest = "living_appendicularia_fritillariidae_with_their_houses", other = "egg";
  for (const Canvas canvas : {Canvas{400, 400}, Canvas{300, 500}, Canvas{700, 300}}) {
    const std::string svg = draw(
        HeatMap{"Run", "°", {longest, other, longest + "_2"}, std::vector<double>(9, 60), 0, 90, "within"},
        canvas);
    EXPECT_EQ(markup_error(svg), "");
    EXPECT_EQ(count_of(svg, "<title>" + longest + "</title>"), 2U);  // whole under the pointer: row, column
    EXPECT_EQ(count_of(svg, "<title>egg</title>"), 0U);
    constexpr double letter = 7.4, slope = 0.7072;
    for (size_t at = svg.find("rotate(-45)"); at != std::string::npos; at = svg.find("rotate(-45)", at + 1)) {
      const size_t tag = svg.rfind("<text", at), close = svg.find("</text>", at);
      const size_t begin = std::max(svg.rfind("</title>", close) + 8, svg.find('>', at) + 1);
      const bool cut = svg.find("…", begin) < close;  // three bytes, one letter
      const double shown = static_cast<double>(close - begin - (cut ? 2 : 0)) * letter * slope;
      const double x = number_after(svg, tag, "translate("), y = number_after(svg, tag, px(x) + " ");
      EXPECT_GT(y - shown - 12, 31) << canvas.width;  // below the note's line
      EXPECT_LT(x + shown, canvas.width) << canvas.width;
    }
  }
}

TEST(Plot, ShortenedTextKeepsWholeLetters) {
  EXPECT_EQ(shortened("äöü", 1000), "äöü");
  EXPECT_EQ(shortened("äöüäöü", text_width("1234") + 1), "äöü…");
  EXPECT_EQ(shortened("abc", text_width("123") + 1), "abc");
  EXPECT_EQ(svg_short_text("x=\"1\"", "<&>", 99), "<text x=\"1\">&lt;&amp;&gt;</text>\n");
}

TEST(Plot, NamesAtTheEndsOfLinesAreMovedApart) {
  using Places = std::vector<double>;
  EXPECT_EQ(moved_apart({10, 50, 90}, 15, 0, 100), (Places{10, 50, 90}));
  EXPECT_EQ(moved_apart({50, 50, 52}, 15, 0, 100), (Places{50, 65, 80}));
  EXPECT_EQ(moved_apart({90, 95, 99}, 15, 0, 100), (Places{70, 85, 100}));
  EXPECT_EQ(moved_apart({-5, 1}, 15, 0, 100), (Places{0, 15}));
  EXPECT_EQ(moved_apart({}, 15, 0, 100), Places{});
}

TEST(Plot, LinesThatLieCloseStandBesideEachOtherWithTheirNamesAtTheirEnds) {
  LinePlot plot{"t", "labels", "y", {line("first", {5, 6, 7}, 0), line("second", {5, 6, 7}, 1)}, {}, false};
  plot.x_names = {"10", "100", "all"};
  for (Series& series : plot.series) {
    series.low = {4, 5, 6};
    series.high = {6, 7, 8};
  }
  plot.side_by_side = true;
  const std::string wide = draw(plot, {860, 360}), narrow = draw(plot, {340, 290});
  EXPECT_EQ(markup_error(wide), "");
  EXPECT_EQ(wide.find("class=\"band"), std::string::npos);
  EXPECT_EQ(count_of(wide, "class=\"interval"), 2U);
  double x[2], y[2];
  for (int i : {0, 1})
    ASSERT_EQ(std::sscanf(attribute(wide, "<path class=\"line s" + std::to_string(i) + "\"", " d").c_str(),
                          "M%lf %lf", &x[i], &y[i]),
              2);
  EXPECT_NEAR(x[1] - x[0], 5, 0.2);
  EXPECT_EQ(y[0], y[1]);
  const auto place = [](const std::string& svg, const std::string& name) {
    const size_t tag = svg.rfind("<text", svg.find(">" + name + "<"));
    return std::pair(number_after(svg, tag, " x=\""), number_after(svg, tag, " y=\""));
  };
  EXPECT_GT(place(wide, "first").first, x[1] + 500);  // beside the last points
  EXPECT_EQ(place(wide, "first").first, place(wide, "second").first);
  EXPECT_NEAR(place(wide, "second").second - place(wide, "first").second, 15, 0.2);
  EXPECT_EQ(place(narrow, "first").second, place(narrow, "second").second);  // a legend
}

TEST(Plot, StandaloneFileCarriesItsStyle) {
  const std::string svg = standalone(draw(bars(), {860, 330}), {860, 330});
  EXPECT_EQ(markup_error(svg), "");
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(svg.find("width=\"892\" height=\"362\" viewBox=\"-16 -16 892 362\""), std::string::npos);
}

TEST(Plot, CoordinatesAreShort) {
  EXPECT_EQ(px(12), "12");
  EXPECT_EQ(px(12.34), "12.3");
  EXPECT_EQ(px(-0.04), "0");
  EXPECT_EQ(px(-3.06), "-3.1");
  EXPECT_EQ(px(nan), "0");
}

TEST(Plot, NamedPlacesAreEvenlySpaced) {
  LinePlot plot{"t", "labels", "y", {line("a", {0, 5, 10})}, {}, false};
  plot.x_names = {"10", "100", "all"};
  const std::string svg = draw(plot, {400, 200});
  double x[3], y;
  const std::string path = attribute(svg, "<path class=\"line s0\"", " d");
  ASSERT_EQ(std::sscanf(path.c_str(), "M%lf %lfL%lf %lfL%lf %lf", &x[0], &y, &x[1], &y, &x[2], &y), 6)
      << path;
  EXPECT_NEAR(x[1] - x[0], x[2] - x[1], 0.11);
  for (const char* name : {">10<", ">100<", ">all<"})
    EXPECT_NE(svg.find("class=\"middle\"" + std::string(name)), std::string::npos) << name;
  EXPECT_EQ(markup_error(svg), "");
}

TEST(Plot, NamedPlacesThatWouldNotFitAreThinnedOut) {
  LinePlot plot{"t", "labels", "y", {line("a", std::vector<double>(40, 1))}, {}, false};
  for (int i = 0; i < 40; ++i) plot.x_names.push_back("name " + std::to_string(i));
  const std::string svg = draw(plot, {340, 200});
  EXPECT_LT(count_of(svg, ">name "), 10U);
  EXPECT_NE(svg.find(">name 0<"), std::string::npos);
}

// Two panels on one scale: a unit is as long across as up, and the same in both.
TEST(Plot, ScatterPanelsShareOneScaleOfEqualAspect) {
  const ScatterPlot plot{"t", {"a"}, {{"one", {0, 3}, {0, 1}, {0, 0}}, {"two", {0, 1}, {0, nan}, {0, 0}}}};
  const std::string svg = draw(plot, scatter_canvas(plot, 800));
  EXPECT_EQ(markup_error(svg), "");
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  const std::string path = attribute(svg, "<path class=\"mark k0\"", " d");
  double x0, y0, x1, y1;
  ASSERT_EQ(std::sscanf(path.c_str(), "M%lf %lf", &x0, &y0), 2) << path;
  ASSERT_EQ(std::sscanf(path.c_str() + path.find('M', 1), "M%lf %lf", &x1, &y1), 2) << path;
  EXPECT_NEAR((x1 - x0) / 3, y0 - y1, 0.11);  // up is up
  const size_t second = svg.find("<path class=\"mark k0\"", svg.find("<path class=\"mark k0\"") + 1);
  const std::string other = attribute(svg.substr(second), "<path", " d");
  EXPECT_EQ(count_of(other, "M"), 1U);  // a point without a place is not drawn
  double x2, y2;
  ASSERT_EQ(std::sscanf(other.c_str(), "M%lf %lf", &x2, &y2), 2);
  EXPECT_NEAR(y2, y0, 0.11);
}

TEST(Plot, ScatterLegendNamesTheGroupsThatHavePoints) {
  const ScatterPlot plot{"t", {"<used>", "empty"}, {{"p", {0, 1}, {0, 1}, {0, -1}}}};
  const std::string svg = draw(plot, scatter_canvas(plot, 400));
  EXPECT_EQ(markup_error(svg), "");
  EXPECT_NE(svg.find(">&lt;used&gt;</text>"), std::string::npos);
  EXPECT_EQ(svg.find("empty</text>"), std::string::npos);
  EXPECT_NE(svg.find("<path class=\"none\""), std::string::npos);
  for (const ScatterPlot& bare : {ScatterPlot{"t", {}, {}}, ScatterPlot{"t", {"a"}, {{"p", {}, {}, {}}}}})
    EXPECT_EQ(markup_error(draw(bare, scatter_canvas(bare, 400))), "");
}

}  // namespace
}  // namespace simclr
