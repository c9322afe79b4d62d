#pragma once
// A strict reader of tags, enough to say whether SVG or a page of ours is well formed: what is opened is
// closed in order, attributes are quoted and unique, text holds no bare < or & that starts no entity.

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

inline bool entity_at(std::string_view text, size_t at) {
  const size_t end = text.find(';', at);
  if (end == std::string_view::npos || end - at < 2 || end - at > 8) return false;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                     text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '#'; });
}

inline std::string plain_error(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') return "bare <";
    if (text[i] == '&' && !entity_at(text, i)) return "bare & in " + std::string(text.substr(0, 60));
  }
  return "";
}

// `inside`: what stands between the name and the end of a tag.
inline std::string attribute_error(std::string_view inside) {
  std::set<std::string> seen;
  for (size_t at = 0;;) {
    while (at < inside.size() && std::isspace(static_cast<unsigned char>(inside[at])) != 0) ++at;
    if (at >= inside.size()) return "";
    const size_t equals = inside.find("=\"", at);
    if (equals == std::string_view::npos)
      return "attribute without quoted value: " + std::string(inside.substr(at, 40));
    const std::string name(inside.substr(at, equals - at));
    if (name.find_first_of(" \t\n'<>") != std::string::npos) return "bad attribute name: " + name;
    if (!seen.insert(name).second) return "attribute twice: " + name;
    const size_t end = inside.find('"', equals + 2);
    if (end == std::string_view::npos) return "open quote";
    if (auto error = plain_error(inside.substr(equals + 2, end - equals - 2)); !error.empty()) return error;
    at = end + 1;
  }
}

inline size_t tag_end(std::string_view text, size_t at) {  // of the > outside quotes
  bool quoted = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (text[at] == '>' && !quoted) return at;
  }
  return std::string_view::npos;
}

// "" when well formed, else what is wrong. HTML's void elements need no end.
inline std::string markup_error(std::string_view text) {
  static const std::set<std::string> closed_by_law = {"meta", "img", "br", "wbr", "!DOCTYPE"};
  std::vector<std::string> open;
  for (size_t at = 0; at < text.size();) {
    const bool raw = !open.empty() && (open.back() == "style" || open.back() == "script");
    const std::string next = raw ? "</" + open.back() : "<";  // of such text, only its end is a tag
    const size_t start = std::min(text.find(next, at), text.size());
    if (auto error = raw ? "" : plain_error(text.substr(at, start - at)); !error.empty()) return error;
    if (start == text.size()) break;
    const size_t end = tag_end(text, start);
    if (end == std::string_view::npos) return "open tag";
    std::string_view tag = text.substr(start + 1, end - start - 1);
    at = end + 1;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1))
        return "</" + std::string(tag.substr(1)) + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
      continue;
    }
    const bool empty = tag.ends_with('/');
    if (empty) tag.remove_suffix(1);
    const std::string name(tag.substr(0, tag.find_first_of(" \n")));
    if (name == "!DOCTYPE") continue;
    if (auto error = attribute_error(tag.substr(name.size())); !error.empty())
      return "<" + name + ">: " + error;
    if (!empty && !closed_by_law.contains(name)) open.push_back(name);
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

inline size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace simclr
