#pragma once
// Sentinel-2 pictures whose names say when they were taken, and not their processing baseline: from 25
// January 2022 on (baseline 04.00) their values may hold an offset of 1000, which can't be known.

#include <cstddef>
#include <string_view>

namespace simclr {

struct UnknownOffsets {
  size_t late = 0, early = 0;       // taken since then, or before
  void add(std::string_view name);  // such as S2A_MSIL2A_20170613T101031_87_48; others count as neither
  void warn(size_t all) const;      // nothing where none is late
};

}  // namespace simclr
