#pragma once
// Pictures side by side in one.

#include "image/image.hpp"

namespace simclr {

// The whole picture, its longer side as long as `side`; float32 in unit range.
Image fitted(const Image& picture, int side);

// Puts a float32 picture of unit range into a uint8 grid, which it must fit into. Of more than three bands
// the first three are shown, of two the first.
void paste(const Image& image, int top, int left, Image& grid);

}  // namespace simclr
