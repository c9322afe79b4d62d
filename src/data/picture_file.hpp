#pragma once
// One picture in one file: what its first bytes say it is, and its decoding. Nothing here throws for a bad
// file; a FIFO or a device never blocks.

#include <filesystem>
#include <functional>
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

constexpr size_t sniffed_bytes = 16;  // of the start: enough to tell
Sniffed sniff_file(const std::string& path);
Sniffed sniff_bytes(std::span<const std::byte> first, std::string_view path);  // no bytes: a broken file

// Sniffs root/names[i] for all i on several threads and counts in `scan`. With `listed`, files were named
// one by one, and what is no image is broken rather than ignored.
std::vector<FileKind> sniff_files(const std::string& root, std::span<const std::string_view> names,
                                  bool listed, Scan& scan);

// The same for files that are not on the disk by themselves: look(i) on `threads` threads.
std::vector<FileKind> sniff_each(size_t count, unsigned threads, const std::function<Sniffed(size_t)>& look,
                                 bool listed, Scan& scan);

Decoded failed(std::string error);
Decoded decode_file(const std::string& path, const DecodeOptions& options);

// What a table's header can be told from: the first 64 KiB; "" for what can't be read.
std::string start_of_file(const std::filesystem::path& path);

// root + "/" + name; `name` alone when it is absolute.
std::string join(const std::string& root, std::string_view name);

std::string extension_of(std::string_view path);  // lower case, with the dot; "" without one

// "412 files: 398 gif (unsupported), 14 others", for a source without a picture.
std::string describe(const Scan& scan);

}  // namespace simclr
