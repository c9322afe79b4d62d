#pragma once
// The page of a run: report.html, one file that opens from disk and asks nothing of any network (a content
// security policy in it forbids that), and each of its plots as figures/*.svg. Light and dark, wide and
// narrow.

#include <string>

#include "base/run.hpp"

namespace simclr {

struct RunData;

std::string report_page(const RunData& data);  // the HTML

// Reads the run folder and writes the page and its figures, durably. Parts of a run that are missing or
// damaged are said in the page; Error(Exit::disk) when it can't be written.
void write_report(const RunFolder& run);

}  // namespace simclr
