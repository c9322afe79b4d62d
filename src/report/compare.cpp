#include "report/compare.hpp"

#include <algorithm>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "report/compare_sections.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"
#include "report/shell.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kind = "SimCLR runs compared";

ComparedRuns named(const std::vector<RunData>& runs) {
  ComparedRuns out;
  for (size_t i = 0; i < runs.size(); ++i)
    out.push_back(
        {std::string(1, static_cast<char>('A' + i % most_compared)) + " · " + run_name(runs[i]), &runs[i]});
  return out;
}

std::string problems(const ComparedRuns& runs) {
  std::string lines;
  for (const ComparedRun& run : runs)
    for (const std::string& problem : run.data->problems)
      lines += "<li>" + escape(run.name) + ": " + escape(problem) + "</li>\n";
  return lines.empty() ? ""
                       : "<div class=\"notice\"><b>Could not be read</b><ul>\n" + lines + "</ul></div>\n";
}

std::string folders(const ComparedRuns& runs) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const ComparedRun& run : runs) rows.emplace_back(run.name, run.data->run.root.native());
  return fact_table(rows);
}

bool is_comparison(const fs::path& file) {
  const std::string text = read_file(file);
  return text.find(kind) != std::string::npos && text.find("Made by simclr") != std::string::npos;
}

}  // namespace

std::vector<std::string> shared_texts(const ComparedRuns& runs,
                                      const std::function<std::vector<std::string>(const RunData&)>& list) {
  std::vector<std::string> seen, shared;
  const auto has = [](const std::vector<std::string>& texts, const std::string& text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  };
  for (const ComparedRun& run : runs) {
    std::vector<std::string> own;
    for (const std::string& text : list(*run.data))
      if (!has(own, text)) own.push_back(text);
    for (const std::string& text : own) {
      if (!has(seen, text))
        seen.push_back(text);
      else if (!has(shared, text))
        shared.push_back(text);
    }
  }
  return shared;
}

std::string comparison_page(const std::vector<RunData>& data) {
  const ComparedRuns runs = named(data);
  PictureShelf shelf;
  const std::pair<std::pair<std::string, std::string>, std::string> parts[] = {
      {{"standing", "Standing"}, standings_section(runs)},
      {{"settings", "Settings"}, differences_section(runs)},
      {{"f1", "F1 against labels"}, fractions_section(runs)},
      {{"size", "Size against F1"}, sizes_section(runs)},
      {{"evaluation", "Evaluation"}, scores_section(runs)},
      {{"angles", "Angles"}, compared_angles_section(runs)},
      {{"map", "Maps"}, compared_maps_section(runs)},
      {{"classes", "Classes"}, compared_classes_section(runs, shelf)}};
  std::vector<std::pair<std::string, std::string>> links;
  std::string body;
  for (const auto& [link, html] : parts) {
    if (html.empty()) continue;
    links.push_back(link);
    body += html;
  }
  std::string subtitle;
  for (const ComparedRun& run : runs) subtitle += (subtitle.empty() ? "" : ", ") + run.name;
  const std::string version = data.empty() ? "" : text_at(data[0].environment, "simclr");
  return page_shell(
      {grouped(static_cast<int64_t>(runs.size())) + " runs side by side", kind, subtitle, version, false},
      folders(runs) + problems(runs) + navigation(links) + body);
}

std::string caveat_of_scores(const ComparedRuns& runs) {
  for (const ComparedRun& run : runs)
    if (const std::string caveat = text_at(run.data->classifier, "caveat"); !caveat.empty())
      return caveat_notice(caveat);
  return "";
}

fs::path plain_folder(const fs::path& path) {
  std::error_code failed;
  const fs::path root = fs::weakly_canonical(path, failed);
  return without_last_slash(failed ? path : root);
}

fs::path usual_comparison(const RunFolder& first) {
  return plain_folder(first.root).parent_path() / "comparison.html";
}

fs::path write_comparison(const std::vector<RunFolder>& runs, fs::path out) {
  if (runs.size() < 2 || runs.size() > most_compared)
    throw Error(Exit::usage,
                "a comparison takes 2 to " + std::to_string(most_compared) + " runs, not " +
                    std::to_string(runs.size()) + ".",
                "Name the run folders one after the other.");
  if (out.empty()) {
    out = usual_comparison(runs[0]);
    std::error_code ignored;
    if (fs::exists(out, ignored) && !(fs::is_regular_file(out, ignored) && is_comparison(out)))
      throw Error(Exit::usage, printable(out.native()) + " is there and is no comparison of runs.",
                  "Name another file: --out FILE.html");
  }
  std::vector<RunData> data;
  for (const RunFolder& run : runs) data.push_back(read_run(run));
  write_durably(out, comparison_page(data));
  return out;
}

}  // namespace simclr
