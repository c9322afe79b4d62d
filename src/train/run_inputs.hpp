#pragma once
// What embed, evaluate and export need of an earlier run.

#include <memory>
#include <string>

#include "train/embed.hpp"
#include "train/settings.hpp"

namespace simclr {

struct RunInputs {
  RunFolder run;
  PretrainSettings settings;
  Plan plan;
};

RunInputs read_run(const std::string& root);

// All pictures of PATH[:split], read as the run reads its own. `labelled` keeps those with a label only.
Pictures open_pictures(const RunInputs& inputs, const std::string& source, bool labelled = false);

// Says how many pictures could not be decoded, if any, and lists them in a CSV.
void list_bad_files(Pictures& pictures, const std::filesystem::path& csv);

}  // namespace simclr
