#include "report/shell.hpp"

#include "report/html.hpp"
#include "report/map_script.hpp"
#include "report/plot.hpp"
#include "report/style.hpp"

namespace simclr {

std::string page_shell(const Shell& shell, const std::string& body) {
  const std::string policy = shell.script ? " script-src " + script_hash(map_script()) + ";" : "";
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline';" +
      policy +
      " base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      escape(shell.title) + " · " + escape(shell.kind) + "</title>\n<style>" + page_style() + plot_style() +
      "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>" + escape(shell.title) +
      "</h1>\n<p class=\"subtitle\">" + escape(shell.subtitle) + "</p>\n</header>\n" + body;
  out += "<footer>Made by simclr" + std::string(shell.version.empty() ? "" : " ") + escape(shell.version) +
         ". Everything on this page is in this one file; it loads nothing.</footer>\n</main>\n";
  if (shell.script) out += "<script>" + std::string(map_script()) + "</script>\n";
  return out + "</body>\n</html>\n";
}

std::string navigation(const std::vector<std::pair<std::string, std::string>>& links) {
  std::string out = "<nav aria-label=\"Parts of this page\">";
  for (const auto& [id, name] : links) out += "<a href=\"#" + escape(id) + "\">" + escape(name) + "</a>";
  return out + "</nav>\n";
}

}  // namespace simclr
