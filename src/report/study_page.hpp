#pragma once
// The page of a study of many runs (simclr study grid, couplets, optimizers, lr): what was varied, how good
// each was with its interval, and how far to trust the differences.

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace simclr {

struct StudyPage {
  std::string html;
  std::map<std::string, std::string> figures;  // file name -> SVG
};

// By the kind of study that `results` says it is. Error(Exit::data) for one that is unknown; what is missing
// from it throws nlohmann's exceptions.
StudyPage study_page(const nlohmann::ordered_json& results, const std::string& title);

// Reads results.json of the study's folder; writes report.html and figures/*.svg there, durably.
// Error(Exit::data) when it is missing or damaged, Error(Exit::disk) when they can't be written.
std::filesystem::path write_study_page(const std::filesystem::path& study);

}  // namespace simclr
