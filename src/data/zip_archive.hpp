#pragma once
// A ZIP archive, read only, with random access: its entries by name, their bytes from any thread. Nothing is
// unpacked to the disk. Safe on hostile input: an entry can be damaged, encrypted or a bomb, and is then a
// Bytes with an error. Stored and deflated entries are read, and ZIP64.
// Cost: opening reads the directory at the archive's end; each handle holds it once, some 300 bytes an entry,
// so that there are up to 16 of them, but no more than a million entries in all.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/names.hpp"

struct zip;  // of libzip

namespace simclr {

class ZipArchive {
 public:
  struct Entry {
    std::string_view name;  // relative, with slashes
    uint64_t index = 0;     // in the archive
    uint64_t size = 0, packed = 0;
    uint32_t crc = 0;
    uint16_t method = 0;
    bool encrypted = false;
  };
  struct Bytes {
    std::unique_ptr<std::byte[]> data;
    size_t size = 0;
    std::string error;  // why they could not be read, "" when they could
    std::span<const std::byte> span() const { return {data.get(), size}; }
  };

  explicit ZipArchive(const std::filesystem::path& path);  // Error(Exit::data) when it is no ZIP
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  // Files, bytewise sorted by name. Of several with one name the last counts, as it does when they are
  // unpacked.
  std::span<const Entry> entries() const { return entries_; }
  const Entry* find(std::string_view name) const;  // null when there is none
  size_t outside() const { return outside_; }      // left out: their names lead outside, "../a.png"
  const std::string& first_outside() const { return first_outside_; }

  // The whole entry, its CRC checked. One that says it is larger than `most` bytes is refused before memory
  // is taken.
  Bytes read(const Entry& entry, uint64_t most) const;
  Bytes start(const Entry& entry, size_t count) const;  // at most its first `count` bytes, unchecked

 private:
  class Lease;
  zip* open_handle(std::string& error) const;
  void list(zip* handle);
  Bytes packed_bytes(const Entry& entry, uint64_t count) const;
  std::string why_unreadable(const Entry& entry) const;

  std::filesystem::path path_;
  std::string stamp_;  // what file it is: all handles must be of the same
  uint64_t file_size_ = 0;
  Names names_;
  std::vector<Entry> entries_;
  size_t outside_ = 0;
  std::string first_outside_;

  size_t most_handles_ = 1;
  mutable std::mutex guard_;  // of the two below
  mutable std::condition_variable returned_;
  mutable size_t handles_ = 0;  // open, idle or leased
  mutable std::vector<zip*> idle_;
};

}  // namespace simclr
