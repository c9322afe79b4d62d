#include "base/fields.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.hpp"

namespace simclr {
namespace {

template <class T>
bool parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_bool(std::string_view text, bool& value) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return value = true, true;
  if (text == "false" || text == "0" || text == "no" || text == "off") return value = false, true;
  return false;
}

bool parse_range(std::string_view text, Range& range) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return parse(text, range.lo) && (range.hi = range.lo, true);
  return parse(text.substr(0, dots), range.lo) && parse(text.substr(dots + 2), range.hi) &&
         range.lo <= range.hi;
}

[[noreturn]] void reject(std::string_view text, std::string_view origin, const std::string& wanted) {
  throw Error(Exit::setting, printable(origin) + ": '" + printable(text) + "' is not " + wanted + ".");
}

}  // namespace

Field field(std::string name, FieldTarget target, std::string help) {
  return {std::move(name), target, std::move(help)};
}

Field Field::range(double least, double most) && {
  least_ = least;
  most_ = most;
  return std::move(*this);
}

Field Field::choices(std::vector<std::string> words) && {
  choices_ = std::move(words);
  return std::move(*this);
}

Field Field::unit(std::string word) && {
  unit_ = std::move(word);
  return std::move(*this);
}

std::string Field::key() const {
  std::string key = name_;
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

void Field::check(double value, std::string_view text, std::string_view origin) const {
  if (std::isfinite(value) && value >= least_ && value <= most_) return;
  reject(text, origin, std::isfinite(value) ? "in range: " + describe() : "a finite number");
}

void Field::set(std::string_view text, std::string_view origin) const {
  const auto integer = [&](int64_t& out) {
    int64_t value = 0;
    if (!parse(text, value)) reject(text, origin, "a whole number");
    check(static_cast<double>(value), text, origin);
    out = value;
  };
  const auto number = [&](double& out) {
    double value = 0;
    if (!parse(text, value)) reject(text, origin, "a number");
    check(value, text, origin);
    out = value;
  };
  if (auto* flag = std::get_if<bool*>(&target_)) {
    if (!parse_bool(text, **flag)) reject(text, origin, "true or false");
  } else if (auto* whole = std::get_if<int64_t*>(&target_)) {
    integer(**whole);
  } else if (auto* real = std::get_if<double*>(&target_)) {
    number(**real);
  } else if (auto* range = std::get_if<Range*>(&target_)) {
    Range value;
    if (!parse_range(text, value)) reject(text, origin, "a range such as 0.1..2");
    check(value.lo, text, origin);
    check(value.hi, text, origin);
    **range = value;
  } else if (auto* maybe_whole = std::get_if<std::optional<int64_t>*>(&target_)) {
    if (text == "auto") return (*maybe_whole)->reset();
    int64_t value = 0;
    integer(value);
    **maybe_whole = value;
  } else if (auto* maybe_real = std::get_if<std::optional<double>*>(&target_)) {
    if (text == "auto") return (*maybe_real)->reset();
    double value = 0;
    number(value);
    **maybe_real = value;
  } else {
    if (!choices_.empty() && std::find(choices_.begin(), choices_.end(), text) == choices_.end())
      throw Error(Exit::setting, printable(origin) + ": '" + printable(text) + "' is not " + describe() +
                                     "." +
                                     (nearest(text, choices_).empty() ? "" : suggestion(text, choices_)));
    *std::get<std::string*>(target_) = text;
  }
}

std::string Field::text() const {
  struct {
    std::string operator()(const bool* v) const { return *v ? "true" : "false"; }
    std::string operator()(const int64_t* v) const { return std::to_string(*v); }
    std::string operator()(const double* v) const { return shortest(*v); }
    std::string operator()(const std::string* v) const { return *v; }
    std::string operator()(const Range* v) const {
      return v->lo == v->hi ? shortest(v->lo) : shortest(v->lo) + ".." + shortest(v->hi);
    }
    std::string operator()(const std::optional<int64_t>* v) const {
      return *v ? std::to_string(**v) : "auto";
    }
    std::string operator()(const std::optional<double>* v) const { return *v ? shortest(**v) : "auto"; }
  } const write;
  return std::visit(write, target_);
}

std::string Field::describe() const {
  std::string words;
  for (const auto& choice : choices_) words += (words.empty() ? "one of " : ", ") + choice;
  if (!words.empty()) return words;
  if (std::isfinite(least_) && std::isfinite(most_)) return shortest(least_) + " to " + shortest(most_);
  if (std::isfinite(least_)) return "at least " + shortest(least_);
  if (std::isfinite(most_)) return "at most " + shortest(most_);
  return "";
}

const Field* find(const Fields& fields, std::string_view name) {
  for (const auto& one : fields)
    if (one.name() == name || one.key() == name) return &one;
  return nullptr;
}

std::vector<std::string> names(const Fields& fields) {
  std::vector<std::string> all;
  for (const auto& one : fields) all.push_back(one.name());
  return all;
}

std::string shortest(double value) {
  char text[32];
  const bool whole = std::abs(value) < 1e15 && value == std::trunc(value);  // 100000, not 1e+05
  const auto [end, error] = whole ? std::to_chars(text, text + sizeof text, static_cast<int64_t>(value))
                                  : std::to_chars(text, text + sizeof text, value);
  return error == std::errc() ? std::string(text, end) : "nan";
}

}  // namespace simclr
