#include "data/duplicates_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "formats/csv.hpp"
#include "image/grid.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

std::string label_of(const DuplicatesReport& report, const Duplicate& one) {
  const Source& source = report.of(one);
  const int32_t label = source.record(one.index).label;
  return label < 0 ? "" : source.classes()[static_cast<size_t>(label)];
}

std::string line(const std::string& key, const std::string& value) {
  return key + std::string(key.size() < 12 ? 12 - key.size() : 1, ' ') + value + "\n";
}

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string bad_text(const std::vector<BadFile>& bad) {
  constexpr size_t shown = 5;
  if (bad.empty()) return "";
  std::string text = line("bad files", std::to_string(bad.size()));
  for (size_t i = 0; i < std::min(shown, bad.size()); ++i)
    text += "  " + printable(bad[i].path) + ": " + printable(bad[i].error) + "\n";
  if (bad.size() > shown) text += "  and " + std::to_string(bad.size() - shown) + " more\n";
  return text;
}

std::string pairs_text(const DuplicatesReport& report) {
  const Duplicates& found = report.found;
  std::string text =
      line("pairs", std::to_string(found.exact_pairs) + " exact, " + std::to_string(found.near_pairs) +
                        " near (at most " + std::to_string(report.options.distance) + " of 255 bits apart" +
                        (report.options.rotated ? ", turned and mirrored ones too)" : ")"));
  if (found.exact_pairs + found.near_pairs == 0) return text;
  text += line("leaks", counted(found.across_splits, "pair") + " across train, val and test");
  text += line("labels", counted(found.other_labels, "pair") + " of different labels");
  return text;
}

std::string group_text(const DuplicatesReport& report, size_t number) {
  constexpr size_t shown = 10;
  const DuplicateGroup& group = report.found.groups[number];
  std::string text = "\ngroup " + std::to_string(number + 1) + ", " + counted(group.size(), "picture") + "\n";
  for (size_t i = 0; i < std::min(shown, group.size()); ++i) {
    const Duplicate& one = group[i];
    const std::string split = name(report.of(one).record(one.index).split), label = label_of(report, one);
    char start[32];
    std::snprintf(start, sizeof start, "  %-5s %3d  ", one.exact ? "exact" : "near", one.distance);
    text += start + printable(report.of(one).path(one.index));
    if (!split.empty() || !label.empty())
      text += "  (" + split + (split.empty() || label.empty() ? "" : ", ") + printable(label) + ")";
    text += "\n";
  }
  if (group.size() > shown) text += "  and " + std::to_string(group.size() - shown) + " more\n";
  return text;
}

std::string advice(const DuplicatesReport& report) {
  const Duplicates& found = report.found;
  if (found.groups.empty()) return "";
  std::string text;
  if (found.across_splits > 0 || report.against != nullptr)
    text +=
        "A picture of the test part that was trained on flatters every score: remove it from one of them.\n";
  if (found.other_labels > 0)
    text += "The same picture with two labels: one of them is wrong, or a picture shows both.\n";
  if (report.against == nullptr)
    text += "In training, a copy counts as a negative of its twin: keep one a group.\n";
  if (found.near_pairs > 0)
    text += "Near ones may be look-alikes: look at them (--montage); a smaller --distance is stricter.\n";
  return "\n" + text;
}

Json member(const DuplicatesReport& report, const Duplicate& one) {
  const Record& record = report.of(one).record(one.index);
  return {{"id", printable(record.id)},
          {"path", printable(report.of(one).path(one.index))},
          {"label", printable(label_of(report, one))},
          {"split", name(record.split)},
          {"source", printable(one.source == 0 ? report.named : report.named_against)},
          {"kind", one.exact ? "exact" : "near"},
          {"distance", one.distance}};
}

// To the eye, what isn't of 8 bits has no range of its own.
void stretch(Image& image) {
  for (int c = 0; c < image.bands(); ++c)
    for (float& value : image.band<float>(c))
      if (!std::isfinite(value)) value = 0;
  const std::span<float> all{image.band<float>(0).data(), image.plane() * static_cast<size_t>(image.bands())};
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  const float lo = *least, scale = *most > lo ? 1 / (*most - lo) : 0;
  for (float& value : all) value = (value - lo) * scale;
}

}  // namespace

std::string to_text(const DuplicatesReport& report, size_t groups_shown) {
  const Duplicates& found = report.found;
  std::string text = line("source", printable(report.named) + " (" + report.source->kind() + ")");
  if (report.against != nullptr)
    text += line("against", printable(report.named_against) + " (" + report.against->kind() + ")");
  text += line("pictures", std::to_string(found.pictures));
  if (found.blank > 0)
    text += line("blank", std::to_string(found.blank) + ", compared by exact pixels alone");
  text += bad_text(found.bad);
  text +=
      line("groups", std::to_string(found.groups.size()) + " of " + counted(found.in_groups(), "picture"));
  if (report.against != nullptr)
    text += line("found", std::to_string(found.in_groups(0)) + " of the " +
                              counted(report.source->size(), "picture") + " of " + printable(report.named) +
                              " occur in " + printable(report.named_against));
  text += pairs_text(report);
  const size_t shown = std::min(groups_shown, found.groups.size());
  for (size_t i = 0; i < shown; ++i) text += group_text(report, i);
  if (shown < found.groups.size())
    text +=
        "\nand " + counted(found.groups.size() - shown, "group") + " more: --out FILE.csv lists them all.\n";
  return text + advice(report);
}

std::string to_json(const DuplicatesReport& report) {
  const Duplicates& found = report.found;
  Json bad = Json::array(), groups = Json::array();
  for (const auto& one : found.bad)
    bad.push_back({{"path", printable(one.path)}, {"error", printable(one.error)}});
  for (const auto& group : found.groups) {
    Json members = Json::array();
    for (const Duplicate& one : group) members.push_back(member(report, one));
    groups.push_back(std::move(members));
  }
  Json json{{"source", printable(report.named)}};
  if (report.against != nullptr) json["against"] = printable(report.named_against);
  json.update({{"distance", report.options.distance},
               {"rotated", report.options.rotated},
               {"pictures", found.pictures},
               {"blank", found.blank},
               {"bad_files", bad},
               {"in_groups", found.in_groups()}});
  if (report.against != nullptr) json["found_in_against"] = found.in_groups(0);
  json.update({{"exact_pairs", found.exact_pairs},
               {"near_pairs", found.near_pairs},
               {"pairs_across_splits", found.across_splits},
               {"pairs_of_other_labels", found.other_labels},
               {"groups", groups}});
  return json.dump();
}

std::string to_csv(const DuplicatesReport& report) {
  const auto row = [](std::initializer_list<std::string> cells) {
    return csv_row(std::vector<std::string>(cells));
  };
  std::string text = row({"group", "distance", "kind", "id", "path", "label", "split", "source"});
  for (size_t g = 0; g < report.found.groups.size(); ++g)
    for (const Duplicate& one : report.found.groups[g]) {
      const Record& record = report.of(one).record(one.index);
      text += row({std::to_string(g + 1), std::to_string(one.distance), one.exact ? "exact" : "near",
                   std::string(record.id), report.of(one).path(one.index), label_of(report, one),
                   name(record.split), one.source == 0 ? report.named : report.named_against});
    }
  return text;
}

Image montage(const DuplicatesReport& report, size_t groups, int side) {
  constexpr size_t most = 8;
  constexpr int gap = 4;
  std::vector<std::vector<Image>> rows;
  size_t columns = 0;
  bool colour = false;
  for (size_t g = 0; g < std::min(groups, report.found.groups.size()); ++g) {
    const DuplicateGroup& group = report.found.groups[g];
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < std::min(most, group.size()); ++i) {
      const Decoded decoded = report.of(group[i]).read(group[i].index, {});
      if (!decoded.ok()) continue;  // gone since
      Image small = fitted(decoded.image, side);
      if (decoded.image.sample() != Sample::u8) stretch(small);
      colour = colour || small.bands() >= 3;
      row.push_back(std::move(small));
    }
    columns = std::max(columns, row.size());
  }
  const auto across = [&](size_t n) { return gap + static_cast<int>(n) * (side + gap); };
  Image grid(colour ? 3 : 1, across(rows.size()), across(std::max<size_t>(columns, 1)), Sample::u8);
  std::fill(grid.bytes().begin(), grid.bytes().end(), std::byte{200});  // white pictures keep their edge
  for (size_t y = 0; y < rows.size(); ++y)
    for (size_t x = 0; x < rows[y].size(); ++x) {
      const Image& one = rows[y][x];
      paste(one, across(y) + (side - one.height()) / 2, across(x) + (side - one.width()) / 2, grid);
    }
  return grid;
}

}  // namespace simclr
