// Angles between the classes of the test pictures, for programs and for people.

#include <cmath>
#include <cstdio>

#include "base/contestant_name.hpp"
#include "base/error.hpp"
#include "study/comparison.hpp"

namespace simclr {
namespace {

constexpr size_t kPairs = 10;

nlohmann::ordered_json matrix(const std::vector<double>& values, size_t classes) {
  auto rows = nlohmann::ordered_json::array();
  for (size_t i = 0; i < classes; ++i) {
    auto row = nlohmann::ordered_json::array();
    for (size_t j = 0; j < classes; ++j) row.push_back(values[i * classes + j]);  // NaN becomes null
    rows.push_back(std::move(row));
  }
  return rows;
}

nlohmann::ordered_json angles_object(const ClassAngles& angles, const std::vector<std::string>& classes) {
  auto pairs = nlohmann::ordered_json::array();
  for (const auto& pair : least_separable(angles, kPairs))
    pairs.push_back({{"a", printable(classes[pair.a])},
                     {"b", printable(classes[pair.b])},
                     {"degrees", pair.between},
                     {"more_than_within", pair.more_than_within}});
  return {{"within", angles.within},
          {"between", angles.between},
          {"degrees", matrix(angles.degrees, angles.classes)},
          {"cosine_distance", matrix(angles.cosine_distance, angles.classes)},
          {"rows", angles.rows},
          {"least_separable", pairs}};
}

std::string line(const char* format, const std::string& name, double a, double b, double c) {
  char text[128];
  std::snprintf(text, sizeof text, format, name.c_str(), a, b, c);
  return text;
}

}  // namespace

nlohmann::ordered_json angles_json(const Comparison& result, const ComparisonRequest& request) {
  auto names = nlohmann::ordered_json::array();
  for (const auto& name : result.classes) names.push_back(printable(name));
  nlohmann::ordered_json angles = nlohmann::ordered_json::object();
  for (const auto& one : result.competitors)
    if (one.angles) angles[one.name] = angles_object(*one.angles, result.classes);
  return {{"angles", angles},
          {"classes", names},
          {"test", test_name(request.sides)},
          {"step", result.step},
          {"weights_sha256", result.weights_sha256}};
}

std::string angles_text(const Comparison& result) {
  std::string out = "mean angles, degrees   within   between   more\n";
  for (const auto& one : result.competitors)
    if (one.angles)
      out += line("  %-20s %6.1f    %6.1f %6.1f\n", contestant_name(one.name), one.angles->within,
                  one.angles->between, one.angles->between - one.angles->within);
  out += "told apart least by the pretrained encoder:\n";
  for (const auto& pair : least_separable(*result.competitors[0].angles, 5))
    out += line("  %s: %.1f between, %.1f more than within\n",
                printable(result.classes[pair.a]) + " and " + printable(result.classes[pair.b]), pair.between,
                pair.more_than_within, 0);
  return out;
}

}  // namespace simclr
