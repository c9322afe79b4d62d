#pragma once
// The parts of a run's page, in their order on it. Each is HTML; what is missing gets one line that says
// which command makes it.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/plot.hpp"
#include "report/run_data.hpp"

namespace simclr {

std::string verdict_section(const RunData& data);
std::string evaluation_section(const RunData& data);
std::string angles_section(const RunData& data);  // "" when none were measured
std::string curves_section(const RunData& data);  // loss
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

std::vector<HeatMap> angle_plots(const RunData& data);
std::string row_name(const std::string& features);  // "pretrained encoder" for "encoder"

// "Nothing here yet. <reason> <command>"
std::string missing_part(std::string_view what, std::string_view command);
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
