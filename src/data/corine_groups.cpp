#include "data/corine_groups.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr std::array<std::string_view, 19> nineteen = {
    "Urban fabric",
    "Industrial or commercial units",
    "Arable land",
    "Permanent crops",
    "Pastures",
    "Complex cultivation patterns",
    "Land principally occupied by agriculture, with significant areas of natural vegetation",
    "Agro-forestry areas",
    "Broad-leaved forest",
    "Coniferous forest",
    "Mixed forest",
    "Natural grassland and sparsely vegetated areas",
    "Moors, heathland and sclerophyllous vegetation",
    "Transitional woodland, shrub",
    "Beaches, dunes, sands",
    "Inland wetlands",
    "Coastal wetlands",
    "Inland waters",
    "Marine waters"};

struct CorineClass {
  std::string_view name;
  int32_t group;  // -1: in none
};
constexpr std::array<CorineClass, 43> forty_three = {{
    {"Continuous urban fabric", 0},
    {"Discontinuous urban fabric", 0},
    {"Industrial or commercial units", 1},
    {"Road and rail networks and associated land", -1},
    {"Port areas", -1},
    {"Airports", -1},
    {"Mineral extraction sites", -1},
    {"Dump sites", -1},
    {"Construction sites", -1},
    {"Green urban areas", -1},
    {"Sport and leisure facilities", -1},
    {"Non-irrigated arable land", 2},
    {"Permanently irrigated land", 2},
    {"Rice fields", 2},
    {"Vineyards", 3},
    {"Fruit trees and berry plantations", 3},
    {"Olive groves", 3},
    {"Pastures", 4},
    {"Annual crops associated with permanent crops", 3},
    {"Complex cultivation patterns", 5},
    {"Land principally occupied by agriculture, with significant areas of natural vegetation", 6},
    {"Agro-forestry areas", 7},
    {"Broad-leaved forest", 8},
    {"Coniferous forest", 9},
    {"Mixed forest", 10},
    {"Natural grassland", 11},
    {"Moors and heathland", 12},
    {"Sclerophyllous vegetation", 12},
    {"Transitional woodland/shrub", 13},
    {"Beaches, dunes, sands", 14},
    {"Bare rock", -1},
    {"Sparsely vegetated areas", 11},
    {"Burnt areas", -1},
    {"Inland marshes", 15},
    {"Peatbogs", 15},
    {"Salt marshes", 16},
    {"Salines", 16},
    {"Intertidal flats", -1},
    {"Water courses", 17},
    {"Water bodies", 17},
    {"Coastal lagoons", 18},
    {"Estuaries", 18},
    {"Sea and ocean", 18},
}};

}  // namespace

std::span<const std::string_view> corine_groups() {
  return nineteen;
}

std::vector<std::string> corine_classes() {
  std::vector<std::string> names;
  for (const CorineClass& one : forty_three) names.emplace_back(one.name);
  return names;
}

int32_t corine_group(const std::string& label) {
  for (const CorineClass& one : forty_three)
    if (one.name == label) return one.group;
  const auto same = std::find(nineteen.begin(), nineteen.end(), label);
  if (same != nineteen.end()) return static_cast<int32_t>(same - nineteen.begin());
  throw Error(Exit::data, "'" + printable(label) + "' is no class of BigEarthNet.",
              "--label-map bigearthnet19 is for its labels alone.");
}

}  // namespace simclr
