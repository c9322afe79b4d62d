#pragma once
// A small picture for a page.

#include <string>

#include "image/image.hpp"

namespace simclr {

// At most `side` pixels a side, float32 in unit range, 1 or 3 bands; smaller pictures keep their size. uint8
// is shown as it is; uint16 and float32, whose range no screen shows, are stretched between the 1st and the
// 99th percentile of what is shown. Cost: one pass over the picture.
Image small_picture(const Image& image, int side);

// The same as an address data:image/png;base64,...
std::string thumbnail(const Image& image, int side);

}  // namespace simclr
