#pragma once
// From what EcoTaxa says an object is, to its label.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/names.hpp"

namespace simclr {

struct Annotation {
  std::string_view taxon;      // "Copepoda", "part<Copepoda", or a whole hierarchy; "" for none
  std::string_view hierarchy;  // "living>Eukaryota>Crustacea>Copepoda", "" where it isn't told
  std::string_view status;     // "validated", "predicted", "dubious", ""
  bool operator==(const Annotation&) const = default;
};

// One label an annotation, "" for none; the texts are the annotations' or kept in `names`. When any has a
// status, only validated ones are labels: the others are counted in `unused` by their status. A taxon of
// several hierarchies is told apart by as many of its parents as it takes: "part<Crustacea".
std::vector<std::string_view> labels_of(std::span<const Annotation> annotations, Names& names,
                                        std::map<std::string, size_t>& unused);

}  // namespace simclr
