#include "report/marks.hpp"

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

namespace simclr {
namespace {

constexpr size_t colours = 10, shapes = 10;

struct Spot {
  double x = 0, y = 0;
};
using Outline = std::vector<Spot>;  // closed

std::string hundredths(double value) {
  const auto whole = std::lround(value * 100);
  std::string text = whole < 0 ? "-" : "";
  text += std::to_string(std::labs(whole) / 100);
  const long rest = std::labs(whole) % 100;
  if (rest == 0) return text;
  text += rest < 10 ? ".0" : ".";
  return text + std::to_string(rest % 10 == 0 ? rest / 10 : rest);
}

Outline regular(int corners, double radius, double first_degrees) {
  Outline out;
  for (int i = 0; i < corners; ++i) {
    const double angle = (first_degrees + 360.0 * i / corners) * std::numbers::pi / 180;
    out.push_back({radius * std::cos(angle), radius * std::sin(angle)});
  }
  return out;
}

Outline star(double outer, double inner) {
  const Outline tips = regular(5, outer, -90), dents = regular(5, inner, -54);
  Outline out;
  for (size_t i = 0; i < 5; ++i) {
    out.push_back(tips[i]);
    out.push_back(dents[i]);
  }
  return out;
}

Outline plus(double arm, double half) {
  return {{-half, -arm}, {half, -arm}, {half, -half}, {arm, -half}, {arm, half},   {half, half},
          {half, arm},   {-half, arm}, {-half, half}, {-arm, half}, {-arm, -half}, {-half, -half}};
}

Outline turned(const Outline& outline, double degrees) {
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  Outline out;
  for (const Spot& spot : outline) out.push_back({c * spot.x - s * spot.y, s * spot.x + c * spot.y});
  return out;
}

Outline backwards(const Outline& outline) {
  return {outline.rbegin(), outline.rend()};
}

// From the centre, and back to it.
std::string steps(const std::vector<Outline>& outlines, double radius) {
  std::string path;
  for (const Outline& outline : outlines) {
    const Spot start{outline[0].x * radius, outline[0].y * radius};
    path += "m" + hundredths(start.x) + " " + hundredths(start.y) + "l";
    for (size_t i = 1; i < outline.size(); ++i)
      path += (i > 1 ? " " : "") + hundredths((outline[i].x - outline[i - 1].x) * radius) + " " +
              hundredths((outline[i].y - outline[i - 1].y) * radius);
    path += "z";
    if (&outline != &outlines.back()) path += "m" + hundredths(-start.x) + " " + hundredths(-start.y);
  }
  return path;
}

std::string circle(double radius) {
  const std::string r = hundredths(radius), d = hundredths(2 * radius);
  return "m-" + r + " 0a" + r + " " + r + " 0 1 1 " + d + " 0a" + r + " " + r + " 0 1 1 -" + d + " 0z";
}

std::vector<Outline> outlines_of(size_t shape) {
  switch (shape) {
    case 1:
      return {regular(4, 1.26, 45)};  // square
    case 2:
      return {regular(3, 1.5, -90)};  // triangle
    case 3:
      return {regular(4, 1.34, 0)};  // diamond
    case 4:
      return {regular(3, 1.5, 90)};  // triangle on its tip
    case 5:
      return {plus(1.35, 0.4)};
    case 6:
      return {regular(24, 1.25, 0), backwards(regular(24, 0.68, 0))};  // ring
    case 7:
      return {star(1.55, 0.66)};
    case 8:
      return {turned(plus(1.4, 0.4), 45)};  // cross
    default:
      return {regular(4, 1.6, 45), backwards(regular(4, 0.88, 45))};  // frame
  }
}

}  // namespace

std::string mark_class(size_t group) {
  return "k" + std::to_string(group % colours);
}

std::string mark_path(size_t group, double radius) {
  const size_t shape = (group + group / colours) % shapes;  // a Latin square: no pair twice in 100
  return shape == 0 ? circle(radius) : steps(outlines_of(shape), radius);
}

}  // namespace simclr
