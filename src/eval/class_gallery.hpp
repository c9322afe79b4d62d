#pragma once
// The pictures that show what an embedding makes of a class: those nearest to its centre, its own farthest
// from it, and the nearest of other classes.

#include <vector>

#include "eval/table.hpp"

namespace simclr {

struct ClassGallery {
  std::vector<uint32_t> nearest, farthest;  // of the class: from the centre outwards, and inwards
  std::vector<uint32_t> strangers;          // of other classes, nearest first
};

// One a class, at most `each` rows in a list; a class without rows has empty lists. The centre is the mean of
// the class's unit rows, nearness the cosine with it; equal ones by lower row. Cost 2 * rows * width *
// classes flop. Errors as of class_angles.
std::vector<ClassGallery> class_galleries(const Table& table, Labels labels, size_t classes, size_t each = 5);

}  // namespace simclr
