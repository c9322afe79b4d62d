#pragma once
// Marks of scatter plots: a colour and a shape a group, so that 100 groups stay apart, also to the
// colour-blind. Neighbours in the order of groups differ in both.

#include <cstddef>
#include <string>

namespace simclr {

constexpr size_t marks_apart = 100;  // from here on they repeat

// "k3": the colour's class in plot_style(). Ten colours, each readable on light and on dark paper.
std::string mark_class(size_t group);

// SVG path data of the shape about the current point, in relative steps: "m-2 -2h4v4h-4z" draws a square
// when the text before it moved to the centre. All ten have about the same area; holes are wound backwards,
// so that the path is filled alike by both fill rules. `radius`: of the circle, in pixels.
std::string mark_path(size_t group, double radius);

}  // namespace simclr
