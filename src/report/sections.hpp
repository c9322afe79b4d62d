#pragma once
// The parts of a run's page, in their order on it. Each is HTML; what is missing gets one line that says
// which command makes it.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/pictures.hpp"
#include "report/plot.hpp"
#include "report/run_data.hpp"

namespace simclr {

std::string verdict_section(const RunData& data);
std::string evaluation_section(const RunData& data);
std::string label_scores_section(const RunData& data);                          // "" when there are none
std::string angles_section(const RunData& data);                                // "" when none were measured
std::string map_section(const RunData& data, PictureShelf& shelf);              // "" when there is none
std::string class_galleries_section(const RunData& data, PictureShelf& shelf);  // "" when there are none
std::string curves_section(const RunData& data);                                // loss
std::string monitors_section(const RunData& data);
std::string speed_section(const RunData& data);
std::string views_section(const RunData& data);
std::string settings_section(const RunData& data);
std::string environment_section(const RunData& data);
std::string commands_section(const RunData& data);

// Every plot of the page as a file of its own: "loss.svg" -> text.
std::map<std::string, std::string> figure_files(const RunData& data);

// The best figures for the verdict and the plot of evaluations.
std::vector<BarPlot> evaluation_plots(const RunData& data);

// Parts of the evaluation's, also for pages of several runs.
std::string score_table(const RunEvaluation& evaluation);
BarPlot evaluation_plot(const RunEvaluation& evaluation);
std::string draws_note(const RunEvaluation& evaluation);
std::string method_name(const RunEvaluation& evaluation, const std::string& method);  // "kNN, k = 20"
std::string labels_name(int labels_per_class);                                        // "10", "all"

ScatterPlot scatter_plot(const RunMap& map, size_t projection);  // one panel a set

// What the pictures of galleries may still take of a page, and how many could not be shown.
struct GalleryBudget {
  GalleryBudget();
  int side;      // of a picture, in pixels
  size_t bytes;  // of their text
  size_t missing = 0, left_out = 0;
};

// One class as three rows of pictures; `of`: which run, where there are several.
std::string class_card(const RunGalleries& galleries, const ClassPictures& one, const std::string& of,
                       GalleryBudget& budget, PictureShelf& shelf);

std::string budget_note(const GalleryBudget& budget);  // "" when all could be shown

// Places of the classes: those whose angles to another class exceed the angle within by least come first;
// without angles of the same test set (`by_angles` false) they stay as they are.
std::vector<size_t> most_confused_first(const RunData& data, const RunGalleries& galleries, bool& by_angles);

HeatMap heat_map(const RunAngles& angles, const std::string& of);
std::vector<HeatMap> angle_plots(const RunData& data);
std::string loss_label(const RunData& data);  // of its axis: "NT-Xent loss, nats"
bool learns_from_labels(const RunData& data);
std::string top1_name(
    const RunData& data);  // "contrastive top-1", or "class top-1" of runs that learn from labels

// "Nothing here yet. <reason> <command>"
std::string missing_part(std::string_view what, std::string_view command);
std::string run_name(const RunData& data);   // its folder's name
std::string run_word(const RunData& data);   // the run folder as a word of a shell command
std::string data_word(const RunData& data);  // its pictures, or DIR

// One plot, or a wide and a narrow drawing of it of which the page shows one.
std::string figure(const std::string& svg);
template <class Plot>
std::string wide_figure(const Plot& plot, int height) {
  return "<div class=\"wide\">" + figure(draw(plot, {860, height})) + "</div><div class=\"narrow\">" +
         figure(draw(plot, {340, 290})) + "</div>\n";
}

struct Fact {
  std::string name, value, note;  // plain text
};
std::string tiles(const std::vector<Fact>& facts);  // a row of figures
std::string fact_table(const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace simclr
