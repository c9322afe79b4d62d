#pragma once
// Arguments that the commands which judge embeddings share.

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace simclr {

// "random,pixels", each once; "none" for none. Error(Exit::setting) for an unknown one.
std::vector<std::string> parse_baselines(const std::string& text);

// Error(Exit::usage) unless there is one of the two to test on.
void check_one_test(const std::string& test, double test_fraction);

}  // namespace simclr
