#include "study/galleries.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace simclr {

Fields fields(GalleryRequest& request) {
  return {field("each", request.each, "pictures a row").range(1, 5),
          field("layer", request.layer, "h, g1, g2, ... or z, the projection")};
}

nlohmann::ordered_json galleries_json(const Embedded& test, const Sides& sides,
                                      const SidesRequest& sides_request, const GalleryRequest& request) {
  const Labelled view = test.view();
  const auto galleries =
      class_galleries(view.table, view.labels, sides.classes.size(), static_cast<size_t>(request.each));
  const auto pictures = [&](const std::vector<uint32_t>& rows) {
    auto list = nlohmann::ordered_json::array();
    for (const uint32_t row : rows)
      list.push_back({{"id", printable(sides.test.pictures->record(test.features.rows[row]).id)},
                      {"source", 0},
                      {"label", printable(sides.classes[static_cast<size_t>(test.labels[row])])}});
    return list;
  };
  auto all = nlohmann::ordered_json::array();
  for (size_t c = 0; c < galleries.size(); ++c) {
    if (galleries[c].nearest.empty()) continue;
    all.push_back({{"class", printable(sides.classes[c])},
                   {"nearest", pictures(galleries[c].nearest)},
                   {"farthest", pictures(galleries[c].farthest)},
                   {"strangers", pictures(galleries[c].strangers)}});
  }
  const std::string source = sides_request.test_fraction == 0 ? sides_request.test : sides_request.train;
  return {{"test", test_name(sides_request)},
          {"sources", {shown_source(source)}},
          {"layer", request.layer},
          {"space", request.layer == "h" ? "embedding" : "projection"},
          {"galleries", all}};
}

}  // namespace simclr
