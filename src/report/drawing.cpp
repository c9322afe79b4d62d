#include "report/drawing.hpp"

#include <algorithm>
#include <cmath>

#include "report/html.hpp"

namespace simclr {
namespace {

constexpr int margin = 16;      // around a plot that is a file of its own
constexpr double letter = 7.4;  // a generous mean width of 12 px text: fonts differ, DejaVu Sans is wide
constexpr double kTitle = 1.1;  // how much wider a title is

size_t letters(std::string_view text) {  // code points
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

constexpr const char* light_and_dark = R"(
.plot{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.plot text{fill:#59636e;font-variant-numeric:tabular-nums}
.plot .title{fill:#1c2126;font-weight:600;font-size:13px}
.plot .legend,.plot .value{fill:#1c2126}
.plot .value{font-size:11px}
.plot .middle{text-anchor:middle}
.plot .end{text-anchor:end}
.plot .grid{stroke:#e4e8eb;stroke-width:1}
.plot .axis,.plot .whisker{stroke:#59636e;stroke-width:1}
.plot .whisker{stroke:#1c2126;stroke-width:1.3}
.plot .paper{fill:#fff}
.plot .line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.plot .thin{stroke-width:1.4;stroke-dasharray:1.5 4}
.plot .thin.s5{stroke-dasharray:7 4}
.plot .band{stroke:none;fill-opacity:.2}
.plot .interval{fill-opacity:.55}
.plot .s0{stroke:#0072b2}.plot .f0{fill:#0072b2}
.plot .s1{stroke:#d55e00}.plot .f1{fill:#d55e00}
.plot .s2{stroke:#009e73}.plot .f2{fill:#009e73}
.plot .s3{stroke:#a8487c}.plot .f3{fill:#a8487c}
.plot .s4{stroke:#8a6d00}.plot .f4{fill:#8a6d00}
.plot .s5{stroke:#59636e}.plot .f5{fill:#59636e}
.plot .s1:not(.thin):not(.bar){stroke-dasharray:7 4}
.plot .s2:not(.thin):not(.bar){stroke-dasharray:2.5 4}
.plot .s3:not(.thin):not(.bar){stroke-dasharray:9 4 2 4}
.plot .k0{fill:#0072b2}.plot .k1{fill:#d55e00}.plot .k2{fill:#009e73}.plot .k3{fill:#b5489b}.plot .k4{fill:#a67c00}
.plot .k5{fill:#2aa5dc}.plot .k6{fill:#6a4fc3}.plot .k7{fill:#c4243f}.plot .k8{fill:#7a4a21}.plot .k9{fill:#6b8e23}
.plot .mark{fill-opacity:.8}
.plot .none{fill:#aab3bb}
.plot .frame{fill:none;stroke:#dfe4e8}
.plot .empty{fill:none;stroke:#dfe4e8}
.plot .bar{stroke-width:1.4}
.plot .bar.s1{fill-opacity:.35}
.plot .bar.s2{fill-opacity:.06;stroke-dasharray:3 2.5}
@media screen and (prefers-color-scheme:dark){
.plot text{fill:#9aa5b0}
.plot .title,.plot .legend,.plot .value{fill:#e6eaee}
.plot .grid{stroke:#2a3138}
.plot .axis{stroke:#9aa5b0}
.plot .whisker{stroke:#e6eaee}
.plot .paper{fill:#14181c}
.plot .s0{stroke:#56b4e9}.plot .f0{fill:#56b4e9}
.plot .s1{stroke:#e69f00}.plot .f1{fill:#e69f00}
.plot .s2{stroke:#2fc39a}.plot .f2{fill:#2fc39a}
.plot .s3{stroke:#cc79a7}.plot .f3{fill:#cc79a7}
.plot .s4{stroke:#f0e442}.plot .f4{fill:#f0e442}
.plot .s5{stroke:#9aa5b0}.plot .f5{fill:#9aa5b0}
.plot .k0{fill:#56a7e9}.plot .k1{fill:#f5833b}.plot .k2{fill:#2fc39a}.plot .k3{fill:#e884cf}.plot .k4{fill:#f0c93a}
.plot .k5{fill:#a5e3ff}.plot .k6{fill:#a593ff}.plot .k7{fill:#ff6b7d}.plot .k8{fill:#c79a6b}.plot .k9{fill:#a9c94f}
.plot .none{fill:#59636e}
.plot .frame,.plot .empty{stroke:#2c343b}
}
)";

}  // namespace

std::string px(double value) {
  if (!std::isfinite(value)) value = 0;
  const auto tenths = static_cast<long>(std::lround(std::clamp(value, -1e6, 1e6) * 10));
  std::string text = tenths < 0 ? "-" : "";
  text += std::to_string(std::labs(tenths) / 10);
  if (tenths % 10 != 0) text.append(".").append(std::to_string(std::labs(tenths) % 10));
  return text;
}

std::string svg_text(double x, double y, std::string_view css_class, std::string_view text) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" class=\"" + std::string(css_class) + "\">" +
         escape(text) + "</text>\n";
}

std::string shortened(const std::string& text, double width) {
  const auto most = static_cast<size_t>(std::max(2.0, width / letter));
  if (letters(text) <= most) return text;
  size_t end = 0;
  for (size_t taken = 0; taken < most; ++end)  // up to where the next code point begins
    taken += (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 ? 1 : 0;
  return text.substr(0, end - 1) + "…";
}

std::string svg_short_text(const std::string& place, const std::string& text, double width) {
  const std::string shown = shortened(text, width);
  return "<text " + place + ">" + (shown == text ? "" : "<title>" + escape(text) + "</title>") +
         escape(shown) + "</text>\n";
}

double text_width(std::string_view text) {
  return letter * static_cast<double>(letters(text));
}

std::string svg_line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) +
         "\" class=\"" + std::string(css_class) + "\"/>\n";
}

std::string heading(const std::string& title, const std::string& y_label,
                    const std::vector<LegendEntry>& legend, int width, double& top) {
  std::string out = svg_short_text("x=\"0\" y=\"13\" class=\"title\"", title, width / kTitle);
  double x = 0, y = 31;
  for (const LegendEntry& entry : legend) {
    const double needs = 28 + letter * static_cast<double>(letters(entry.name)) + 14;
    if (x > 0 && x + needs > width + 14) {
      x = 0;
      y += 17;
    }
    out += "<g transform=\"translate(" + px(x) + " " + px(y - 10) + ")\">" + entry.mark + "</g>\n";
    out += svg_text(x + 28, y, "legend", entry.name);
    x += needs;
  }
  if (!legend.empty()) y += 18;
  if (!y_label.empty()) {
    out += svg_text(0, y, "", y_label);
    y += 8;
  }
  top = y + 6;
  return out;
}

double label_width(const std::vector<Tick>& ticks) {
  size_t most = 1;
  for (const Tick& tick : ticks) most = std::max(most, letters(tick.label));
  return letter * static_cast<double>(most) + 9;
}

std::string y_grid(const Axis& axis, const Frame& frame) {
  std::string out;
  for (const Tick& tick : axis.ticks()) {
    const double y = axis.pixel(tick.value);
    out += svg_line(frame.left, y, frame.right, y, "grid");
    out += svg_text(frame.left - 7, y + 4, "end", tick.label);
  }
  return out;
}

std::string open_svg(const Canvas& canvas, const std::string& title, const std::string& description) {
  const std::string label = escape(description.empty() ? title : title + ": " + description);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 " +
         std::to_string(canvas.width) + " " + std::to_string(canvas.height) +
         "\" role=\"img\" aria-label=\"" + label + "\">\n";
}

std::string plot_style() {
  return light_and_dark;
}

std::string standalone(const std::string& svg, Canvas canvas) {
  const size_t view = svg.find("viewBox="), role = svg.find(" role="), body = svg.find('>') + 1;
  const std::string width = std::to_string(canvas.width + 2 * margin);
  const std::string height = std::to_string(canvas.height + 2 * margin);
  const std::string corner = std::to_string(-margin);
  return svg.substr(0, view) + "width=\"" + width + "\" height=\"" + height + "\" viewBox=\"" + corner + " " +
         corner + " " + width + " " + height + "\"" + svg.substr(role, body - role) + "\n<style>" +
         light_and_dark + "</style>\n<rect class=\"paper\" x=\"" + corner + "\" y=\"" + corner +
         "\" width=\"100%\" height=\"100%\"/>\n" + svg.substr(body);
}

}  // namespace simclr
