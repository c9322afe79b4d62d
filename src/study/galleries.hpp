#pragma once
// For each class the pictures nearest to its centre, its own farthest from it, and the nearest of other
// classes.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "eval/class_gallery.hpp"
#include "study/contestant.hpp"

namespace simclr {

struct GalleryRequest {  // written galleries(each=5,layer=h)
  int64_t each = 5;
  std::string layer = "h";  // where centres and distances are taken: h, g1, ... or z, the projection
};
Fields fields(GalleryRequest& request);

// Of the test pictures. `test`: embedded at the layer asked for.
nlohmann::ordered_json galleries_json(const Embedded& test, const Sides& sides,
                                      const SidesRequest& sides_request, const GalleryRequest& request);

}  // namespace simclr
