#include "data/unknown_offsets.hpp"

#include <string>

#include "base/log.hpp"
#include "image/raster.hpp"

namespace simclr {

void UnknownOffsets::add(std::string_view name) {
  name.remove_prefix(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
  const size_t date = name.find("_MSIL") == 3 ? name.find('_', 4) : std::string_view::npos;
  if (date == std::string_view::npos || sentinel2_offset(name)) return;
  const std::string_view day = name.substr(date + 1, 8);
  if (day.size() != 8 || day.find_first_not_of("0123456789") != std::string_view::npos) return;
  (day >= "20220125" ? late : early) += 1;
}

void UnknownOffsets::warn(size_t all) const {
  if (late == 0) return;
  log_warning(
      std::to_string(late) + " of " + std::to_string(all) +
      " pictures were taken after 25 January 2022 and do not say their processing baseline: their values "
      "may hold an offset of 1000" +
      (early > 0 ? ", unlike those before: bring them to one scale."
                 : "; if they do, --offset -1000 takes it off."));
}

}  // namespace simclr
