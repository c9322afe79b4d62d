#pragma once
// One JSON object a line, each flushed as it is written. NaN and infinities become null, bytes that are not
// UTF-8 the replacement character.

#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace simclr {

class JsonLines {
 public:
  explicit JsonLines(const std::filesystem::path& path);  // appends, after cutting off a torn last line
  void write(const nlohmann::ordered_json& object);

 private:
  void check() const;  // Error(Exit::disk) once a write has failed
  std::ofstream file_;
  std::filesystem::path path_;
};

// Every whole line; a torn last line (a killed process) is left out. Error(Exit::data) for any other line
// that is not a JSON object.
std::vector<nlohmann::ordered_json> read_json_lines(const std::filesystem::path& path);

}  // namespace simclr
