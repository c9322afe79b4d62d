#include "train/run_inputs.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/labels.hpp"
#include "train/picture_form.hpp"

namespace simclr {

RunInputs read_run(const std::string& root) {
  RunInputs inputs{open_run(root), {}, {}};
  const Fields all = fields(inputs.settings);
  read_toml(inputs.run.settings(), all);
  inputs.plan = read_plan(inputs.run);
  return inputs;
}

Pictures open_pictures(const RunInputs& inputs, const std::string& text) {
  auto source = open_source(text, open_options(inputs, ""));
  std::vector<uint32_t> all = every_record(*source);
  return {std::move(source), std::move(all), planned_form(inputs.settings, inputs.plan), false};
}

OpenOptions open_options(const RunInputs& inputs, const std::string& label_map) {
  OpenOptions options = open_options(inputs.settings);
  options.label_map = label_map;
  return options;
}

Pictures open_labelled(const RunInputs& inputs, const std::string& text, const std::string& label_map,
                       bool sets) {
  auto source = open_source(text, open_options(inputs, label_map));
  if (!sets) refuse_label_sets(*source, "this classifier");
  std::vector<uint32_t> chosen;
  for (uint32_t i = 0; i < source->size(); ++i)
    if (source->labelled(i)) chosen.push_back(i);
  if (chosen.empty())
    throw Error(Exit::data, "no picture in " + printable(text) + " has a label.",
                "Put the pictures into one folder a class, or name a CSV with the columns path and label.");
  return {std::move(source), std::move(chosen), planned_form(inputs.settings, inputs.plan), false};
}

void list_bad_files(Pictures& pictures, const std::filesystem::path& csv) {
  const size_t bad = pictures.bad().size();
  if (bad == 0 && pictures.source().scan().absent.empty()) return;
  pictures.list_bad_in(csv);
  if (bad == 0) return;
  log_warning(std::to_string(bad) + " of " + std::to_string(pictures.size()) +
              " pictures could not be read; see " + printable(csv.native()));
}

}  // namespace simclr
