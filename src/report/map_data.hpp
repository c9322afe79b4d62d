#pragma once
// Maps of embeddings and galleries of classes, as `evaluate` leaves them in the run folder:
// eval/*-map.json and eval/*-galleries.json.

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace simclr {

struct MapProjection {  // onto two dimensions, of all points of a map
  std::string name;     // "umap", "pca"
  double trustworthiness = std::numeric_limits<double>::quiet_NaN(),
         knn_preservation = std::numeric_limits<double>::quiet_NaN();
  int k = 0;                      // neighbours that both were measured with; 0: not said
  std::vector<double> explained;  // share of the variance of each axis, where that means something
  std::vector<double> x, y;       // of each point; NaN: it has no place
};

struct MapPoint {
  std::string id;
  int source = -1, set = -1, label = -1;  // places in the map's lists; -1: none
};

struct RunMap {
  std::string test;
  double step = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::string> classes, sources, sets;
  std::vector<MapProjection> projections;  // UMAP first
  std::vector<MapPoint> points;
  size_t left_out = 0;  // points beyond the most that a page draws
};

constexpr size_t most_map_points = 20'000;

struct GalleryPicture {
  std::string id, label;
  int source = -1;
};

struct ClassPictures {
  std::string name;
  std::vector<GalleryPicture> nearest, farthest;  // of the class: from its centre
  std::vector<GalleryPicture> strangers;          // of other classes, nearest to the centre first
};

struct RunGalleries {
  std::string test, layer, space;
  std::vector<std::string> sources;
  std::vector<ClassPictures> classes;
};

// Error(Exit::data) when the object is something else. A point or a picture that is not whole loses what is
// wrong (its class, its place), not the file.
RunMap parse_map(const nlohmann::ordered_json& object);
RunGalleries parse_galleries(const nlohmann::ordered_json& object);

// "embedded test data", "embedded unseen classes": what a set of a map is called.
std::string set_title(const std::string& set);
std::string projection_title(const std::string& name);  // "UMAP"

}  // namespace simclr
