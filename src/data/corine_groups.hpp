#pragma once
// The 43 classes of CORINE Land Cover in the 19 groups of Sumbul et al. 2021 (BigEarthNet-MM, table 1).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

std::span<const std::string_view> corine_groups();  // the 19, in the paper's order

std::vector<std::string>
corine_classes();  // the 43, in the order that gives them their numbers in the studies

// The place of its group, of one of the 43 or of a group itself; -1 for the ten in none, such as "Airports".
// Error(Exit::data) for any other label.
int32_t corine_group(const std::string& label);

}  // namespace simclr
