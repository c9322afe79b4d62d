#include "train/recipes.hpp"

#include "base/error.hpp"
#include "train/device.hpp"

namespace simclr {
namespace {

struct Recipe {
  const char* name;
  Assignments settings;
};

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> table{
      {"fast", {}},
      {"paper",
       {{"batch-size", "256"},
        {"growth", "none"},
        {"loss", "nt_xent(temperature=0.1)"},
        {"optimizer", "lars"}}},
  };
  return table;
}

}  // namespace

std::vector<std::string> recipe_names() {
  std::vector<std::string> names{"auto"};
  for (const auto& recipe : recipes()) names.emplace_back(recipe.name);
  return names;
}

Assignments recipe_settings(std::string_view name, std::string_view device) {
  if (name == "auto") name = choose_device(device).is_cpu() ? "fast" : "paper";
  for (const auto& recipe : recipes())
    if (name == recipe.name) return recipe.settings;
  throw Error(Exit::setting,
              "There is no recipe '" + printable(name) + "'." + suggestion(name, recipe_names()));
}

}  // namespace simclr
