#include <algorithm>
#include <cmath>
#include <map>

#include "report/gallery.hpp"

namespace simclr {
namespace {

constexpr size_t lanes = 16;

// Sums in lanes, so that the compiler may use vector registers without reordering any sum.
float dot(const float* a, const float* b, size_t width) {
  float sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= width; i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  float total = 0;
  for (; i < width; ++i) total += a[i] * b[i];
  for (const float sum : sums) total += sum;
  return total;
}

bool nearer(const Neighbour& a, const Neighbour& b) {
  return a.cosine > b.cosine || (a.cosine == b.cosine && a.row < b.row);
}

// `best` is a heap whose front is the farthest of those kept.
void offer(std::vector<Neighbour>& best, const Neighbour& candidate, size_t most) {
  if (best.size() == most) {
    if (!nearer(candidate, best.front())) return;
    std::pop_heap(best.begin(), best.end(), nearer);
    best.back() = candidate;
  } else {
    best.push_back(candidate);
  }
  std::push_heap(best.begin(), best.end(), nearer);
}

}  // namespace

std::vector<std::vector<Neighbour>> nearest_rows(std::span<const float> rows, size_t width,
                                                 std::span<const size_t> queries, size_t most) {
  std::vector<std::vector<Neighbour>> best(queries.size());
  if (width == 0 || most == 0) return best;
  std::vector<std::vector<float>> units;  // the queries, of length 1, each in cache
  for (const size_t query : queries) {
    const float* row = rows.data() + query * width;
    const float norm = std::sqrt(dot(row, row, width));
    units.emplace_back(row, row + width);
    for (float& value : units.back()) value = norm > 0 ? value / norm : norm;
  }
  for (size_t r = 0; r < rows.size() / width; ++r) {
    const float* row = rows.data() + r * width;
    const float squared = dot(row, row, width);
    if (!std::isfinite(squared)) continue;
    const float scale = squared > 0 ? 1 / std::sqrt(squared) : 0;
    for (size_t q = 0; q < queries.size(); ++q) {
      if (r == queries[q]) continue;
      const float cosine = dot(units[q].data(), row, width) * scale;
      if (std::isfinite(cosine)) offer(best[q], {r, cosine}, most);
    }
  }
  for (auto& found : best) std::sort(found.begin(), found.end(), nearer);
  return best;
}

std::vector<size_t> spread_queries(std::span<const std::string> labels, size_t most) {
  const size_t rows = labels.size(), count = std::min(most, rows);
  std::vector<size_t> queries;
  std::map<std::string, size_t> used;
  for (size_t q = 0; q < count; ++q) {
    const size_t begin = q * rows / count, end = (q + 1) * rows / count;
    size_t chosen = begin + (end - begin) / 2;
    for (size_t row = chosen; row < end && used[labels[chosen]] > 0; ++row)
      if (used[labels[row]] < used[labels[chosen]]) chosen = row;
    ++used[labels[chosen]];
    queries.push_back(chosen);
  }
  return queries;
}

}  // namespace simclr
