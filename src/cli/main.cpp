// The program: reads the command line, runs one command, and is the only place that catches.

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <new>
#include <string_view>

#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"
#include "cli/version.hpp"
#include "train/signals.hpp"

namespace simclr {
namespace {

bool is_set(char* const* environment, std::string_view name) {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) return true;
  }
  return false;
}

// Two levers that libraries read before main() begins, so the program starts itself once more with them set:
// OpenMP threads that spin for ever would starve the loader threads, and large blocks belong in huge pages.
// It does so before any library is initialised: LibTorch alone takes a fifth of a second. The C library is
// not ready either, so nothing here asks for memory or for the environment. On failure: go on without.
void restart_with_environment(int /*argc*/, char** argv, char** environment) {
  constexpr size_t most = 4096;
  static char* extended[most];
  static char started[] = "SIMCLR_STARTED=1", pages[] = "THP_MEM_ALLOC_ENABLE=1",
              spin[] = "GOMP_SPINCOUNT=10000";
  static char program[4096];  // by its path, since a process started from /proc/self/exe is called exe
  if (is_set(environment, "SIMCLR_STARTED")) return;
  size_t n = 0;
  for (; environment[n] != nullptr; ++n) {
    if (n + 4 >= most) return;
    extended[n] = environment[n];
  }
  extended[n++] = started;
  if (!is_set(environment, "THP_MEM_ALLOC_ENABLE")) extended[n++] = pages;
  if (!is_set(environment, "OMP_WAIT_POLICY") && !is_set(environment, "GOMP_SPINCOUNT")) extended[n++] = spin;
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length > 0) execve(program, argv, extended);
}

__attribute__((section(".preinit_array"), used)) void (*const restart)(int, char**,
                                                                       char**) = &restart_with_environment;

// Blocks of 32 MB and more would be mapped, zeroed and unmapped each time they are used.
void keep_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> all;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    all.push_back(command->get_name());
  return all;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> all;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) all.push_back("--" + name);
  return all;
}

const CLI::App* chosen_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return at;
}

// CLI11's own codes and texts become ours: 2, with the nearest known word.
int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = chosen_command(app);
  if (command == &app && app.remaining(true).empty()) {  // no command at all
    std::cerr << app.help();
    return static_cast<int>(Exit::usage);
  }
  std::string message = error.what();
  if (const auto extras = app.remaining(true); !extras.empty()) {
    const std::string word = extras.front().substr(0, extras.front().find('='));
    const bool flag = word.starts_with("-");
    message = std::string("unknown ") + (flag ? "flag '" : "command or argument '") + printable(word) + "'." +
              (flag ? suggestion(word, flag_names(*command)) : suggestion(word, command_names(*command)));
  }
  std::cerr << "simclr: " << message
            << "\n  See: " << (command == &app ? "simclr" : "simclr " + command->get_name()) << " --help\n";
  return static_cast<int>(Exit::usage);
}

int report(const Error& error) {
  log_error(error.what(), error.hint());
  return static_cast<int>(error.code());
}

int program(int argc, char** argv) {
  CLI::App app("SimCLR: learns an image encoder from pictures without labels, and tells how good it is.",
               "simclr");
  app.set_version_flag("--version", std::string("simclr ") + kVersion);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n  simclr pretrain --data photos/ --out runs/photos\n"
      "  simclr evaluate runs/photos --train labelled/train --test labelled/test");
  Run run;
  for (const auto add : {add_pretrain, add_supervised, add_finetune, add_distill, add_embed, add_evaluate,
                         add_study, add_predict, add_export, add_report, add_augment, add_data, add_doctor})
    add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  }
  try {
    return run();
  } catch (const Error& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    return report(
        Error(Exit::failed, "out of memory.", "Lower --batch-size or --image-size, or use --cache none."));
  } catch (const std::filesystem::filesystem_error& error) {
    return report(Error(Exit::disk, "cannot write " + printable(error.path1().native()) + ": " +
                                        error.code().message() + "."));
  } catch (const std::exception& error) {
    return report(Error(Exit::failed, error.what()));
  }
}

}  // namespace
}  // namespace simclr

int main(int argc, char** argv) {
  simclr::keep_memory();
  simclr::take_signals();
  return simclr::program(argc, argv);
}
