#pragma once
// The parts of the page that compares runs, in their order on it.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "report/pictures.hpp"
#include "report/run_data.hpp"

namespace simclr {

struct ComparedRun {
  std::string name;  // "A · photos", unlike any other here
  const RunData* data = nullptr;
};
using ComparedRuns = std::vector<ComparedRun>;

constexpr size_t most_plotted = 6;  // in plots with one line or bar a run: more would not be told apart

std::string standings_section(const ComparedRuns& runs);  // verdicts and losses
std::string differences_section(const ComparedRuns& runs);
std::string fractions_section(const ComparedRuns& runs);  // "" unless two were fine-tuned
std::string sizes_section(const ComparedRuns& runs);      // "" without a student
std::string scores_section(const ComparedRuns& runs);
std::string compared_angles_section(const ComparedRuns& runs);  // "" when no two share a test
std::string compared_maps_section(const ComparedRuns& runs);    // likewise
std::string compared_classes_section(const ComparedRuns& runs, PictureShelf& shelf);  // likewise

// A folder by its one name, however it was given: without links, dots and a slash at the end.
std::filesystem::path plain_folder(const std::filesystem::path& path);

// What a score of any of them must be read with, as a notice; "" when there is nothing.
std::string caveat_of_scores(const ComparedRuns& runs);

// The texts that `list` gives for at least two runs, each once, in the order met.
std::vector<std::string> shared_texts(const ComparedRuns& runs,
                                      const std::function<std::vector<std::string>(const RunData&)>& list);

}  // namespace simclr
