#include "report/gallery.hpp"

#include <algorithm>
#include <compare>
#include <optional>

#include "base/error.hpp"
#include "formats/csv.hpp"
#include "formats/npy.hpp"
#include "report/html.hpp"
#include "report/pictures.hpp"
#include "report/sections.hpp"
#include "report/thumbnail.hpp"

namespace simclr {
namespace {

constexpr size_t queries_shown = 8, neighbours_shown = 8;
constexpr int thumbnail_side = 88;

namespace fs = std::filesystem;

struct Embeddings {
  NpyFile file;
  std::vector<std::string> ids, paths, labels;  // of each row
  size_t width() const { return file.shape()[1]; }
};

std::vector<std::string> take_column(const CsvTable& table, std::string_view name) {
  const auto column = table.column({name});
  std::vector<std::string> out;
  for (const auto& row : table.rows) out.push_back(column ? row[*column] : "");
  return out;
}

Embeddings open_embeddings(const RunFolder& run) {
  NpyFile file(run.embeddings());
  if (file.dtype() != "<f4" || file.shape().size() != 2)
    throw Error(Exit::data, "embeddings.npy is not a float32 table [rows, d].");
  const CsvTable table = read_csv(run.root / "embeddings.csv");
  if (table.rows.size() != file.shape()[0])
    throw Error(Exit::data, "embeddings.csv has " + std::to_string(table.rows.size()) +
                                " rows, embeddings.npy " + std::to_string(file.shape()[0]) + ".");
  return {std::move(file), take_column(table, "id"), take_column(table, "path"), take_column(table, "label")};
}

// The sources this run's files name, each as written and without its split.
std::vector<std::string> known_sources(const RunData& data) {
  std::vector<std::string> texts{data.setting("data"), data.setting("val_data")};
  for (const RunEvaluation& evaluation : data.evaluations) {
    texts.push_back(evaluation.train);
    texts.push_back(evaluation.test);
  }
  const size_t as_written = texts.size();
  for (size_t i = 0; i < as_written; ++i)
    if (const size_t colon = texts[i].rfind(':'); colon != std::string::npos)
      texts.push_back(texts[i].substr(0, colon));
  std::vector<std::string> once;
  for (const std::string& text : texts)
    if (!text.empty() && std::find(once.begin(), once.end(), text) == once.end()) once.push_back(text);
  return once;
}

// How well a source fits the rows. Two folders may hold the same names (train/cat/1.png, test/cat/1.png), so
// the names alone don't decide: then the paths do, then the number of pictures.
struct Fit {
  size_t ids = 0, paths = 0;
  bool same_size = false;
  auto operator<=>(const Fit&) const = default;
};

Fit fit_of(const Pictures& pictures, const Embeddings& rows) {
  Fit fit{0, 0, pictures.source->size() == rows.ids.size()};
  for (size_t r = 0; r < rows.ids.size(); ++r) {
    const auto found = pictures.places.find(rows.ids[r]);
    if (found == pictures.places.end()) continue;
    ++fit.ids;
    fit.paths += pictures.source->path(found->second) == rows.paths[r] ? 1 : 0;
  }
  return fit;
}

std::optional<Pictures> find_pictures(const RunData& data, const Embeddings& rows) {
  std::optional<Pictures> best;
  Fit best_fit;
  for (const std::string& text : known_sources(data)) {
    try {
      Pictures pictures = open_pictures(text);
      const Fit fit = fit_of(pictures, rows);
      if (fit.ids == 0 || fit <= best_fit) continue;
      best_fit = fit;
      best = std::move(pictures);
      if (fit.paths == rows.ids.size()) break;
    } catch (const Error&) {  // moved away since: the gallery then shows names
    }
  }
  return best;
}

std::string picture(const Pictures* pictures, const Embeddings& rows, size_t row, const std::string& hover) {
  const Image image = pictures == nullptr ? Image() : pictures->read(rows.ids[row]);
  if (image.empty())
    return "<span class=\"no-picture\" title=\"" + escape(hover) + "\">" + escape(rows.ids[row]) + "</span>";
  const bool tiny = std::max(image.height(), image.width()) <= thumbnail_side;
  return std::string("<img") + (tiny ? " class=\"tiny\"" : "") + " alt=\"" + escape(hover) + "\" title=\"" +
         escape(hover) + "\" src=\"" + thumbnail(image, thumbnail_side) + "\">";
}

std::string place_of(const Embeddings& rows, size_t row) {
  return rows.paths[row].empty() ? rows.ids[row] : rows.paths[row];
}

std::string query_cell(const Pictures* pictures, const Embeddings& rows, size_t row) {
  return "<div class=\"query\">" + picture(pictures, rows, row, place_of(rows, row)) +
         "<span class=\"label\">" + escape(rows.labels[row]) + "</span></div>\n";
}

std::string neighbour_cell(const Pictures* pictures, const Embeddings& rows, size_t query,
                           const Neighbour& found) {
  const std::string &own = rows.labels[query], &label = rows.labels[found.row];
  const bool known = !own.empty() && !label.empty();
  const std::string kind = !known ? "" : own == label ? " same" : " other";
  const std::string hover =
      place_of(rows, found.row) + ", cosine " + decimal(static_cast<double>(found.cosine), 3);
  std::string out = "<div class=\"neighbour" + kind + "\">" + picture(pictures, rows, found.row, hover);
  out += "<span class=\"label\">";
  if (known && own != label) out += "<b aria-label=\"another class\">✕</b> ";
  return out + escape(label.empty() ? decimal(static_cast<double>(found.cosine), 2) : label) +
         "</span></div>\n";
}

struct Tally {
  size_t same = 0, known = 0;
};

std::string grid(const Pictures* pictures, const Embeddings& rows, Tally& tally) {
  const std::vector<size_t> queries = spread_queries(rows.labels, queries_shown);
  const auto found = nearest_rows(rows.file.values<float>(), rows.width(), queries, neighbours_shown);
  std::string out = "<div class=\"gallery\">\n";
  for (size_t q = 0; q < queries.size(); ++q) {
    out += "<div class=\"strip\">\n" + query_cell(pictures, rows, queries[q]);
    for (const Neighbour& neighbour : found[q]) {
      out += neighbour_cell(pictures, rows, queries[q], neighbour);
      if (rows.labels[queries[q]].empty() || rows.labels[neighbour.row].empty()) continue;
      ++tally.known;
      tally.same += rows.labels[queries[q]] == rows.labels[neighbour.row] ? 1 : 0;
    }
    out += "</div>\n";
  }
  return out + "</div>\n";
}

std::string gallery(const RunData& data) {
  const Embeddings rows = open_embeddings(data.run);
  if (rows.ids.size() < 2)
    return "<p class=\"missing\">embeddings.npy has fewer than two rows: nothing to compare.</p>\n";
  const std::optional<Pictures> pictures = find_pictures(data, rows);
  Tally tally;
  const std::string strips = grid(pictures ? &*pictures : nullptr, rows, tally);
  std::string out =
      "<p class=\"note\">First of each row: a picture, chosen by its place and class, never by the result. "
      "Beside it: its " +
      std::to_string(std::min(neighbours_shown, rows.ids.size() - 1)) + " nearest of " +
      grouped(static_cast<int64_t>(rows.ids.size())) + " by the cosine of their embeddings (" +
      grouped(static_cast<int64_t>(rows.width())) + " values each).";
  if (tally.known > 0)
    out += " <b>" + std::to_string(tally.same) + " of " + std::to_string(tally.known) +
           "</b> neighbours share the class of their query; the others have a dashed frame and a ✕.";
  if (pictures) out += " Pictures from <code>" + escape(pictures->text) + "</code>.";
  out += "</p>\n";
  if (!pictures)
    out +=
        "<p class=\"missing\">The pictures themselves were not found where this run had them; their names "
        "stand in.</p>\n";
  return out + strips;
}

}  // namespace

std::string gallery_section(const RunData& data) {
  std::string out = "<section id=\"neighbours\">\n<h2>Nearest neighbours</h2>\n";
  const fs::path table = data.run.embeddings();
  const std::string command = "simclr embed " + run_word(data) + " --data " + data_word(data) + " --out " +
                              shell_word(table.native());
  std::error_code ignored;
  if (!fs::exists(table, ignored))
    return out + missing_part("No embeddings yet. This makes them:", command) + "</section>\n";
  try {
    out += gallery(data);
  } catch (const Error& trouble) {
    out += missing_part(
        std::string("The embeddings could not be read: ") + trouble.what() + " This makes them anew:",
        command);
  }
  return out + "</section>\n";
}

}  // namespace simclr
