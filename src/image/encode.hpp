#pragma once
// Images to files, for previews, galleries and pages.

#include <string>

#include "image/image.hpp"

namespace simclr {

// PNG, 8 bit. `image` is uint8, or float32 in [0, 1] (clamped, rounded); 1 band gives gray, 3 RGB; of more
// than three bands the first three are shown, of two the first.
std::string encode_png(const Image& image);

std::string base64(std::string_view bytes);  // for data: addresses in a self-contained page

}  // namespace simclr
