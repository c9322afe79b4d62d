#pragma once
// Inside the room: what decode.cpp and the four codecs share. Each codec takes the bytes of a whole file
// whose magic is its own; gray or colour is the caller's last step.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "image/decode.hpp"

namespace simclr {

using Bytes = std::span<const std::byte>;

Decoded decode_jpeg(Bytes file, const DecodeOptions& options);
Decoded decode_png(Bytes file, const DecodeOptions& options);
Decoded decode_webp(Bytes file, const DecodeOptions& options);
Decoded decode_tiff(Bytes file, const DecodeOptions& options);

Decoded refuse(Format format, std::string why);

// Why an image of this size is refused, "" when it is not: to be asked before memory is taken for it.
std::string size_trouble(uint64_t width, uint64_t height, uint64_t bands, Sample sample,
                         const DecodeOptions& options);

// What a JPEG says outside its pixels, found by walking its markers.
struct JpegMarkers {
  bool ends = false;    // an end-of-image marker follows the pixels: nothing was cut off
  int orientation = 1;  // EXIF tag 0x0112, 1 to 8
};
JpegMarkers read_jpeg_markers(Bytes file);

}  // namespace simclr
