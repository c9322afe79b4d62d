#pragma once
// What a run's encoder is judged beside, and how each is called in front of people.

#include <string>

namespace simclr {

// "pretrained encoder" for "encoder", "same, untrained" for "random", "raw pixels" for "pixels"; any other
// text as it is.
std::string contestant_name(const std::string& contestant);

}  // namespace simclr
