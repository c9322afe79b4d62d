#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/command.hpp"
#include "data/inspect.hpp"
#include "train/cache.hpp"

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

}  // namespace

void add_data(CLI::App& app, Run& run) {
  auto* group = add_command(app, "data", "Look at data.", "");
  group->require_subcommand(1);
  add_cache(*group, run);
  add_data_duplicates(*group, run);
  auto* command =
      add_command(*group, "inspect", "Say what a folder holds: pictures, classes, sizes, broken files.",
                  "  simclr data inspect photos/\n  simclr data inspect photos/:train --json");
  auto source = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("DIR", *source, "a folder or any other source, PATH[:split]")->required();
  command->add_flag("--json", *json, "one JSON object on stdout");
  command->callback([&run, source, json] {
    run = [source, json] {
      const Inspection found = inspect(*open_source(*source), *source);
      std::cout << (*json ? to_json(found) + "\n" : to_text(found)) << std::flush;
      return 0;
    };
  });
}

}  // namespace simclr
