#include "report/study_page.hpp"

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/run.hpp"
#include "report/run_data.hpp"
#include "report/shell.hpp"
#include "report/study_sections.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void add_grid(StudyPage& page, const Json& results) {
  page.html += study_facts(results) + failure_section(results);
  add_rows(page, cell_plot(results.at("cells"), "Every cell", score_label(results)), "cells.svg");
  page.html +=
      cell_section(results.at("cells"), "Every cell", text_at(results, "reference")) + trust_section(results);
}

struct StudyKind {
  const char *name, *title, *subtitle;
  void (*add)(StudyPage& page, const Json& results);
};

constexpr StudyKind kKinds[] = {
    {"grid", "grid study", "combinations of settings, side by side", add_grid},
    {"couplets", "couplet study", "pairs of augmentations, and a policy of those worth keeping",
     add_couplets},
    {"optimizers", "optimizer study", "each optimizer at its own best learning rate", add_optimizers},
    {"lr", "range test", "the loss as the learning rate rises", add_rate_range},
};

Error damaged(const fs::path& file) {
  return Error(Exit::data, printable(file.native()) + " is damaged.", "Run the study again; it goes on.");
}

}  // namespace

StudyPage study_page(const Json& results, const std::string& title) {
  for (const StudyKind& kind : kKinds) {
    if (text_at(results, "study") != kind.name) continue;
    StudyPage page;
    kind.add(page, results);
    page.html = page_shell({title, kind.title, kind.subtitle, "", false}, page.html);
    return page;
  }
  throw Error(Exit::data, "there is no study '" + printable(text_at(results, "study")) + "'.");
}

fs::path write_study_page(const fs::path& study) {
  const fs::path file = study / "results.json", html = study / "report.html", figures = study / "figures";
  const Json results = Json::parse(read_file(file), nullptr, false);
  if (!results.is_object()) throw damaged(file);
  const fs::path named = without_last_slash(fs::absolute(study));
  try {
    const StudyPage page = study_page(results, named.filename().native());
    std::error_code failed;
    fs::create_directories(figures, failed);
    if (failed) throw disk_error("make the folder", figures, failed.value());
    for (const auto& [name, svg] : page.figures) write_durably(figures / name, svg);
    write_durably(html, page.html);
  } catch (const Json::exception&) {
    throw damaged(file);
  }
  return html;
}

}  // namespace simclr
