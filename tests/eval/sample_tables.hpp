#pragma once
// Tables for the tests of evaluation, the same on every machine.

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "eval/table.hpp"

namespace simclr {

struct SampleTable {
  std::vector<float> values;
  size_t rows = 0, width = 0;
  std::vector<int32_t> labels = {};
  Table table() const { return {values, rows, width}; }
};

inline nlohmann::json golden_file(const std::string& name) {
  std::ifstream file(std::string(SIMCLR_SOURCE_DIR "/tests/golden/") + name);
  return nlohmann::json::parse(file);
}

inline SampleTable table_from(const nlohmann::json& rows) {
  SampleTable sample{{}, rows.size(), rows.at(0).size()};
  for (const auto& row : rows)
    for (const auto& value : row) sample.values.push_back(value.get<float>());
  return sample;
}

inline SampleTable random_table(size_t rows, size_t width, uint64_t seed) {
  SampleTable sample{std::vector<float>(rows * width), rows, width};
  Random random({.seed = seed}, 0);
  for (float& value : sample.values) value = static_cast<float>(random.normal());
  return sample;
}

// Classes around random centres, row i of class i % classes; `noise` against a distance of centres of
// about 1.4.
inline SampleTable class_clouds(size_t rows, size_t width, size_t classes, double noise, uint64_t seed) {
  const SampleTable centres = random_table(classes, width, seed);
  SampleTable sample = random_table(rows, width, seed + 1000);
  for (size_t i = 0; i < rows; ++i) {
    sample.labels.push_back(static_cast<int32_t>(i % classes));
    for (size_t j = 0; j < width; ++j) {
      const double centre =
          double{centres.values[i % classes * width + j]} / std::sqrt(static_cast<double>(width));
      float& value = sample.values[i * width + j];
      value = static_cast<float>(centre + noise * double{value});
    }
  }
  return sample;
}

}  // namespace simclr
