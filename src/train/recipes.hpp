#pragma once
// Recipes: named sets of defaults for a pretraining run. Whatever is given by --config or a flag wins.
//   fast    the settings' own defaults: what reaches a good encoder soonest on a few processor cores
//           (docs/results.md, "Time to accuracy")
//   paper   SimCLR's (Chen et al. 2020, section 2.2) with the smallest of its batches: LARS, temperature 0.1,
//           full-size views
//   auto    fast on a CPU, else paper

#include <string>
#include <string_view>
#include <vector>

#include "base/fields.hpp"

namespace simclr {

std::vector<std::string> recipe_names();

// The settings that a recipe sets apart from the defaults. `device`: as --device has it, which auto looks at.
// Error(Exit::setting) for an unknown name.
Assignments recipe_settings(std::string_view name, std::string_view device);

}  // namespace simclr
