#include "report/page.hpp"

#include "base/durable.hpp"
#include "base/error.hpp"
#include "report/gallery.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"
#include "report/style.hpp"

namespace simclr {
namespace {

std::string title_of(const RunData& data) {
  std::filesystem::path root = data.run.root.lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  std::string name = root.filename().native();
  if (name.empty() || name == "." || name == "..") {
    std::error_code ignored;
    name = std::filesystem::weakly_canonical(data.run.root, ignored).filename().native();
  }
  return name.empty() ? "run" : name;
}

std::string subtitle(const RunData& data) {
  std::string out;
  const auto add = [&](std::string_view text) {
    if (text.empty()) return;
    if (!out.empty()) out += " · ";
    out += text;
  };
  add(data.setting("encoder"));
  add(data.setting("data"));
  const double images = number_at(data.plan, "images"), size = number_at(data.plan, "image_size");
  if (images >= 0) add(decimal(images, 0) + " pictures");
  if (size > 0) add(decimal(size, 0) + " px");
  add(text_at(data.environment, "date"));
  return out;
}

constexpr const char* navigation =
    "<nav aria-label=\"Parts of this page\"><a href=\"#evaluation\">Evaluation</a><a "
    "href=\"#loss\">Loss</a><a href=\"#monitors\">Monitors</a>"
    "<a href=\"#speed\">Speed</a><a href=\"#views\">Views</a><a href=\"#neighbours\">Neighbours</a><a "
    "href=\"#settings\">Settings</a>"
    "<a href=\"#environment\">Environment</a><a href=\"#next\">Going on</a></nav>\n";

}  // namespace

std::string report_page(const RunData& data) {
  const std::string title = title_of(data);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      escape(title) + " · SimCLR run</title>\n<style>" + page_style() + plot_style() +
      "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>" + escape(title) + "</h1>\n<p class=\"subtitle\">" +
      escape(subtitle(data)) + "</p>\n</header>\n";
  out += verdict_section(data) + navigation;
  out += evaluation_section(data) + angles_section(data) + curves_section(data) + monitors_section(data) +
         speed_section(data);
  out += views_section(data) + gallery_section(data);
  out += settings_section(data) + environment_section(data) + commands_section(data);
  const std::string version = text_at(data.environment, "simclr");
  return out + "<footer>Made by simclr" + (version.empty() ? "" : " ") + escape(version) +
         ". Everything on this page is in this one file; it loads "
         "nothing.</footer>\n</main>\n</body>\n</html>\n";
}

void write_report(const RunFolder& run) {
  const RunData data = read_run(run);
  const auto files = figure_files(data);
  std::error_code failed;
  if (!files.empty()) std::filesystem::create_directories(run.figures(), failed);
  if (failed)
    throw Error(Exit::disk,
                "cannot make " + printable(run.figures().native()) + ": " + failed.message() + ".");
  for (const auto& [name, svg] : files) write_durably(run.figures() / name, svg);
  write_durably(run.report(), report_page(data));
}

}  // namespace simclr
