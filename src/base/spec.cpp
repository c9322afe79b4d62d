#include "base/spec.hpp"

#include <cctype>

#include "base/error.hpp"

namespace simclr {
namespace {

bool is_name(std::string_view text) {
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') return false;
  return !text.empty();
}

bool is_balanced(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth == 0;
}

[[noreturn]] void malformed(std::string_view text, std::string_view what, const std::string& why) {
  throw Error(Exit::setting, std::string(what) + " '" + printable(text) + "': " + why + ".",
              "Write it as name or name(key=value, key=value).");
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_outside(std::string_view text, char separator) {
  std::vector<std::string> parts;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i == text.size() || (text[i] == separator && depth == 0)) {
      parts.emplace_back(trim(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  return parts;
}

Spec parse_spec(std::string_view text, std::string_view what) {
  const std::string_view whole = trim(text);
  const size_t open = whole.find('(');
  Spec spec{std::string(trim(whole.substr(0, open))), {}};
  if (!is_name(spec.name)) malformed(text, what, "no name before the arguments");
  if (open == std::string_view::npos) return spec;
  if (whole.back() != ')') malformed(text, what, "the parenthesis is not closed");
  const std::string_view inside = trim(whole.substr(open + 1, whole.size() - open - 2));
  if (!is_balanced(inside)) malformed(text, what, "its parentheses don't match");
  if (inside.empty()) return spec;
  for (const auto& part : split_outside(inside, ',')) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) malformed(text, what, "'" + printable(part) + "' is not key=value");
    const std::string_view key = trim(std::string_view(part).substr(0, equals));
    if (!is_name(key)) malformed(text, what, "'" + printable(part) + "' is not key=value");
    for (const auto& [other, value] : spec.args)
      if (other == key) malformed(text, what, "'" + other + "' is given twice");
    spec.args.emplace_back(key, trim(std::string_view(part).substr(equals + 1)));
  }
  return spec;
}

void configure(const Fields& fields, const Spec& spec, std::string_view what) {
  for (const auto& [key, value] : spec.args) {
    const Field* target = find(fields, key);
    if (target == nullptr)
      throw Error(Exit::setting, std::string(what) + " '" + spec.name + "' has no argument '" +
                                     printable(key) + "'." + suggestion(key, names(fields)));
    target->set(value, spec.name + "(" + key + ")");
  }
}

std::string canonical(const std::string& name, const Fields& fields, const Fields& defaults) {
  std::string inside;
  for (const auto& one : fields) {
    const Field* usual = find(defaults, one.name());
    if (usual != nullptr && usual->text() == one.text()) continue;
    if (!inside.empty()) inside += ',';
    inside.append(one.key()).append("=").append(one.text());
  }
  return inside.empty() ? name : name + "(" + inside + ")";
}

}  // namespace simclr
