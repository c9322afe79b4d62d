#pragma once
// One JSON object a line, each flushed as it is written. NaN and infinities become null, bytes that are not
// UTF-8 the replacement character.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
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

// Every line that is a JSON object. Others (damaged by a disk or an editor) are left out and counted, except
// a torn last line, which a killed process leaves.
struct JsonObjects {
  std::vector<nlohmann::ordered_json> objects;
  size_t damaged = 0;
};
JsonObjects read_json_lines(const std::filesystem::path& path);

}  // namespace simclr
