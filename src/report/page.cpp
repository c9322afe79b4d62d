#include "report/page.hpp"

#include <regex>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "report/gallery.hpp"
#include "report/html.hpp"
#include "report/pictures.hpp"
#include "report/sections.hpp"
#include "report/shell.hpp"

namespace simclr {
namespace {

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

using Links = std::vector<std::pair<std::string, std::string>>;  // id, name

Links links_of(const RunData& data) {
  Links links{{"evaluation", "Evaluation"}};
  if (!data.classifier.empty() || !data.probes.empty()) links.emplace_back("f1", "Classes found");
  if (!data.angles.empty()) links.emplace_back("angles", "Angles");
  if (!data.maps.empty()) links.emplace_back("map", "Map");
  if (!data.galleries.empty()) links.emplace_back("classes", "Classes");
  for (const auto& [id, name] : Links{{"loss", "Loss"},
                                      {"monitors", "Monitors"},
                                      {"speed", "Speed"},
                                      {"views", "Views"},
                                      {"neighbours", "Neighbours"},
                                      {"settings", "Settings"},
                                      {"environment", "Environment"},
                                      {"next", "Going on"}})
    links.emplace_back(id, name);
  return links;
}

// Of evaluations that are gone, or are fewer now.
void remove_old_figures(const std::filesystem::path& folder, const std::map<std::string, std::string>& made) {
  static const std::regex ours("(evaluation(-[0-9]+)?|angles-[0-9]+|map-[0-9]+(-[a-z]+)?)\\.svg");
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().native();
    if (!made.contains(name) && std::regex_match(name, ours)) std::filesystem::remove(entry.path(), failed);
  }
}

}  // namespace

std::string run_name(const RunData& data) {
  std::string name = without_last_slash(data.run.root).filename().native();
  if (name.empty() || name == "." || name == "..") {
    std::error_code ignored;
    name = std::filesystem::weakly_canonical(data.run.root, ignored).filename().native();
  }
  return name.empty() ? "run" : name;
}

std::string report_page(const RunData& data) {
  PictureShelf shelf;
  std::string body = verdict_section(data) + navigation(links_of(data));
  body += label_scores_section(data) + evaluation_section(data) + angles_section(data) +
          map_section(data, shelf) + class_galleries_section(data, shelf);
  body += curves_section(data) + monitors_section(data) + speed_section(data);
  body += views_section(data) + gallery_section(data);
  body += settings_section(data) + environment_section(data) + commands_section(data);
  return page_shell(
      {run_name(data), "SimCLR run", subtitle(data), text_at(data.environment, "simclr"), !data.maps.empty()},
      body);
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
  remove_old_figures(run.figures(), files);
  write_durably(run.report(), report_page(data));
}

}  // namespace simclr
