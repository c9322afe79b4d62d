#pragma once
// Classes named by a user: those held out of a pretraining, to be met as unseen ones.

#include <string>
#include <string_view>
#include <vector>

#include "data/source.hpp"

namespace simclr {

// "copepod,diatom", or the path of a file with one name a line (empty lines and those after # are left out).
// In the order written, each once. Error(Exit::data) when a file can't be read or names none.
std::vector<std::string> class_list(std::string_view text);

// For each class of the source, whether it is in the list. Error(Exit::setting), naming the nearest class,
// for a name that is none of the source's; Error(Exit::data) when the source has no labels.
std::vector<bool> listed_classes(const Source& source, const std::vector<std::string>& list);

}  // namespace simclr
