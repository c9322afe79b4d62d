#include "study/embedding_map.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random.hpp"
#include "eval/pca.hpp"
#include "formats/csv.hpp"

namespace simclr {
namespace {

constexpr size_t kMostOfSet = 2500;  // the plankton study's
constexpr const char* kSets[] = {"test", "train", "unseen"};

struct Candidate {
  const Embedded* rows;
  size_t row;
  MapPoint point;
};

std::vector<Candidate> candidates(const EmbeddedSides& rows, const Sides& sides,
                                  const std::vector<std::string>& held_out) {
  std::vector<bool> unseen;
  for (const auto& name : sides.classes)
    unseen.push_back(std::find(held_out.begin(), held_out.end(), printable(name)) != held_out.end());
  const bool all_unseen = std::all_of(unseen.begin(), unseen.end(), [](bool one) { return one; });
  std::vector<Candidate> all;
  const auto add = [&](const Embedded& embedded, const Side& side, int set) {
    for (size_t r = 0; r < embedded.labels.size(); ++r) {
      const int32_t label = embedded.labels[r];
      // Where all are unseen, the sets tell training from test pictures.
      const bool apart = unseen[static_cast<size_t>(label)] && !all_unseen;
      all.push_back({&embedded, r, {&side, embedded.features.rows[r], apart ? 2 : set, label}});
    }
  };
  add(rows.test, sides.test, 0);
  add(rows.train, sides.train, 1);
  return all;
}

// Of each set as many as are fitted, in front; the order within is that of the pictures.
size_t fitted_first(std::vector<Candidate>& all, uint64_t seed) {
  std::vector<Candidate> fitted, rest;
  for (int set = 0; set < 3; ++set) {
    std::vector<size_t> members;
    for (size_t i = 0; i < all.size(); ++i)
      if (all[i].point.set == set) members.push_back(i);
    const Permutation order(members.size(), derive_seed(seed, "map"), static_cast<uint32_t>(set));
    std::vector<char> chosen(members.size());
    for (size_t i = 0; i < std::min(kMostOfSet, members.size()); ++i) chosen[order[i]] = 1;
    for (size_t i = 0; i < members.size(); ++i) (chosen[i] != 0 ? fitted : rest).push_back(all[members[i]]);
  }
  const size_t count = fitted.size();
  fitted.insert(fitted.end(), rest.begin(), rest.end());
  all = std::move(fitted);
  return count;
}

std::vector<float> values_of(std::span<const Candidate> some, size_t width) {
  std::vector<float> values;
  values.reserve(some.size() * width);
  for (const Candidate& one : some) {
    const auto from = one.rows->features.values.begin() + static_cast<std::ptrdiff_t>(one.row * width);
    values.insert(values.end(), from, from + static_cast<std::ptrdiff_t>(width));
  }
  return values;
}

void put(std::vector<MapPoint>& points, size_t first, std::span<const float> values,
         float (MapPoint::*place)[2]) {
  for (size_t i = 0; i < values.size() / 2; ++i)
    for (size_t k = 0; k < 2; ++k) (points[first + i].*place)[k] = values[2 * i + k];
}

nlohmann::ordered_json quality(const MapQuality& of) {
  return {{"trustworthiness", of.trustworthiness}, {"knn_preservation", of.neighbours_kept}, {"k", of.k}};
}

const std::string& class_of(const MapPoint& point, const Sides& sides) {
  return sides.classes[static_cast<size_t>(point.label)];
}

}  // namespace

Fields fields(MapRequest& request) {
  return {field("neighbours", request.neighbours, "that the map keeps near").range(2, 1000),
          field("min-dist", request.min_dist, "how tightly points may be packed").range(0, 1)};
}

EmbeddingMap map_embeddings(const EmbeddedSides& rows, const Sides& sides,
                            const std::vector<std::string>& held_out, const MapRequest& request,
                            uint64_t seed) {
  std::vector<Candidate> all = candidates(rows, sides, held_out);
  EmbeddingMap map;
  map.fitted = fitted_first(all, seed);
  for (const Candidate& one : all) map.points.push_back(one.point);
  const size_t width = rows.test.features.width;
  const std::span<const Candidate> every(all);
  const std::vector<float> fit = values_of(every.first(map.fitted), width),
                           rest = values_of(every.subspan(map.fitted), width);
  const Table table{fit, map.fitted, width}, others{rest, all.size() - map.fitted, width};
  const UmapSettings settings{
      .neighbours = static_cast<size_t>(request.neighbours), .min_dist = request.min_dist, .seed = seed};
  const UmapResult umap = simclr::umap(table, settings);
  const PrincipalComponents pca = principal_components(table);
  put(map.points, 0, umap.values, &MapPoint::umap);
  put(map.points, 0, pca.values, &MapPoint::pca);
  if (others.rows > 0) {
    put(map.points, map.fitted, place_by_neighbours(umap, table, others, settings), &MapPoint::umap);
    put(map.points, map.fitted, pca.project(others), &MapPoint::pca);
  }
  for (size_t i = map.fitted; i < map.points.size(); ++i) map.points[i].placed = true;
  map.umap = map_quality(table, umap.table());
  map.pca = map_quality(table, pca.table());
  map.explained = pca.share;
  return map;
}

nlohmann::ordered_json to_json(const EmbeddingMap& map, const Sides& sides, const SidesRequest& request) {
  auto names = nlohmann::ordered_json::array();
  for (const auto& name : sides.classes) names.push_back(printable(name));
  auto points = nlohmann::ordered_json::array();
  for (size_t i = 0; i < map.fitted; ++i) {
    const MapPoint& one = map.points[i];
    points.push_back({{"id", printable(one.side->pictures->record(one.picture).id)},
                      {"source", one.side == &sides.test && request.test_fraction == 0 ? 0 : 1},
                      {"set", one.set},
                      {"label", one.label},
                      {"umap", {one.umap[0], one.umap[1]}},
                      {"pca", {one.pca[0], one.pca[1]}}});
  }
  auto pca = quality(map.pca);
  pca["explained"] = map.explained;
  return {{"test", test_name(request)},
          {"classes", names},
          {"sources", {shown_source(request.test), shown_source(request.train)}},
          {"sets", kSets},
          {"maps", {{"encoder", {{"umap", quality(map.umap)}, {"pca", pca}}}}},
          {"points", points}};
}

std::string to_csv(const EmbeddingMap& map, const Sides& sides) {
  std::string csv = "id,path,set,label,placed,umap_x,umap_y,pca_x,pca_y\n";
  for (const MapPoint& one : map.points) {
    const auto number = [](float value) {
      char text[32];
      std::snprintf(text, sizeof text, "%.6g", static_cast<double>(value));
      return std::string(text);
    };
    csv += csv_row(std::vector<std::string>{std::string(one.side->pictures->record(one.picture).id),
                                            one.side->pictures->path(one.picture), kSets[one.set],
                                            class_of(one, sides), one.placed ? "1" : "0", number(one.umap[0]),
                                            number(one.umap[1]), number(one.pca[0]), number(one.pca[1])});
  }
  return csv;
}

std::string to_text(const EmbeddingMap& map) {
  char text[400];
  std::snprintf(
      text, sizeof text,
      "map of %zu pictures (%zu more placed by their neighbours); k = %zu:\n"
      "  UMAP                  trustworthiness %.3f, neighbours kept %.3f\n"
      "  principal components  trustworthiness %.3f, neighbours kept %.3f, %.0f %% of the variance\n",
      map.fitted, map.points.size() - map.fitted, map.umap.k, map.umap.trustworthiness,
      map.umap.neighbours_kept, map.pca.trustworthiness, map.pca.neighbours_kept,
      100 * (map.explained[0] + map.explained[1]));
  return text;
}

}  // namespace simclr
