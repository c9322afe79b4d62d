#pragma once
// One file a command: each adds its subcommand to the program and says what to run.

#include <CLI/CLI.hpp>
#include <functional>

#include "base/fields.hpp"

namespace simclr {

// What main() runs once the command line has been read; returns the exit code.
using Run = std::function<int()>;

void add_pretrain(CLI::App& app, Run& run);
void add_supervised(CLI::App& app, Run& run);
void add_finetune(CLI::App& app, Run& run);
void add_distill(CLI::App& app, Run& run);
void add_embed(CLI::App& app, Run& run);
void add_evaluate(CLI::App& app, Run& run);
void add_export(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_study(CLI::App& app, Run& run);
void add_report(CLI::App& app, Run& run);
void add_augment(CLI::App& app, Run& run);
void add_data(CLI::App& app, Run& run);
void add_doctor(CLI::App& app, Run& run);
void add_data_duplicates(CLI::App& group, Run& run);  // a command of `simclr data`
void add_data_stats(CLI::App& group, Run& run);
void add_data_tile(CLI::App& group, Run& run);

// Adds a subcommand with its examples shown under --help.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& what,
                      const std::string& examples);

// One flag for each field; `given` receives name -> text as typed, unparsed, so that ranges are checked in
// one place (Field::set) and give exit code 3.
void add_flags(CLI::App& command, const Fields& fields, std::map<std::string, std::string>& given);

// Sets the fields that were given, naming the flag where a value is wrong.
void set_flags(const Fields& fields, const std::map<std::string, std::string>& given);

// Error(Exit::usage) when `out` is one of these sources (PATH[:split]) or the file of one.
void refuse_to_overwrite(const std::filesystem::path& out, const std::vector<std::string>& sources);

// The folder of a file that is asked for. Error(Exit::disk).
void make_parent(const std::filesystem::path& file);

}  // namespace simclr
