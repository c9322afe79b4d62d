// A class in pictures: what lies nearest to its centre, its own farthest from it, and strangers near by.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/html.hpp"
#include "report/sections.hpp"
#include "report/thumbnail.hpp"

namespace simclr {
namespace {

constexpr size_t open_classes = 12;
constexpr int large_side = 80, small_side = 64;
constexpr size_t most_bytes = 8'000'000;  // of pictures on one page

const Pictures* source_of(const RunGalleries& galleries, const GalleryPicture& picture, PictureShelf& shelf) {
  return picture.source < 0 ? nullptr : shelf.find(galleries.sources[static_cast<size_t>(picture.source)]);
}

std::string cell(const RunGalleries& galleries, const GalleryPicture& picture, bool stranger,
                 GalleryBudget& budget, PictureShelf& shelf) {
  const std::string hover = picture.id + (picture.label.empty() ? "" : ", " + picture.label);
  std::string out = stranger ? "<div class=\"stranger\">" : "<div>";
  const Pictures* pictures = source_of(galleries, picture, shelf);
  const bool room = budget.bytes > 0;
  const Image image = pictures == nullptr || !room ? Image() : pictures->read(picture.id, budget.side);
  if (image.empty()) {
    (room ? budget.missing : budget.left_out) += 1;
    out += "<span class=\"no-picture\" title=\"" + escape(hover) + "\">" + escape(picture.id) + "</span>";
  } else {
    const std::string address = thumbnail(image, budget.side);
    budget.bytes -= std::min(budget.bytes, address.size());
    const bool tiny = std::max(image.height(), image.width()) <= budget.side;
    out += std::string("<img") + (tiny ? " class=\"tiny\"" : "") + " alt=\"" + escape(hover) + "\" title=\"" +
           escape(hover) + "\" src=\"" + address + "\">";
  }
  if (stranger)
    out +=
        "<span class=\"label\"><b aria-label=\"another class\">✕</b> " + breakable(picture.label) + "</span>";
  return out + "</div>";
}

std::string row(const RunGalleries& galleries, std::string_view name,
                const std::vector<GalleryPicture>& pictures, bool strangers, GalleryBudget& budget,
                PictureShelf& shelf) {
  std::string out = "<p class=\"row-name\">" + std::string(name) + "</p>\n<div class=\"five\">";
  if (pictures.empty()) out += "<p class=\"missing\">none</p>";
  for (const GalleryPicture& picture : pictures)
    out += cell(galleries, picture, strangers, budget, shelf) + "\n";
  return out + "</div>\n";
}

// The angle to the nearest other class, less the angle within; NaN when it was not measured.
double margin_of(const RunAngles& angles, const std::string& name) {
  const size_t n = angles.classes.size();
  const auto at = static_cast<size_t>(std::find(angles.classes.begin(), angles.classes.end(), name) -
                                      angles.classes.begin());
  if (at == n) return not_there;
  double least = std::numeric_limits<double>::infinity();
  for (size_t j = 0; j < n; ++j)
    if (j != at && std::isfinite(angles.degrees[at * n + j]))
      least = std::min(least, angles.degrees[at * n + j]);
  const double margin = least - angles.degrees[at * n + at];
  return std::isfinite(margin) ? margin : not_there;
}

std::string note(bool by_angles) {
  return std::string(
             "<p class=\"note\">For each class, five pictures a row: the nearest to the mean of its "
             "embeddings, its own farthest from it, and the nearest of other classes, named. ") +
         (by_angles ? "The classes that are told apart least, by angle, come first.</p>\n" : "</p>\n");
}

std::string cards(const RunGalleries& galleries, const std::vector<size_t>& order, size_t from, size_t to,
                  GalleryBudget& budget, PictureShelf& shelf) {
  std::string out = "<div class=\"cards\">\n";
  for (size_t i = from; i < to; ++i)
    out += class_card(galleries, galleries.classes[order[i]], "", budget, shelf);
  return out + "</div>\n";
}

}  // namespace

GalleryBudget::GalleryBudget() : side(large_side), bytes(most_bytes) {}

std::string class_card(const RunGalleries& galleries, const ClassPictures& one, const std::string& of,
                       GalleryBudget& budget, PictureShelf& shelf) {
  std::string out = "<article class=\"card\"><h4>TRUE CLASS: " + breakable(one.name) + "</h4>\n";
  if (!of.empty()) out += "<p class=\"card-of\">" + escape(of) + "</p>\n";
  out += row(galleries, "closest to the centre", one.nearest, false, budget, shelf);
  out += row(galleries, "farthest in the class", one.farthest, false, budget, shelf);
  return out + row(galleries, "closest of other classes", one.strangers, true, budget, shelf) +
         "</article>\n";
}

std::string budget_note(const GalleryBudget& budget) {
  std::string out;
  if (budget.missing > 0)
    out += "<p class=\"missing\">" + grouped(static_cast<int64_t>(budget.missing)) +
           " of the pictures were not found where they were; their names stand in.</p>\n";
  if (budget.left_out > 0)
    out += "<p class=\"missing\">The names of " + grouped(static_cast<int64_t>(budget.left_out)) +
           " pictures stand in for them, to keep this page small.</p>\n";
  return out;
}

std::vector<size_t> most_confused_first(const RunData& data, const RunGalleries& galleries, bool& by_angles) {
  std::vector<size_t> order(galleries.classes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  by_angles = false;
  for (const RunAngles& angles : data.angles) {
    if (angles.test != galleries.test || angles.features != "encoder") continue;
    std::vector<double> margins;
    for (const ClassPictures& one : galleries.classes) {
      const double margin = margin_of(angles, one.name);
      margins.push_back(std::isfinite(margin) ? margin : std::numeric_limits<double>::infinity());
      by_angles = by_angles || std::isfinite(margin);
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return margins[a] < margins[b]; });
  }
  return order;
}

std::string class_galleries_section(const RunData& data, PictureShelf& shelf) {
  if (data.galleries.empty()) return "";
  std::string out = "<section id=\"classes\">\n<h2>Class galleries</h2>\n";
  GalleryBudget budget;
  for (const RunGalleries& galleries : data.galleries) {
    bool by_angles = false;
    const std::vector<size_t> order = most_confused_first(data, galleries, by_angles);
    if (!galleries.test.empty()) out += "<h3>On <code>" + escape(galleries.test) + "</code></h3>\n";
    out += note(by_angles);
    const size_t open = std::min(open_classes, order.size());
    budget.side = large_side;
    out += cards(galleries, order, 0, open, budget, shelf);
    if (open == order.size()) continue;
    budget.side = small_side;
    out += "<details class=\"more\"><summary>The other " +
           grouped(static_cast<int64_t>(order.size() - open)) + " classes</summary>\n" +
           cards(galleries, order, open, order.size(), budget, shelf) + "</details>\n";
  }
  return out + budget_note(budget) + "</section>\n";
}

}  // namespace simclr
