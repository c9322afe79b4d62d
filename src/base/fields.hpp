#pragma once
// One definition of a setting: its name, help, range and default give the command-line flag, the key in
// a TOML file and in settings.toml, the argument of a composed text such as nt_xent(temperature=0.1),
// and the axis of a sweep.
//
//   struct NtXent { double temperature = 0.1; };
//   Fields fields(NtXent& s) { return {field("temperature", s.temperature, "softmax
//   temperature").range(0.001, 10)}; }

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace simclr {

struct Range {  // written "lo..hi"; a single number means lo = hi
  double lo = 0, hi = 0;
  bool operator==(const Range&) const = default;
};

using FieldTarget = std::variant<bool*, int64_t*, double*, std::string*, Range*, std::optional<int64_t>*,
                                 std::optional<double>*>;  // an empty optional is written "auto"

class Field {
 public:
  Field(std::string name, FieldTarget target, std::string help)
      : name_(std::move(name)), help_(std::move(help)), target_(target) {}
  Field range(double least, double most) &&;         // inclusive; for numbers and both ends of a Range
  Field choices(std::vector<std::string> words) &&;  // for strings
  Field unit(std::string word) &&;                   // shown in help: "N", "PATH", "degrees"

  const std::string& name() const { return name_; }  // kebab-case: "batch-size"
  std::string key() const;                           // snake_case, for TOML: "batch_size"
  const std::string& help() const { return help_; }
  const std::string& unit() const { return unit_; }
  const std::vector<std::string>& choices() const { return choices_; }
  bool is_flag() const { return std::holds_alternative<bool*>(target_); }
  bool is_text() const { return std::holds_alternative<std::string*>(target_); }

  // Parses and range-checks; throws Error(Exit::setting) naming the value and `origin` ("--lr",
  // "run.toml:3").
  void set(std::string_view text, std::string_view origin) const;
  std::string text() const;      // the current value, in the form that set() reads back to the same bits
  std::string describe() const;  // "0.001 to 10", "one of a, b", or ""

 private:
  void check(double value, std::string_view text, std::string_view origin) const;
  std::string name_, help_, unit_;
  FieldTarget target_;
  double least_ = -std::numeric_limits<double>::infinity(), most_ = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices_;
};

using Fields = std::vector<Field>;
using Assignments = std::map<std::string, std::string>;  // field name -> text

Field field(std::string name, FieldTarget target, std::string help);
template <class T>
Field field(std::string name, T& target, std::string help) {
  return field(std::move(name), FieldTarget(&target), std::move(help));
}

const Field* find(const Fields& fields, std::string_view name);  // by name or key; null if none
std::vector<std::string> names(const Fields& fields);

// The shortest decimal text that reads back to the same double: 0.1, 1e-06, 224.
std::string shortest(double value);

}  // namespace simclr
