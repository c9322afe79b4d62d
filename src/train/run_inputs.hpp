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

// All pictures of PATH[:split], read as the run reads its own.
Pictures open_pictures(const RunInputs& inputs, const std::string& source);

// How the run opens pictures, with labels as `label_map` has them; "": as the files have them, whichever the
// run was trained on, since other pictures need not have those.
OpenOptions open_options(const RunInputs& inputs, const std::string& label_map);

// Those with a label, as `label_map` has them. Error(Exit::data) without one, and where pictures may have
// several classes unless `sets`.
Pictures open_labelled(const RunInputs& inputs, const std::string& source, const std::string& label_map,
                       bool sets);

// Says how many pictures could not be decoded, if any, and lists them in a CSV.
void list_bad_files(Pictures& pictures, const std::filesystem::path& csv);

}  // namespace simclr
