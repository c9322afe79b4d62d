#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/run.hpp"
#include "cli/command.hpp"
#include "cli/contact_sheet.hpp"
#include "data/band_summary.hpp"
#include "data/tiles.hpp"
#include "formats/csv.hpp"
#include "train/picture_form.hpp"

namespace simclr {
namespace {

struct StatsArguments {
  std::string data, preview;
  PretrainSettings settings;
  std::map<std::string, std::string> given;
  bool json = false;
};

int run_stats(StatsArguments a) {
  set_flags(raster_fields(a.settings), a.given);
  const DecodeOptions asked = asked_form(a.settings);
  const auto source = open_source(a.data, open_options(a.settings));
  const auto all = every_record(*source);
  const BandSummary found = summarise_bands(*source, all, asked);
  std::cout << (a.json ? to_json(found) + "\n" : to_text(found)) << std::flush;
  if (!a.preview.empty()) write_contact_sheet(*source, asked, a.preview);
  return 0;
}

struct TileArguments {
  std::vector<std::string> scenes;
  std::string out;
  TileOptions options;
  bool json = false;
};

void refuse_full_folder(const std::filesystem::path& out) {
  std::error_code error;
  if (!std::filesystem::exists(out, error) || std::filesystem::is_empty(out, error)) return;
  throw Error(Exit::usage, "--out " + printable(out.native()) + " is there, and not an empty folder.",
              "Name a new folder: nothing is overwritten.");
}

std::string describe(const TileCount& count) {
  const size_t dropped = count.negative + count.not_a_number + count.no_data;
  std::string text = printable(count.scene) + ": " + std::to_string(count.bands) + " bands, " +
                     std::to_string(count.height) + " x " + std::to_string(count.width) + " px; " +
                     std::to_string(count.written) + " tiles written, " + std::to_string(dropped) +
                     " left out";
  if (dropped > 0)
    text += " (" + std::to_string(count.negative) + " with negative values, " +
            std::to_string(count.not_a_number) + " with NaN, " + std::to_string(count.no_data) +
            " with pixels without data)";
  if (count.rest_right > 0 || count.rest_below > 0)
    text += "; " + std::to_string(count.rest_right) + " px at the right and " +
            std::to_string(count.rest_below) + " at the bottom are no whole tile";
  return text + "\n";
}

nlohmann::ordered_json to_json(const TileCount& count) {
  return {{"scene", printable(count.scene)}, {"bands", count.bands},
          {"height", count.height},          {"width", count.width},
          {"written", count.written},        {"negative", count.negative},
          {"nan", count.not_a_number},       {"no_data", count.no_data},
          {"rest_right", count.rest_right},  {"rest_below", count.rest_below}};
}

// The other scenes are cut; those that could not be are listed.
int finish_tiles(const TileArguments& a, size_t written, const std::vector<BadFile>& bad) {
  if (!bad.empty()) {
    std::string text = "path,error\n";
    for (const auto& one : bad) text += csv_row(std::vector<std::string>{one.path, one.error});
    auto csv = without_last_slash(a.out);  // beside the tiles, among which it would be a table
    csv += ".bad_files.csv";
    write_durably(csv, text);
    throw Error(
        Exit::data,
        std::to_string(bad.size()) + " of " + std::to_string(a.scenes.size()) + " scenes could not be cut.",
        "See " + printable(csv.native()) + "; the tiles of the others are there.");
  }
  if (written == 0) throw Error(Exit::data, "no tile is left: each has a pixel that is no reflectance.");
  return 0;
}

int run_tile(const TileArguments& a) {
  if (a.options.size < 8 || a.options.size > 4096)
    throw Error(Exit::setting, "--size: " + std::to_string(a.options.size) + " is not in 8 to 4096.");
  std::set<std::string> stems;
  for (const auto& scene : a.scenes)
    if (!stems.insert(std::filesystem::path(scene).stem().native()).second)
      throw Error(Exit::usage, "two scenes are called " + printable(scene) + ": their tiles would be, too.",
                  "Cut them into two folders.");
  refuse_full_folder(a.out);
  std::error_code error;
  std::filesystem::create_directories(a.out, error);
  if (error) throw Error(Exit::disk, "cannot make " + printable(a.out) + ": " + error.message() + ".");
  auto json = nlohmann::ordered_json::array();
  size_t written = 0;
  std::vector<BadFile> bad;
  for (const auto& scene : a.scenes) {
    try {
      const TileCount count = cut_tiles(scene, a.out, a.options);
      written += count.written;
      if (!a.json) std::cout << describe(count) << std::flush;
      json.push_back(to_json(count));
    } catch (const Error& trouble) {
      if (trouble.code() != Exit::data) throw;
      if (a.scenes.size() == 1) throw;
      log_warning("left out: " + std::string(trouble.what()));
      bad.push_back({scene, trouble.what()});
    }
  }
  if (a.json) std::cout << json.dump() << std::endl;
  return finish_tiles(a, written, bad);
}

}  // namespace

void add_data_stats(CLI::App& group, Run& run) {
  auto* command = add_command(
      group, "stats", "Mean, std, percentiles and histogram of each band, over the pixels that are data.",
      "  simclr data stats BigEarthNet-S2/:train --bands B04,B03,B02,B08 --preview patches.png\n"
      "  simclr data stats scenes/ --json");
  auto a = std::make_shared<StatsArguments>();
  command->add_option("DIR", a->data, "a folder or any other source, PATH[:split]")->required();
  add_flags(*command, raster_fields(a->settings), a->given);
  add_preview_flag(*command, a->preview);
  command->add_flag("--json", a->json, "one JSON object on stdout");
  command->callback([&run, a] { run = [a] { return run_stats(*a); }; });
}

void add_data_tile(CLI::App& group, Run& run) {
  auto* command = add_command(
      group, "tile", "Cut scenes (GeoTIFFs of all bands) into patches that keep their place on Earth.",
      "  simclr data tile scenes/*.tif --size 120 --out tiles/");
  auto a = std::make_shared<TileArguments>();
  command->add_option("SCENE", a->scenes, "GeoTIFFs of all their bands")->required();
  command->add_option("--size", a->options.size, "pixels a side; default 120")->type_name("N");
  command->add_option("--out", a->out, "new folder for the tiles")->required()->type_name("DIR");
  command->add_flag("--keep-negative", a->options.keep_negative,
                    "tiles with negative values stay, such as those of radar in decibel");
  command->add_flag("--json", a->json, "one JSON value on stdout");
  command->callback([&run, a] { run = [a] { return run_tile(*a); }; });
}

}  // namespace simclr
