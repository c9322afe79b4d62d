// Embeddings as maps: what a pointer meets with a script, a plain drawing without.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "report/html.hpp"
#include "report/marks.hpp"
#include "report/sections.hpp"
#include "report/sprites.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int picture_side = 48;
constexpr size_t most_pictures = 2000, most_bytes = 3'000'000;  // of all maps of a page
constexpr double map_units = 10'000;                            // the longer side, in whole numbers
constexpr int drawing_width = 1024;

// Points, spread evenly over their list however soon one stops.
std::vector<size_t> spread_order(size_t count) {
  const auto place = [](size_t i) {
    constexpr double golden = 0.6180339887498949;
    const double at = golden * static_cast<double>(i);
    return at - std::floor(at);
  };
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return place(a) < place(b); });
  return order;
}

struct MapPictures {
  std::vector<int> number;  // of each point's picture; -1: none
  std::vector<std::string> sheets;
  std::vector<int> sizes;  // width, height of each picture
  size_t count = 0;
};

MapPictures take_pictures(const RunMap& map, PictureShelf& shelf, size_t maps) {
  Sprites sprites(picture_side, most_pictures / maps, most_bytes / maps);
  MapPictures out{std::vector<int>(map.points.size(), -1), {}, {}, 0};
  for (const size_t i : spread_order(map.points.size())) {
    const MapPoint& point = map.points[i];
    if (sprites.full()) break;
    if (point.source < 0) continue;
    const Pictures* pictures = shelf.find(map.sources[static_cast<size_t>(point.source)]);
    if (pictures != nullptr) out.number[i] = sprites.add(pictures->read(point.id, picture_side));
  }
  out.sheets = sprites.finish();
  out.count = sprites.size();
  for (int& number : out.number)
    if (number >= static_cast<int>(out.count)) number = -1;
  for (size_t p = 0; p < out.count; ++p) {
    out.sizes.push_back(sprites.size_of(p).width);
    out.sizes.push_back(sprites.size_of(p).height);
  }
  return out;
}

struct UsedClasses {            // those that have points
  std::vector<size_t> classes;  // of the map
  std::vector<int> place;       // of each class of the map among them; -1: none
  std::vector<size_t> count;    // points of each
};

UsedClasses used_classes(const RunMap& map) {
  UsedClasses used{{}, std::vector<int>(map.classes.size(), -1), {}};
  std::vector<size_t> count(map.classes.size());
  for (const MapPoint& point : map.points)
    if (point.label >= 0) ++count[static_cast<size_t>(point.label)];
  for (size_t c = 0; c < count.size(); ++c) {
    if (count[c] == 0) continue;
    used.place[c] = static_cast<int>(used.classes.size());
    used.classes.push_back(c);
    used.count.push_back(count[c]);
  }
  return used;
}

// Whole numbers from the upper left corner, as screens count.
Json places_of(const MapProjection& projection) {
  const auto limits = [](const std::vector<double>& values) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : values)
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
    return std::pair{low, high};
  };
  const auto [left, right] = limits(projection.x);
  const auto [bottom, top] = limits(projection.y);
  const double scale = map_units / std::max({right - left, top - bottom, 1e-12});
  Json x = Json::array(), y = Json::array();
  for (size_t i = 0; i < projection.x.size(); ++i) {
    const bool there = std::isfinite(projection.x[i]);
    x.push_back(there ? Json(std::lround((projection.x[i] - left) * scale)) : Json());
    y.push_back(there ? Json(std::lround((top - projection.y[i]) * scale)) : Json());
  }
  const auto side = [&](double length) { return std::max(1L, std::lround(length * scale)); };
  return {{"x", x}, {"y", y}, {"width", side(right - left)}, {"height", side(top - bottom)}};
}

// What the script needs. Every text is printable first: escape() would otherwise break the JSON's own
// escapes.
std::string data_text(const RunMap& map, const UsedClasses& used, const MapPictures& pictures) {
  Json data = {{"classes", Json::array()}, {"sets", Json::array()}, {"maps", Json::array()},
               {"label", Json::array()},   {"set", Json::array()},  {"id", Json::array()}};
  for (const size_t c : used.classes) data["classes"].push_back(printable(map.classes[c]));
  for (const std::string& set : map.sets) data["sets"].push_back(printable(set_title(set)));
  for (const MapProjection& projection : map.projections) data["maps"].push_back(places_of(projection));
  for (const MapPoint& point : map.points) {
    data["label"].push_back(point.label < 0 ? -1 : used.place[static_cast<size_t>(point.label)]);
    data["set"].push_back(point.set);
    data["id"].push_back(printable(point.id));
  }
  data["picture"] = pictures.number;
  data["size"] = pictures.sizes;
  data["side"] = picture_side;
  data["columns"] = Sprites::columns;
  data["cells"] = Sprites::cells;
  return data.dump();
}

std::string button(const std::string& data, const std::string& text, bool pressed) {
  return "<button type=\"button\" " + data + " aria-pressed=\"" + (pressed ? "true" : "false") + "\">" +
         escape(text) + "</button>";
}

// Without the word all of them begin with.
std::string short_title(const std::string& set) {
  return set_title(set).substr(std::string_view("embedded ").size());
}

std::string tool_bar(const RunMap& map) {
  std::string out =
      "<div class=\"map-bar\"><div class=\"map-choice\" role=\"group\" aria-label=\"Projection\">";
  for (size_t p = 0; p < map.projections.size(); ++p)
    out += button("data-projection=\"" + std::to_string(p) + "\"", projection_title(map.projections[p].name),
                  p == 0);
  out += "</div>\n<div class=\"map-sets\" role=\"group\" aria-label=\"Sets\">";
  for (size_t s = 0; s < map.sets.size(); ++s)
    out += button("data-set=\"" + std::to_string(s) + "\"", short_title(map.sets[s]), true);
  return out + "</div></div>\n";
}

std::string legend(const RunMap& map, const UsedClasses& used) {
  std::string out = "<div class=\"map-legend\"><p class=\"map-every\"><span>" +
                    grouped(static_cast<int64_t>(used.classes.size())) +
                    (used.classes.size() == 1 ? " class" : " classes") +
                    "</span><button type=\"button\" data-every=\"on\">all</button><button type=\"button\" "
                    "data-every=\"off\">none</button></p>\n<div class=\"map-keys\">\n";
  for (size_t i = 0; i < used.classes.size(); ++i) {
    const std::string& name = map.classes[used.classes[i]];
    out += "<button type=\"button\" class=\"map-key\" aria-pressed=\"true\" title=\"" + escape(name) +
           "\"><svg class=\"plot\" viewBox=\"-8 -8 16 16\" aria-hidden=\"true\"><path class=\"" +
           mark_class(used.classes[i]) + "\" d=\"M0 0" + mark_path(used.classes[i], 5) + "\"/></svg><span>" +
           breakable(name) + "</span><small>" + grouped(static_cast<int64_t>(used.count[i])) +
           "</small></button>\n";
  }
  return out + "</div></div>\n";
}

std::string stage(const RunMap& map) {
  return "<div class=\"map-stage\"><canvas tabindex=\"0\" role=\"img\" aria-label=\"Map of " +
         grouped(static_cast<int64_t>(map.points.size())) +
         " embeddings. Arrow keys move it, plus and minus zoom, 0 shows all, Enter names the point in the "
         "middle.\"></canvas>\n<div class=\"map-zoom\" role=\"group\" aria-label=\"Zoom\"><button "
         "type=\"button\" data-zoom=\"in\" aria-label=\"Zoom in\">+</button><button type=\"button\" "
         "data-zoom=\"out\" aria-label=\"Zoom out\">−</button><button type=\"button\" data-zoom=\"fit\" "
         "aria-label=\"Show all\">⤢</button></div>\n<div class=\"map-tip\" role=\"status\" "
         "hidden=\"\"><canvas></canvas><span class=\"map-none\">no picture here</span><b "
         "class=\"map-name\"></b><span class=\"map-set\"></span><span "
         "class=\"map-id\"></span></div></div>\n";
}

std::string quality_table(const RunMap& map) {
  const int k = map.projections[0].k;
  std::string out =
      "<div class=\"scroll\"><table class=\"scores map-quality\"><thead><tr><th "
      "scope=\"col\">projection</th><th scope=\"col\">trustworthiness</th><th "
      "scope=\"col\">kNN preservation";
  out += "</th><th scope=\"col\">variance explained</th></tr></thead><tbody>\n";
  for (const MapProjection& projection : map.projections) {
    double explained = projection.explained.empty() ? not_there : 0;
    for (const double share : projection.explained) explained += share;
    out += "<tr><th scope=\"row\">" + escape(projection_title(projection.name)) + "</th><td>" +
           decimal(projection.trustworthiness, 3) + "</td><td>" + decimal(projection.knn_preservation, 3) +
           "</td><td>" + percent(explained, 1) + "</td></tr>\n";
  }
  out += "</tbody></table></div>\n<p class=\"note\">";
  const std::string of = k > 0 ? "the " + grouped(k) + " nearest" : "the nearest";
  return out + "Trustworthiness: 1 when " + of +
         " of a point in the picture are near it in the embedding, too; about 0.5 by chance. kNN "
         "preservation: the share of " +
         of + " in the embedding that are still the nearest in the picture.</p>\n";
}

std::string picture_note(const RunMap& map, const MapPictures& pictures) {
  const auto points = grouped(static_cast<int64_t>(map.points.size()));
  std::string out = "<p class=\"note\">" + points + " points";
  if (std::isfinite(map.step)) out += " of the encoder at step " + decimal(map.step, 0);
  out += ". ";
  if (pictures.count == 0)
    out += "The pictures were not found where they were; their names stand in.";
  else if (pictures.count < map.points.size())
    out +=
        grouped(static_cast<int64_t>(pictures.count)) +
        " of them, spread evenly, show their picture; the others their name alone, to keep the page small.";
  if (map.left_out > 0)
    out += " " + grouped(static_cast<int64_t>(map.left_out)) + " more points are left out.";
  if (map.classes.size() > marks_apart)
    out += " There are more classes than marks: from the " + grouped(marks_apart + 1) +
           "st on, marks repeat; hovering a name tells them apart.";
  return out + "</p>\n";
}

std::string one_map(const RunMap& map, PictureShelf& shelf, size_t maps) {
  const UsedClasses used = used_classes(map);
  const MapPictures pictures = take_pictures(map, shelf, maps);
  std::string out;
  if (!map.test.empty()) out += "<h3>On <code>" + escape(map.test) + "</code></h3>\n";
  out += "<div class=\"map\" data-map=\"" + escape(data_text(map, used, pictures)) + "\">\n";
  const ScatterPlot plot = scatter_plot(map, 0);
  out += "<div class=\"map-static scroll\">" + figure(draw(plot, scatter_canvas(plot, drawing_width))) +
         "</div>\n";
  out += "<div class=\"map-live\" hidden=\"\">\n" + tool_bar(map) + "<div class=\"map-body\">\n" +
         stage(map) + legend(map, used) +
         "</div>\n<p class=\"note\">Rest the pointer on a point (or tap it) for "
         "its picture; drag to move, wheel or pinch to zoom. In the list: rest on a class to see it "
         "alone among the others, click to hide it, double-click to keep no other.</p>\n</div>\n";
  for (const std::string& sheet : pictures.sheets)
    out += "<img class=\"map-sheet\" hidden=\"\" alt=\"\" src=\"" + sheet + "\">\n";
  return out + "</div>\n" + picture_note(map, pictures) + quality_table(map);
}

}  // namespace

ScatterPlot scatter_plot(const RunMap& map, size_t projection) {
  const MapProjection& places = map.projections[projection];
  ScatterPlot plot{projection_title(places.name) + " of the embeddings, by class", map.classes, {}};
  const bool without_set =
      std::any_of(map.points.begin(), map.points.end(), [](const MapPoint& point) { return point.set < 0; });
  for (int s = without_set ? -1 : 0; s < static_cast<int>(map.sets.size()); ++s) {
    ScatterPanel panel{s < 0 ? "of no set" : set_title(map.sets[static_cast<size_t>(s)]), {}, {}, {}};
    for (size_t i = 0; i < map.points.size(); ++i) {
      if (map.points[i].set != s) continue;
      panel.x.push_back(places.x[i]);
      panel.y.push_back(places.y[i]);
      panel.group.push_back(map.points[i].label);
    }
    if (!panel.x.empty()) plot.panels.push_back(std::move(panel));
  }
  return plot;
}

std::string map_section(const RunData& data, PictureShelf& shelf) {
  if (data.maps.empty()) return "";
  std::string out =
      "<section id=\"map\">\n<h2>Map</h2>\n<p class=\"note\">Each point is a picture, placed by its "
      "embedding. "
      "<b>Pictures in two dimensions mislead:</b> sizes of groups and distances between them mean little, "
      "and what lies apart here may be close in the embedding; judge by the evaluation, look here for "
      "surprises.</p>\n";
  for (const RunMap& map : data.maps) out += one_map(map, shelf, data.maps.size());
  return out + "</section>\n";
}

}  // namespace simclr
