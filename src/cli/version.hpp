#pragma once

namespace simclr {

inline constexpr const char* kVersion = SIMCLR_VERSION;

}  // namespace simclr
