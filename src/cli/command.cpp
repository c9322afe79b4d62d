#include "cli/command.hpp"

#include <filesystem>

#include "base/durable.hpp"
#include "base/error.hpp"

namespace simclr {

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& what,
                      const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, what);
  command->footer(examples.empty() ? "" : "Examples:\n" + examples);
  return command;
}

void add_flags(CLI::App& command, const Fields& fields, std::map<std::string, std::string>& given) {
  for (const Field& one : fields) {
    std::string help = one.help();
    if (const auto allowed = one.describe(); !allowed.empty()) help += " (" + allowed + ")";
    const std::string name = one.name(), usual = one.text();
    if (!one.is_flag() && !usual.empty()) help += " [" + usual + "]";
    if (one.is_flag()) {
      command.add_flag_function(
          "--" + name, [&given, name](int64_t n) { given[name] = n > 0 ? "true" : "false"; }, help);
    } else {
      command
          .add_option_function<std::string>(
              "--" + name, [&given, name](const std::string& text) { given[name] = text; }, help)
          ->type_name(one.unit().empty() ? "TEXT" : one.unit())
          ->take_last();
    }
  }
}

void set_flags(const Fields& fields, const std::map<std::string, std::string>& given) {
  for (const auto& [name, text] : given) find(fields, name)->set(text, "--" + name);
}

void refuse_to_overwrite(const std::filesystem::path& out, const std::vector<std::string>& sources) {
  std::error_code none;
  for (const std::string& source : sources)
    for (const std::string& path : {source, source.substr(0, source.rfind(':'))})
      if (!path.empty() && std::filesystem::equivalent(out, path, none))
        throw Error(Exit::usage, printable(out.native()) + " would be overwritten: it is the data itself.",
                    "Name another file to write.");
}

void make_parent(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) throw disk_error("make the folder", folder, error.value());
}

}  // namespace simclr
