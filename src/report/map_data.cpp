#include "report/map_data.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "report/run_data.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t most_in_a_row = 5;

const Json& list_at(const Json& object, const std::string& key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_array())
    throw Error(Exit::data, "it has no list '" + key + "'.");
  return object[key];
}

std::vector<std::string> texts_at(const Json& object, const std::string& key) {
  std::vector<std::string> out;
  for (const auto& entry : list_at(object, key))
    out.push_back(entry.is_string() ? entry.get<std::string>() : "");
  return out;
}

int place_at(const Json& object, const std::string& key, size_t places) {
  const double value = number_at(object, key);
  return value >= 0 && value < static_cast<double>(places) ? static_cast<int>(value) : -1;
}

MapProjection projection_of(const std::string& name, const Json& about) {
  MapProjection out;
  out.name = name;
  out.trustworthiness = number_at(about, "trustworthiness");
  out.knn_preservation = number_at(about, "knn_preservation");
  if (const double k = number_at(about, "k"); k > 0 && k < 1e6) out.k = static_cast<int>(k);
  if (about.is_object() && about.contains("explained") && about["explained"].is_array())
    for (const auto& share : about["explained"])
      if (share.is_number()) out.explained.push_back(share.get<double>());
  return out;
}

void take_place(const Json& point, MapProjection& projection) {
  double x = not_there, y = not_there;
  if (const auto found = point.find(projection.name); found != point.end() && found->is_array() &&
                                                      found->size() == 2 && (*found)[0].is_number() &&
                                                      (*found)[1].is_number()) {
    x = (*found)[0].get<double>();
    y = (*found)[1].get<double>();
  }
  const bool there = std::isfinite(x) && std::isfinite(y) && std::abs(x) < 1e30 && std::abs(y) < 1e30;
  projection.x.push_back(there ? x : not_there);
  projection.y.push_back(there ? y : not_there);
}

std::vector<GalleryPicture> pictures_at(const Json& object, const std::string& key, size_t sources) {
  std::vector<GalleryPicture> out;
  if (!object.contains(key) || !object[key].is_array()) return out;
  for (const auto& entry : object[key]) {
    if (!entry.is_object() || out.size() == most_in_a_row) continue;
    out.push_back({text_at(entry, "id"), text_at(entry, "label"), place_at(entry, "source", sources)});
  }
  return out;
}

}  // namespace

RunMap parse_map(const Json& object) {
  RunMap map;
  map.test = text_at(object, "test");
  map.step = number_at(object, "step");
  map.classes = texts_at(object, "classes");
  map.sources = texts_at(object, "sources");
  map.sets = texts_at(object, "sets");
  const Json& points = list_at(object, "points");
  if (!object.contains("maps") || !object["maps"].is_object() || !object["maps"].contains("encoder") ||
      !object["maps"]["encoder"].is_object())
    throw Error(Exit::data, "it has no maps of the encoder.");
  for (const auto& [name, about] : object["maps"]["encoder"].items())
    if (name == "umap" || name == "pca") map.projections.push_back(projection_of(name, about));
  std::stable_sort(map.projections.begin(), map.projections.end(),
                   [](const auto& a, const auto& b) { return a.name == "umap" && b.name != "umap"; });
  if (map.projections.empty()) throw Error(Exit::data, "it has neither a UMAP nor a PCA.");
  for (const auto& point : points) {
    if (!point.is_object()) continue;
    if (map.points.size() == most_map_points) {
      ++map.left_out;
      continue;
    }
    map.points.push_back({text_at(point, "id"), place_at(point, "source", map.sources.size()),
                          place_at(point, "set", map.sets.size()),
                          place_at(point, "label", map.classes.size())});
    for (MapProjection& projection : map.projections) take_place(point, projection);
  }
  std::erase_if(map.projections, [](const MapProjection& p) {
    return std::none_of(p.x.begin(), p.x.end(), [](double x) { return std::isfinite(x); });
  });
  if (map.projections.empty()) throw Error(Exit::data, "none of its points has a place.");
  return map;
}

RunGalleries parse_galleries(const Json& object) {
  RunGalleries galleries{text_at(object, "test"),
                         text_at(object, "layer"),
                         text_at(object, "space"),
                         texts_at(object, "sources"),
                         {}};
  const size_t sources = galleries.sources.size();
  for (const auto& entry : list_at(object, "galleries")) {
    if (!entry.is_object()) continue;
    ClassPictures one{text_at(entry, "class"), pictures_at(entry, "nearest", sources),
                      pictures_at(entry, "farthest", sources), pictures_at(entry, "strangers", sources)};
    if (!one.nearest.empty() || !one.farthest.empty() || !one.strangers.empty())
      galleries.classes.push_back(std::move(one));
  }
  if (galleries.classes.empty()) throw Error(Exit::data, "it has no class with pictures.");
  return galleries;
}

std::string set_title(const std::string& set) {
  if (set == "unseen") return "embedded unseen classes";
  return set == "test" || set == "train" ? "embedded " + set + " data" : "embedded " + set;
}

std::string projection_title(const std::string& name) {
  return name == "umap" ? "UMAP" : name == "pca" ? "PCA" : name;
}

}  // namespace simclr
