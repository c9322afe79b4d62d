#include "base/contestant_name.hpp"

namespace simclr {

std::string contestant_name(const std::string& contestant) {
  if (contestant == "encoder") return "pretrained encoder";
  if (contestant == "random") return "same, untrained";
  if (contestant == "pixels") return "raw pixels";
  return contestant;
}

}  // namespace simclr
