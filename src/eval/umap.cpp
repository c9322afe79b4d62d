#include "eval/umap.hpp"

#define EIGEN_DONT_PARALLELIZE  // its sums would depend on the number of threads
#define UMAPPP_NO_PARALLEL_OPTIMIZATION
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <umappp/umappp.hpp>

#include "base/error.hpp"
#include "base/random.hpp"

namespace simclr {
namespace {

using Real = float;                                 // of the descent
using Graph = umappp::NeighborList<int32_t, Real>;  // of each row: (row, distance or membership)
constexpr double kExtent = 10, kJitter = 1e-4;      // of the start, as in umap-learn
constexpr uint8_t kJitterSlot = 0, kScatterSlot = 1, kPlaneSlot = 2;  // streams of random numbers
constexpr size_t kFewestForEigenvectors = 4;

void check_settings(const UmapSettings& settings) {
  if (settings.neighbours < 2)
    throw Error(Exit::setting, "UMAP's neighbours are " + std::to_string(settings.neighbours) + ".",
                "Give 2 or more; 15 is usual. The row itself counts as one.");
  if (!(settings.min_dist >= 0 && settings.min_dist <= 1))
    throw Error(Exit::setting, "UMAP's min_dist is " + std::to_string(settings.min_dist) + ".",
                "Give 0 to 1; 0.1 is usual.");
  if (settings.epochs < 0)
    throw Error(Exit::setting, "UMAP's epochs are " + std::to_string(settings.epochs) + ".",
                "Give 1 or more, or 0 for as many as suit the number of rows.");
}

// Memberships depend on the ratios of distances alone: in units of the largest, none overflows a float.
Graph graph_of(const NearestRows& nearest, size_t queries, bool queries_are_bank, size_t most) {
  double largest = 0;
  for (const double distance : nearest.distance) largest = std::max(largest, distance);
  const double scale = largest > 0 ? 1 / largest : 0;
  Graph graph(queries);
  for (size_t i = 0; i < queries; ++i)
    for (size_t j = 0; j < nearest.k && graph[i].size() < most; ++j) {
      const int32_t row = nearest.index[i * nearest.k + j];
      if (queries_are_bank && static_cast<size_t>(row) == i) continue;
      const double distance = std::max(nearest.distance[i * nearest.k + j], 0.0);
      graph[i].emplace_back(row, static_cast<Real>(distance * scale));
    }
  return graph;
}

Graph graph_within(const Table& table, const UmapSettings& settings) {
  const size_t others = std::min(settings.neighbours - 1, table.rows - 1);
  return graph_of(nearest_rows(table, table, others + 1, settings.metric), table.rows, true, others);
}

// The part each row is in, numbered by their first rows.
std::vector<size_t> parts_of(const Graph& symmetric, size_t& count) {
  constexpr auto none = std::numeric_limits<size_t>::max();
  std::vector<size_t> part(symmetric.size(), none), open;
  count = 0;
  for (size_t first = 0; first < symmetric.size(); ++first) {
    if (part[first] != none) continue;
    part[first] = count;
    open.assign(1, first);
    while (!open.empty()) {
      const size_t row = open.back();
      open.pop_back();
      for (const auto& edge : symmetric[row]) {
        const auto other = static_cast<size_t>(edge.first);
        if (part[other] != none) continue;
        part[other] = count;
        open.push_back(other);
      }
    }
    ++count;
  }
  return part;
}

struct Circle {  // where a part of the graph starts
  double x = 0, y = 0, radius = kExtent;
};

// Two orthonormal directions, [width, 2], near enough those of the largest variance of the rows (which have
// mean 0): a few steps of orthogonal iteration, that no rank or shape upsets.
Eigen::MatrixXd principal_plane(const Eigen::MatrixXd& rows, uint64_t seed) {
  Random random({.seed = seed}, kPlaneSlot);
  const auto draw = [&] { return random.normal(); };
  Eigen::MatrixXd plane = Eigen::MatrixXd::NullaryExpr(rows.cols(), 2, draw);
  for (int step = 0; step < 50; ++step) {
    const Eigen::MatrixXd next = rows.transpose() * (rows * plane);
    plane = next.householderQr().householderQ() * Eigen::MatrixXd::Identity(rows.cols(), 2);
  }
  return plane;
}

// The means of the parts along their first two principal axes, each with half the way to the nearest other.
std::vector<Circle> circles_of(const Table& table, Metric metric, const std::vector<size_t>& part,
                               size_t count, uint64_t seed) {
  if (count == 1) return {Circle{}};
  const std::vector<float> rows = rows_for(metric, table);
  const auto width = static_cast<Eigen::Index>(table.width);
  Eigen::MatrixXd means = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(count), width);
  Eigen::VectorXd sizes = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(count));
  for (size_t i = 0; i < table.rows; ++i) {
    const auto p = static_cast<Eigen::Index>(part[i]);
    sizes[p] += 1;
    for (Eigen::Index j = 0; j < width; ++j)
      means(p, j) += double{rows[i * table.width + static_cast<size_t>(j)]};
  }
  means = sizes.cwiseInverse().asDiagonal() * means;
  means.rowwise() -= means.colwise().mean().eval();
  const Eigen::MatrixXd places = means * principal_plane(means, seed);
  std::vector<Circle> circles(count);
  for (size_t p = 0; p < count; ++p) {
    const auto row = static_cast<Eigen::Index>(p);
    circles[p] = {places(row, 0), places(row, 1), std::numeric_limits<double>::max()};
  }
  for (auto& one : circles)
    for (const auto& other : circles)
      if (&one != &other) one.radius = std::min(one.radius, std::hypot(one.x - other.x, one.y - other.y) / 2);
  return circles;
}

// The eigenvectors of a part's graph in `layout`, scaled to -1..1; false where there are none to be had.
// irlba throws where a graph has few different eigenvalues, such as one of rows that are all neighbours.
bool eigenvectors_of(const umappp::NeighborList<int32_t, double>& part, std::vector<double>& layout) {
  if (part.size() < kFewestForEigenvectors) return false;
  try {
    if (!umappp::spectral_init(part, 2, layout.data(), {}, 1, 1.0, false, 0.0, 0)) return false;
  } catch (const std::runtime_error&) {
    return false;
  }
  return std::all_of(layout.begin(), layout.end(), [](double value) { return std::isfinite(value); });
}

// One part by itself, x and y within -1..1.
std::vector<double> layout_of(const Graph& symmetric, const std::vector<size_t>& rows,
                              std::vector<int32_t>& position, uint64_t seed) {
  umappp::NeighborList<int32_t, double> part(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) position[rows[i]] = static_cast<int32_t>(i);
  for (size_t i = 0; i < rows.size(); ++i)
    for (const auto& [row, membership] : symmetric[rows[i]])
      part[i].emplace_back(position[static_cast<size_t>(row)], double{membership});
  std::vector<double> layout(2 * rows.size());
  if (eigenvectors_of(part, layout)) return layout;
  Random random({.seed = seed, .index = rows.front()}, kScatterSlot);
  for (double& value : layout) value = random.uniform(-1, 1);
  return layout;
}

// Eigenvectors of the graph, part by part, as umap-learn starts; the jitter parts rows that are equal.
std::vector<Real> start_of(const Table& table, Graph graph, const UmapSettings& settings, size_t& count) {
  umappp::neighbor_similarities(graph, umappp::NeighborSimilaritiesOptions<Real>());
  umappp::combine_neighbor_sets(graph, Real{1});
  const uint64_t seed = derive_seed(settings.seed, "umap start");
  const std::vector<size_t> part = parts_of(graph, count);
  const std::vector<Circle> circles = circles_of(table, settings.metric, part, count, seed);
  std::vector<std::vector<size_t>> rows(count);
  for (size_t i = 0; i < part.size(); ++i) rows[part[i]].push_back(i);
  std::vector<int32_t> position(table.rows);
  std::vector<double> places(2 * table.rows);
  double largest = 0;
  for (size_t p = 0; p < count; ++p) {
    const std::vector<double> layout = layout_of(graph, rows[p], position, seed);
    for (size_t i = 0; i < layout.size(); ++i) {
      double& place = places[2 * rows[p][i / 2] + i % 2];
      place = (i % 2 == 0 ? circles[p].x : circles[p].y) + circles[p].radius * layout[i];
      largest = std::max(largest, std::abs(place));
    }
  }
  std::vector<Real> start(places.size());
  Random random({.seed = seed}, kJitterSlot);
  for (size_t i = 0; i < start.size(); ++i)
    start[i] =
        static_cast<Real>(places[i] * (largest > 0 ? kExtent / largest : 1) + kJitter * random.normal());
  return start;
}

umappp::Options options_of(const UmapSettings& settings) {
  umappp::Options options;
  options.initialize_method = umappp::InitializeMethod::NONE;  // ours, which takes a graph of several parts
  options.min_dist = settings.min_dist;
  if (settings.epochs > 0) options.num_epochs = settings.epochs;
  options.optimize_seed = derive_seed(settings.seed, "umap descent");
  options.num_threads = 1;
  options.parallel_optimization = false;
  return options;
}

// The mean place of what a new row is near to; of the rows it equals, when it equals any.
void place(const std::vector<std::pair<int32_t, Real>>& edges, bool on_a_row, const NearestRows& nearest,
           size_t query, std::span<const float> places, float* out) {
  double sums[2] = {}, weights = 0;
  for (size_t j = 0; j < edges.size(); ++j) {
    if (on_a_row && nearest.distance[query * nearest.k + j] > 0) break;
    const double weight = on_a_row ? 1 : double{edges[j].second};
    const auto row = static_cast<size_t>(edges[j].first);
    weights += weight;
    for (size_t axis = 0; axis < 2; ++axis) sums[axis] += weight * double{places[2 * row + axis]};
  }
  for (size_t axis = 0; axis < 2; ++axis) out[axis] = static_cast<float>(sums[axis] / weights);
}

}  // namespace

UmapResult umap(const Table& table, const UmapSettings& settings) {
  check_settings(settings);
  check_table(table, "table");
  UmapResult result{{}, table.rows, 1, 0};
  if (table.rows == 1) {
    result.values.assign(2, 0.0F);
    return result;
  }
  Graph graph = graph_within(table, settings);
  result.values = start_of(table, graph, settings, result.parts);
  auto descent = umappp::initialize(std::move(graph), 2, result.values.data(), options_of(settings));
  descent.run(result.values.data());
  result.epochs = descent.epoch();
  return result;
}

std::vector<float> place_by_neighbours(const UmapResult& map, const Table& table, const Table& new_rows,
                                       const UmapSettings& settings) {
  check_settings(settings);
  if (map.rows != table.rows || map.values.size() != 2 * map.rows)
    throw Error(
        Exit::data,
        "the map has " + std::to_string(map.rows) + " rows, its table " + std::to_string(table.rows) + ".",
        "Give the table the map was made of.");
  const NearestRows nearest = nearest_rows(table, new_rows, settings.neighbours - 1, settings.metric);
  std::vector<float> places(2 * new_rows.rows);
  for (size_t i = 0; i < new_rows.rows; ++i) {
    const bool on_a_row = !(nearest.distance[i * nearest.k] > 0);
    // One row at a time, since the unit of distance is that of the rows in a graph.
    const NearestRows own{nearest.k,
                          {&nearest.index[i * nearest.k], &nearest.index[i * nearest.k] + nearest.k},
                          {&nearest.distance[i * nearest.k], &nearest.distance[i * nearest.k] + nearest.k}};
    Graph graph = graph_of(own, 1, false, nearest.k);
    umappp::neighbor_similarities(graph, umappp::NeighborSimilaritiesOptions<Real>());
    place(graph[0], on_a_row, own, 0, map.values, &places[2 * i]);
  }
  return places;
}

}  // namespace simclr
