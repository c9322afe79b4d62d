// Angles, maps and class galleries of several runs, beside each other.
#include <algorithm>
#include <cmath>

#include "report/compare_sections.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

constexpr size_t compared_classes = 4;
constexpr Canvas matrix{400, 400};
constexpr int drawing_width = 1024;

const RunAngles* angles_of(const RunData& data, const std::string& test) {
  for (const RunAngles& angles : data.angles)
    if (angles.test == test && angles.features == "encoder") return &angles;
  return nullptr;
}

template <class Part>
const Part* part_of(const std::vector<Part>& parts, const std::string& test) {
  for (const Part& part : parts)
    if (part.test == test) return &part;
  return nullptr;
}

std::string matrices(const ComparedRuns& runs, const std::string& test) {
  std::vector<HeatMap> maps;
  for (const ComparedRun& run : runs)
    if (const RunAngles* angles = angles_of(*run.data, test)) maps.push_back(heat_map(*angles, run.name));
  double low = 90, high = 0;  // one scale for all
  for (const HeatMap& map : maps) {
    low = std::min(low, map.low);
    high = std::max(high, map.high);
  }
  std::string out = "<h3>On <code>" + escape(test) + "</code></h3>\n<div class=\"multiples\">\n";
  for (HeatMap& map : maps) {
    map.low = low;
    map.high = high;
    out += figure(draw(map, matrix));
  }
  return out + "</div>\n";
}

// Places in `groups` of a map's classes. Groups are the classes of all runs by name, so that a class has one
// mark everywhere.
std::vector<int> groups_of(const RunMap& map, std::vector<std::string>& groups) {
  std::vector<int> out;
  for (const std::string& name : map.classes) {
    auto at = std::find(groups.begin(), groups.end(), name);
    if (at == groups.end()) at = groups.insert(at, name);
    out.push_back(static_cast<int>(at - groups.begin()));
  }
  return out;
}

// The run's points of one set; empty when it has none, so that runs stay below each other.
ScatterPanel panel_of(const std::string& run, const RunMap& map, const std::string& set, int scale,
                      const std::vector<int>& group) {
  const MapProjection& places = map.projections[0];
  ScatterPanel panel{run + ", " + set_title(set), {}, {}, {}, scale};
  for (size_t i = 0; i < map.points.size(); ++i) {
    const MapPoint& point = map.points[i];
    if (point.set < 0 || map.sets[static_cast<size_t>(point.set)] != set) continue;
    panel.x.push_back(places.x[i]);
    panel.y.push_back(places.y[i]);
    panel.group.push_back(point.label < 0 ? -1 : group[static_cast<size_t>(point.label)]);
  }
  return panel;
}

std::string qualities(const ComparedRuns& runs, const std::string& test) {
  std::string out =
      "<div class=\"scroll\"><table class=\"scores map-quality\"><thead><tr><th scope=\"col\">run</th><th "
      "scope=\"col\">projection</th><th scope=\"col\">trustworthiness</th><th scope=\"col\">kNN "
      "preservation</th></tr></thead><tbody>\n";
  for (const ComparedRun& run : runs)
    if (const RunMap* map = part_of(run.data->maps, test)) {
      const MapProjection& places = map->projections[0];
      out += "<tr><th scope=\"row\">" + escape(run.name) + "</th><td>" +
             escape(projection_title(places.name)) + "</td><td>" + decimal(places.trustworthiness, 3) +
             "</td><td>" + decimal(places.knn_preservation, 3) + "</td></tr>\n";
    }
  return out + "</tbody></table></div>\n";
}

// A column a run, a row a set, one legend.
std::string maps_on(const ComparedRuns& runs, const std::string& test) {
  std::vector<std::string> sets;
  ScatterPlot plot{"Embeddings by class", {}, {}};
  std::vector<std::pair<const ComparedRun*, const RunMap*>> maps;
  std::vector<std::vector<int>> groups;
  for (const ComparedRun& run : runs)
    if (const RunMap* map = part_of(run.data->maps, test)) {
      maps.emplace_back(&run, map);
      groups.push_back(groups_of(*map, plot.groups));
      for (const std::string& set : map->sets)
        if (std::find(sets.begin(), sets.end(), set) == sets.end()) sets.push_back(set);
    }
  plot.columns = maps.size();
  for (const std::string& set : sets) {
    std::vector<ScatterPanel> row;
    for (size_t m = 0; m < maps.size(); ++m)
      row.push_back(panel_of(maps[m].first->name, *maps[m].second, set, static_cast<int>(m), groups[m]));
    if (std::all_of(row.begin(), row.end(), [](const ScatterPanel& panel) { return panel.x.empty(); }))
      continue;
    for (ScatterPanel& panel : row) plot.panels.push_back(std::move(panel));
  }
  const int width = std::max(drawing_width, 260 * static_cast<int>(maps.size()));
  return "<h3>On <code>" + escape(test) + "</code></h3>\n<div class=\"scroll map-static\">" +
         figure(draw(plot, scatter_canvas(plot, width))) + "</div>\n" + qualities(runs, test);
}

const ClassPictures* class_of(const RunGalleries& galleries, const std::string& name) {
  for (const ClassPictures& one : galleries.classes)
    if (one.name == name) return &one;
  return nullptr;
}

std::string galleries_on(const ComparedRuns& runs, const std::string& test, GalleryBudget& budget,
                         PictureShelf& shelf) {
  std::string out = "<h3>On <code>" + escape(test) + "</code></h3>\n";
  const auto first = std::find_if(runs.begin(), runs.end(), [&](const ComparedRun& run) {
    return part_of(run.data->galleries, test) != nullptr;
  });
  const RunGalleries& leading = *part_of(first->data->galleries, test);
  bool by_angles = false;
  std::vector<size_t> order = most_confused_first(*first->data, leading, by_angles);
  order.resize(std::min(order.size(), compared_classes));
  out += "<p class=\"note\">" +
         (by_angles ? "The classes that " + escape(first->name) + " tells apart least"
                    : "The first classes of " + escape(first->name)) +
         "; the others stand on the runs' own pages.</p>\n";
  for (const size_t place : order) {
    out += "<div class=\"cards side\">\n";
    for (const ComparedRun& run : runs) {
      const RunGalleries* galleries = part_of(run.data->galleries, test);
      const ClassPictures* one =
          galleries == nullptr ? nullptr : class_of(*galleries, leading.classes[place].name);
      if (one != nullptr) out += class_card(*galleries, *one, run.name, budget, shelf);
    }
    out += "</div>\n";
  }
  return out;
}

}  // namespace

std::string compared_angles_section(const ComparedRuns& runs) {
  const auto tests = shared_texts(runs, [](const RunData& data) {
    std::vector<std::string> texts;
    for (const RunAngles& angles : data.angles)
      if (angles.features == "encoder") texts.push_back(angles.test);
    return texts;
  });
  if (tests.empty()) return "";
  std::string out =
      "<section id=\"angles\">\n<h2>Angles between classes</h2>\n<p class=\"note\">Mean angles between the "
      "pretrained encoders' embeddings of test pictures, by class; one scale of colours for all runs of a "
      "test set. "
      "Good features have a pale diagonal in a dark field.</p>\n";
  for (const std::string& test : tests) out += matrices(runs, test);
  return out + "</section>\n";
}

std::string compared_maps_section(const ComparedRuns& runs) {
  const auto tests = shared_texts(runs, [](const RunData& data) {
    std::vector<std::string> texts;
    for (const RunMap& map : data.maps) texts.push_back(map.test);
    return texts;
  });
  if (tests.empty()) return "";
  std::string out =
      "<section id=\"map\">\n<h2>Maps</h2>\n<p class=\"note\">Each run's map has a scale and a direction of "
      "its own. "
      "<b>Pictures in two dimensions mislead:</b> sizes of groups and distances between them mean "
      "little. The maps on the runs' own pages answer to the pointer.</p>\n";
  for (const std::string& test : tests) out += maps_on(runs, test);
  return out + "</section>\n";
}

std::string compared_classes_section(const ComparedRuns& runs, PictureShelf& shelf) {
  const auto tests = shared_texts(runs, [](const RunData& data) {
    std::vector<std::string> texts;
    for (const RunGalleries& galleries : data.galleries) texts.push_back(galleries.test);
    return texts;
  });
  if (tests.empty()) return "";
  std::string out = "<section id=\"classes\">\n<h2>Class galleries</h2>\n";
  GalleryBudget budget;
  for (const std::string& test : tests) out += galleries_on(runs, test, budget, shelf);
  return out + budget_note(budget) + "</section>\n";
}

}  // namespace simclr
