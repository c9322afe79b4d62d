#pragma once
// Features brought to mean 0 and variance 1 by column, as scikit-learn's StandardScaler. For this room.

#include "eval/table.hpp"

namespace simclr {

struct Standard {
  std::vector<float> mean,
      inverse_std;  // [width]; a column that varies by rounding alone has 0 for the latter
};

Standard standard_of(const Table& table);
void standardise(std::span<float> values, std::span<const float> mean, std::span<const float> inverse_std);

}  // namespace simclr
