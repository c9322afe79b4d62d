#include "report/sections.hpp"

#include "report/html.hpp"

namespace simclr {

std::string run_word(const RunData& data) {
  return shell_word(data.run.root.native());
}

std::string data_word(const RunData& data) {
  const std::string source = data.setting("data");
  return source.empty() ? "DIR" : shell_word(source);
}

std::string missing_part(std::string_view what, std::string_view command) {
  return "<p class=\"missing\">" + escape(what) + "</p>\n" + command_block(command);
}

std::string figure(const std::string& svg) {
  return "<figure>" + svg + "</figure>\n";
}

std::string tiles(const std::vector<Fact>& facts) {
  if (facts.empty()) return "";
  std::string out = "<dl class=\"tiles\">\n";
  for (const Fact& fact : facts) {
    out += "<div><dt>" + escape(fact.name) + "</dt><dd>" + escape(fact.value);
    if (!fact.note.empty()) out += "<small>" + escape(fact.note) + "</small>";
    out += "</dd></div>\n";
  }
  return out + "</dl>\n";
}

std::string fact_table(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "<table class=\"facts\"><tbody>\n";
  for (const auto& [name, value] : rows)
    out += "<tr><th scope=\"row\">" + escape(name) + "</th><td>" + escape(value) + "</td></tr>\n";
  return out + "</tbody></table>\n";
}

}  // namespace simclr
