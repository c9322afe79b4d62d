#pragma once
// Some pictures of a source as people see them, in a grid: what --preview draws.

#include <CLI/CLI.hpp>
#include <string>

#include "data/source.hpp"

namespace simclr {

void add_preview_flag(CLI::App& command, std::string& png);

// At most 16, drawn at random by a fixed seed; rasters in true colour, stretched. Error(Exit::setting) unless
// `png` ends so.
void write_contact_sheet(const Source& source, const DecodeOptions& options, const std::string& png);

}  // namespace simclr
