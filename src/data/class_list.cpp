#include "data/class_list.hpp"

#include <algorithm>
#include <filesystem>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/spec.hpp"
#include "data/labels.hpp"

namespace simclr {
std::vector<std::string> class_list(std::string_view text) {
  std::error_code ignored;
  const bool in_file = std::filesystem::is_regular_file(std::filesystem::path(text), ignored);
  const std::string all = in_file ? read_file(std::filesystem::path(text)) : std::string(text);
  const char end = in_file ? '\n' : ',';
  std::vector<std::string> list;
  for (size_t at = 0; at <= all.size();) {
    const size_t stop = std::min(all.find(end, at), all.size());
    const std::string name(trim(std::string_view(all).substr(at, stop - at)));
    const bool comment = in_file && name.starts_with('#');
    if (!name.empty() && !comment && std::find(list.begin(), list.end(), name) == list.end())
      list.push_back(name);
    at = stop + 1;
  }
  if (list.empty())
    throw Error(Exit::data, "'" + printable(text) + "' names no class.",
                "Write names with commas between, or a file with one name a line.");
  return list;
}

std::vector<bool> listed_classes(const Source& source, const std::vector<std::string>& list) {
  if (!source.labelled())
    throw Error(Exit::data, "classes can't be told by name: these pictures have no labels.",
                "Use class folders, or a CSV with a column of labels.");
  refuse_label_sets(source, "a list of classes");
  const auto& classes = source.classes();
  std::vector<bool> listed(classes.size());
  for (const auto& name : list) {
    const auto found = std::find_if(classes.begin(), classes.end(),
                                    [&](const auto& one) { return printable(one) == printable(name); });
    if (found == classes.end())
      throw Error(Exit::setting, "there is no class '" + printable(name) + "'." + suggestion(name, classes));
    listed[static_cast<size_t>(found - classes.begin())] = true;
  }
  return listed;
}

}  // namespace simclr
