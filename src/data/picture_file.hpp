#pragma once
// One picture in one file: what its first bytes say it is, and its decoding. Nothing here throws for a bad
// file; a FIFO or a device never blocks.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/source.hpp"

namespace simclr {

enum class FileKind : uint8_t {
  picture,      // an image magic that is read, whatever the extension
  unsupported,  // a known image format that is not read
  broken,       // an image extension without image magic, an empty one, or one that can't be opened
  other         // neither image magic nor image extension
};

struct Sniffed {
  FileKind kind = FileKind::other;
  std::string format;  // of an unsupported one: "gif"
};

Sniffed sniff_file(const std::string& path);

// Sniffs root/names[i] for all i on several threads and counts in `scan`. With `listed`, files were named
// one by one, and what is no image is broken rather than ignored.
std::vector<FileKind> sniff_files(const std::string& root, std::span<const std::string_view> names,
                                  bool listed, Scan& scan);

Decoded decode_file(const std::string& path, const DecodeOptions& options);

// root + "/" + name; `name` alone when it is absolute.
std::string join(const std::string& root, std::string_view name);

std::string extension_of(std::string_view path);  // lower case, with the dot; "" without one

// "412 files: 398 gif (unsupported), 14 others", for a source without a picture.
std::string describe(const Scan& scan);

}  // namespace simclr
