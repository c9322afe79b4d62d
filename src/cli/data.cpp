#include <iostream>

#include "cli/command.hpp"
#include "data/inspect.hpp"

namespace simclr {

void add_data(CLI::App& app, Run& run) {
  auto* group = add_command(app, "data", "Look at data.", "");
  group->require_subcommand(1);
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
