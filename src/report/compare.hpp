#pragma once
// Several runs on one page, side by side: which settings differ, how far each came, and the same test sets'
// scores, angles, maps and galleries. Like a run's page, one file that loads nothing; without a script.

#include <filesystem>
#include <string>
#include <vector>

#include "base/run.hpp"

namespace simclr {

struct RunData;

constexpr size_t most_compared = 26;  // they are called A to Z

std::string comparison_page(const std::vector<RunData>& runs);  // the HTML

// comparison.html in the folder that holds the first run's folder.
std::filesystem::path usual_comparison(const RunFolder& first);

// Reads the run folders and writes the page, durably; an empty `out` is usual_comparison(). Parts that are
// missing or damaged are said in the page. Error(Exit::usage): fewer than two or more than most_compared
// runs, or a file of that usual name that is not such a page; Error(Exit::disk) when it can't be written.
std::filesystem::path write_comparison(const std::vector<RunFolder>& runs, std::filesystem::path out);

}  // namespace simclr
