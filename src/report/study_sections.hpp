#pragma once
// What the pages of studies share.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/plot.hpp"
#include "report/study_page.hpp"

namespace simclr {

std::string study_facts(const nlohmann::ordered_json& results);    // terms, as a table
std::string trust_section(const nlohmann::ordered_json& results);  // reliability and smallest effect
std::string cell_section(const nlohmann::ordered_json& cells, const std::string& heading,
                         const std::string& reference);              // a row a cell
std::string failure_section(const nlohmann::ordered_json& results);  // "" when all runs went well
RowPlot cell_plot(const nlohmann::ordered_json& cells, const std::string& title,
                  const std::string& score);  // best on top

// "kNN accuracy, %", as axes call it.
std::string score_label(const nlohmann::ordered_json& results);

// Draws a plot into the page and as a file.
void add_rows(StudyPage& page, const RowPlot& plot, const std::string& file);
void add_lines(StudyPage& page, const LinePlot& plot, const std::string& file, int height);

void add_couplets(StudyPage& page, const nlohmann::ordered_json& results);
void add_optimizers(StudyPage& page, const nlohmann::ordered_json& results);
void add_rate_range(StudyPage& page, const nlohmann::ordered_json& results);

}  // namespace simclr
