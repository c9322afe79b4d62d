#pragma once
// A small picture for a page.

#include <string>

#include "image/image.hpp"

namespace simclr {

// An address data:image/png;base64,... of at most `side` pixels a side; smaller pictures keep their size.
// uint8 is shown as it is; uint16 and float32, whose range no screen shows, are stretched between the 1st and
// the 99th percentile of what is shown.
std::string thumbnail(const Image& image, int side);

}  // namespace simclr
