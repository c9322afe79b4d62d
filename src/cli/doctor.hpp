#pragma once
// What machine and libraries a run was made with.

#include <nlohmann/json.hpp>
#include <string>

namespace simclr {

nlohmann::ordered_json environment();
std::string command_line();  // of this process, quoted for a shell

// An absolute PATH[:split], so that a run can be used from any folder. Error(Exit::setting) if it isn't
// UTF-8.
std::string absolute_source(const std::string& text);
// Of a list with commas in it, the parts that are files; of a file its path; any other text as it is.
std::string absolute_list(const std::string& text);

}  // namespace simclr
