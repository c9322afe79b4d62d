#pragma once
// Where a run stands between chance and the floor of its loss: by its summary, or, before its end, by its
// last steps.

#include <string>

#include "report/run_data.hpp"

namespace simclr {

struct Standing {
  std::string verdict, text, origin;  // origin: which steps it is of, for a run that has not ended
  double loss = not_there, chance = not_there, floor = not_there, top1 = not_there;
  double way() const { return chance > floor ? (chance - loss) / (chance - floor) : not_there; }
};

Standing standing_of(const RunData& data);
std::string capitalised(std::string text);

}  // namespace simclr
