#include "report/page.hpp"

#include <iostream>

#include "cli/command.hpp"

namespace simclr {

void add_report(CLI::App& app, Run& run) {
  auto* command = add_command(app, "report", "Make a run's page again: report.html and figures/.",
                              "  simclr report runs/photos");
  auto root = std::make_shared<std::string>();
  command->add_option("RUN", *root, "run folder of simclr pretrain")->required();
  command->callback([&run, root] {
    run = [root] {
      const RunFolder folder = open_run(*root);
      write_report(folder);
      std::cout << folder.report().native() << std::endl;
      return 0;
    };
  });
}

}  // namespace simclr
