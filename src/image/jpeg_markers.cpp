#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "image/codec.hpp"

namespace simclr {
namespace {

using namespace std::string_view_literals;

// Numbers of an EXIF block, in its own byte order; 0 beyond its end.
struct Exif {
  Bytes bytes;
  bool little;
  uint32_t number(size_t at, size_t length) const {
    if (at > bytes.size() || bytes.size() - at < length) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < length; ++i)
      value = value << 8U | static_cast<uint32_t>(bytes[at + (little ? length - 1 - i : i)]);
    return value;
  }
};

// The orientation in the first directory of an APP1 segment; 0 when it says none.
int exif_orientation(Bytes segment) {
  constexpr std::string_view start = "Exif\0\0"sv;
  if (segment.size() < start.size() + 8 || std::memcmp(segment.data(), start.data(), start.size()) != 0)
    return 0;
  segment = segment.subspan(start.size());
  const Exif exif{segment, segment[0] == std::byte{'I'}};
  const size_t directory = exif.number(4, 4);
  const size_t entries = exif.number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    constexpr uint32_t tag_orientation = 0x0112, type_short = 3;
    if (entry + 12 > segment.size()) break;
    if (exif.number(entry, 2) != tag_orientation || exif.number(entry + 2, 2) != type_short) continue;
    const uint32_t value = exif.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 0;
  }
  return 0;
}

// The next 0xFF that a marker code follows (neither fill nor a stuffed zero), or the end.
size_t next_marker(Bytes file, size_t at) {
  while (at + 1 < file.size()) {
    const void* found = std::memchr(file.data() + at, 0xFF, file.size() - 1 - at);
    if (found == nullptr) return file.size();
    at = static_cast<size_t>(static_cast<const std::byte*>(found) - file.data());
    if (file[at + 1] != std::byte{0x00} && file[at + 1] != std::byte{0xFF}) return at;
    ++at;
  }
  return file.size();
}

}  // namespace

JpegMarkers read_jpeg_markers(Bytes file) {
  JpegMarkers markers;
  size_t at = next_marker(file, 2);
  for (; at + 4 <= file.size(); at = next_marker(file, at)) {
    const auto code = static_cast<unsigned>(file[at + 1]);
    at += 2;
    if (code == 0x01 || (code >= 0xD0 && code <= 0xD9)) continue;  // these stand alone
    const size_t length = static_cast<size_t>(file[at]) << 8U | static_cast<size_t>(file[at + 1]);
    if (length < 2 || length > file.size() - at) return markers;
    if (code == 0xE1 && markers.orientation == 1) {
      const int orientation = exif_orientation(file.subspan(at + 2, length - 2));
      if (orientation != 0) markers.orientation = orientation;
    }
    at += length;
    if (code == 0xDA) break;  // pixels: what looks like a marker there may be damage, its length meaningless
  }
  constexpr std::array end{std::byte{0xFF}, std::byte{0xD9}};
  const Bytes rest = file.subspan(std::min(at, file.size()));
  markers.ends = std::search(rest.begin(), rest.end(), end.begin(), end.end()) != rest.end();
  return markers;
}

}  // namespace simclr
