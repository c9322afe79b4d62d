#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/command.hpp"
#include "cli/contact_sheet.hpp"
#include "data/inspect.hpp"
#include "train/cache.hpp"
#include "train/picture_form.hpp"

namespace simclr {
namespace {

std::string text_of(const PackedFile& one) {
  char size[32];
  std::snprintf(size, sizeof size, "%10.1f MB  ", static_cast<double>(one.bytes) / 1e6);
  return size + (one.about ? std::to_string(one.about->pictures) + " pictures, the first " + one.about->about
                           : "damaged: " + printable(one.file.native()));
}

int run_cache(const std::string& named, bool clear, bool as_json) {
  const auto folder = cache_folder(named);
  const auto files = list_cache(folder);
  if (clear) clear_cache(folder);
  auto json = nlohmann::ordered_json{
      {"folder", printable(folder.native())}, {"cleared", clear}, {"files", nlohmann::ordered_json::array()}};
  std::string text = printable(folder.native()) + (files.empty() ? " holds no packed pictures.\n"
                                                   : clear       ? ", removed:\n"
                                                                 : ":\n");
  for (const PackedFile& one : files) {
    json["files"].push_back({{"file", printable(one.file.native())},
                             {"bytes", one.bytes},
                             {"pictures", one.about ? one.about->pictures : 0},
                             {"first", one.about ? one.about->about : ""}});
    text += text_of(one) + "\n";
  }
  std::cout << (as_json ? json.dump() + "\n" : text) << std::flush;
  return 0;
}

void add_cache(CLI::App& group, Run& run) {
  auto* command =
      add_command(group, "cache", "List the pictures that pretrain --cache disk has packed, or remove them.",
                  "  simclr data cache\n  simclr data cache --clear");
  auto folder = std::make_shared<std::string>();
  auto clear = std::make_shared<bool>(false), json = std::make_shared<bool>(false);
  command->add_option("--cache-dir", *folder, "where they are; default ~/.cache/simclr")->type_name("DIR");
  command->add_flag("--clear", *clear, "remove them all; the next run packs its own again");
  command->add_flag("--json", *json, "one JSON object on stdout");
  command->callback([&run, folder, clear, json] {
    run = [folder, clear, json] { return run_cache(*folder, *clear, *json); };
  });
}

struct InspectArguments {
  std::string data, preview;
  PretrainSettings settings;
  std::map<std::string, std::string> given;
  bool json = false;
};

int run_inspect(InspectArguments a) {
  set_flags(raster_fields(a.settings), a.given);
  const DecodeOptions asked = asked_form(a.settings);
  const auto source = open_source(a.data, open_options(a.settings));
  const Inspection found = inspect(*source, a.data, asked);
  if (!a.preview.empty()) write_contact_sheet(*source, asked, a.preview);
  std::cout << (a.json ? to_json(found) + "\n" : to_text(found)) << std::flush;
  return 0;
}

}  // namespace

void add_data(CLI::App& app, Run& run) {
  auto* group = add_command(app, "data", "Look at data.", "");
  group->require_subcommand(1);
  add_cache(*group, run);
  add_data_duplicates(*group, run);
  add_data_stats(*group, run);
  add_data_tile(*group, run);
  auto* command =
      add_command(*group, "inspect", "Say what a folder holds: pictures, classes, sizes, broken files.",
                  "  simclr data inspect photos/\n  simclr data inspect photos/:train --json\n"
                  "  simclr data inspect BigEarthNet-S2/ --bands B04,B03,B02 --preview patches.png");
  auto a = std::make_shared<InspectArguments>();
  command->add_option("DIR", a->data, "a folder or any other source, PATH[:split]")->required();
  add_flags(*command, raster_fields(a->settings), a->given);
  add_preview_flag(*command, a->preview);
  command->add_flag("--json", a->json, "one JSON object on stdout");
  command->callback([&run, a] { run = [a] { return run_inspect(*a); }; });
}

}  // namespace simclr
