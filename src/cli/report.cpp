#include "report/page.hpp"

#include <iostream>

#include "base/error.hpp"
#include "cli/command.hpp"
#include "report/compare.hpp"

namespace simclr {
namespace {

int run_report(const std::vector<std::string>& roots, const std::string& out) {
  std::vector<RunFolder> folders;
  for (const std::string& root : roots) folders.push_back(open_run(root));
  if (folders.size() > 1) {
    if (!out.empty()) make_parent(out);
    std::cout << write_comparison(folders, out).native() << std::endl;
    return 0;
  }
  if (!out.empty())
    throw Error(Exit::usage, "--out is for a comparison, of two runs or more.",
                "The page of one run is always " + printable(folders[0].report().native()));
  write_report(folders[0]);
  std::cout << folders[0].report().native() << std::endl;
  return 0;
}

}  // namespace

void add_report(CLI::App& app, Run& run) {
  auto* command = add_command(
      app, "report",
      "Make a run's page again: report.html and figures/. Of several runs: one page that compares them.",
      "  simclr report runs/photos\n"
      "  simclr report runs/a runs/b\n"
      "  simclr report runs/a runs/b runs/c --out three.html");
  auto roots = std::make_shared<std::vector<std::string>>();
  auto out = std::make_shared<std::string>();
  command->add_option("RUN", *roots, "run folders of simclr pretrain, up to 26")->required();
  command
      ->add_option("--out", *out,
                   "the page that compares several runs [comparison.html in the folder that holds the "
                   "first one's]")
      ->type_name("FILE.html")
      ->take_last();
  command->callback([&run, roots, out] { run = [roots, out] { return run_report(*roots, *out); }; });
}

}  // namespace simclr
