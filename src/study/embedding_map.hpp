#pragma once
// Two-dimensional maps of a run's embeddings, as the plankton study draws them: its test pictures, its
// training pictures, and those of classes held out of training, by UMAP, with principal components as a
// second opinion.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/map_quality.hpp"
#include "eval/umap.hpp"
#include "study/contestant.hpp"

namespace simclr {

struct MapRequest {  // written umap(neighbours=15,min_dist=0.1)
  int64_t neighbours = 15;
  double min_dist = 0.1;
};
Fields fields(MapRequest& request);

struct MapPoint {
  const Side* side = nullptr;
  uint32_t picture = 0;  // of the side
  int set = 0;           // 0 test, 1 train, 2 unseen
  int32_t label = 0;
  bool placed = false;  // by its neighbours, since the map was full
  float umap[2] = {}, pca[2] = {};
};

struct EmbeddingMap {
  std::vector<MapPoint> points;  // those fitted first
  size_t fitted = 0;
  MapQuality umap, pca;           // of the fitted points
  std::vector<double> explained;  // shares of the variance in the two components
};

// At most 2,500 pictures a set are fitted, spread evenly; the others are placed among them by their
// neighbours. Pictures of classes in `held_out` are the set "unseen".
EmbeddingMap map_embeddings(const EmbeddedSides& rows, const Sides& sides,
                            const std::vector<std::string>& held_out, const MapRequest& request,
                            uint64_t seed);

// For the report: the fitted points alone.
nlohmann::ordered_json to_json(const EmbeddingMap& map, const Sides& sides, const SidesRequest& request);
// All points: id, path, set, label, placed and both maps' coordinates.
std::string to_csv(const EmbeddingMap& map, const Sides& sides);
std::string to_text(const EmbeddingMap& map);

}  // namespace simclr
