#include "eval/class_gallery.hpp"

#include <algorithm>
#include <utility>

namespace simclr {
namespace {

std::vector<double> class_centre(const Table& table, const std::vector<uint32_t>& members) {
  std::vector<double> centre(table.width);
  for (const uint32_t member : members) {
    const auto row = table.row(member);
    const double inverse = inverse_norm(row);
    for (size_t j = 0; j < table.width; ++j) centre[j] += static_cast<double>(row[j]) * inverse;
  }
  return centre;  // its length changes no order
}

std::vector<double> cosines_with(const std::vector<double>& centre, const Table& table) {
  std::vector<double> cosines(table.rows);
  for (size_t i = 0; i < table.rows; ++i) {
    const auto row = table.row(i);
    double product = 0;
    for (size_t j = 0; j < table.width; ++j) product += static_cast<double>(row[j]) * centre[j];
    cosines[i] = product * inverse_norm(row);
  }
  return cosines;
}

// The first `each` of `rows` by the key, smallest first; equal ones by lower row.
template <class Key>
std::vector<uint32_t> first_by(std::vector<uint32_t> rows, size_t each, const Key& key) {
  const size_t count = std::min(each, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                    [&](uint32_t a, uint32_t b) { return std::pair(key(a), a) < std::pair(key(b), b); });
  rows.resize(count);
  return rows;
}

}  // namespace

std::vector<ClassGallery> class_galleries(const Table& table, Labels labels, size_t classes, size_t each) {
  check_table(table, "table");
  check_labels(labels, table.rows, classes, "table");
  std::vector<ClassGallery> galleries;
  const auto members_of = rows_by_class(labels, classes);
  for (size_t c = 0; c < classes; ++c) {
    const auto& members = members_of[c];
    if (members.empty()) {
      galleries.emplace_back();
      continue;
    }
    const std::vector<double> cosine = cosines_with(class_centre(table, members), table);
    std::vector<uint32_t> others;
    for (uint32_t i = 0; i < table.rows; ++i)
      if (labels[i] != static_cast<int32_t>(c)) others.push_back(i);
    const auto near = [&](uint32_t i) { return -cosine[i]; };
    const auto far = [&](uint32_t i) { return cosine[i]; };
    galleries.push_back(
        {first_by(members, each, near), first_by(members, each, far), first_by(others, each, near)});
  }
  return galleries;
}

}  // namespace simclr
