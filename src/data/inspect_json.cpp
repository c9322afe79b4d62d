#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "data/inspect.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

// Keys and texts are made printable, since a file name need not be UTF-8 and JSON must.
Json counts(const std::map<std::string, size_t>& table) {
  Json json = Json::object();
  for (const auto& [key, count] : table) json[key.empty() ? "none" : printable(key)] = count;
  return json;
}

Json statistics(const Statistics& all) {
  Json bad = Json::array();
  for (const auto& one : all.bad)
    bad.push_back({{"path", printable(one.path)}, {"error", printable(one.error)}});
  Json names = Json::array();
  for (const auto& name : all.band_names) names.push_back(printable(name));
  return {{"sampled", all.sampled},
          {"bands", all.bands},
          {"band_names", names},
          {"sample", type_name(all.sample)},
          {"offsets", all.numbers.offsets},
          {"nodata", all.numbers.nodata},
          {"file_scale", all.numbers.scale},
          {"median_side", all.median_side},
          {"height", {all.least_height, all.most_height}},
          {"width", {all.least_width, all.most_width}},
          {"mean", all.mean},
          {"std", all.std},
          {"bytes_per_image", all.bytes_per_image},
          {"bad_files", bad}};
}

}  // namespace

std::string to_json(const Inspection& inspection) {
  Json classes = Json::array();
  for (const auto& [label, count] : inspection.classes)
    classes.push_back({{"name", printable(label)}, {"count", count}});
  Json json{{"source", printable(inspection.source)},
            {"kind", inspection.kind},
            {"pictures", inspection.pictures},
            {"labelled", inspection.labelled},
            {"splits", counts(inspection.splits)},
            {"classes", classes},
            {"files", inspection.scan.files},
            {"ignored", inspection.scan.ignored},
            {"unreadable", inspection.scan.unreadable},
            {"unsupported", counts(inspection.scan.unsupported)},
            {"unused_labels", counts(inspection.scan.unused_labels)},
            {"formats", counts(inspection.formats)},
            {"sizes", counts(inspection.sizes)},
            {"types", counts(inspection.samples)},
            {"bands", counts(inspection.bands)}};
  if (inspection.problem.empty()) {
    json["statistics"] = statistics(inspection.statistics);
    json["copies"] = inspection.copies;
    json["copies_across_splits"] = inspection.copies_across_splits;
    json["image_size"] = inspection.image_size;
    json["batch_size"] = inspection.batch_size;
    json["advice"] = inspection.advice;
  } else {
    json["problem"] = printable(inspection.problem);
  }
  return json.dump();
}

}  // namespace simclr
