#pragma once
// The page of a label study (simclr study labels): accuracy against the number of labels, a curve a method
// with its 95 % interval, one plot an evaluator, and the figures as a table.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace simclr {

std::string label_page(const nlohmann::ordered_json& study, const std::string& title);  // the HTML

// Reads labels.json of the study's folder; writes report.html and figures/labels-NAME.svg there, durably.
// Error(Exit::data) when it is missing or damaged, Error(Exit::disk) when they can't be written.
std::filesystem::path write_label_page(const std::filesystem::path& study);

}  // namespace simclr
