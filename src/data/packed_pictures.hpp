#pragma once
// Decoded pictures of a source packed into one file, so that a run reads instead of decoding. The file: a
// page of JSON (format, key, sizes), the pixels as decoded (uint8, uint16 or float32, planar) one picture
// after the other in the order they were done, and an index with the place, shape and hash of each.
// It is written whole or not at all. The header and index are checked when it is opened, a picture's pixels
// against their hash when they are first read.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/durable.hpp"
#include "data/cache_key.hpp"
#include "formats/mapped_file.hpp"
#include "image/image.hpp"

namespace simclr {

struct PackedEntry {
  uint64_t offset = 0;
  int32_t height = 0, width = 0, bands = 0;  // all zero: the picture could not be decoded
  Sample sample = Sample::u8;
  char hash[35] = {};  // the first 32 digits of the pixels' SHA-256, and zeros
  size_t size() const;
};

class PackedWriter {
 public:
  // `about`: what is packed, for people who list caches. Throws as DurableFile does, from every function.
  PackedWriter(const std::filesystem::path& path, CacheKey key, size_t pictures, std::string about);
  void add(size_t i, const Image& image);  // any thread; a picture that is never added is one that is bad
  void commit();

 private:
  DurableFile file_;
  CacheKey key_;
  std::string about_;
  std::mutex guard_;
  uint64_t end_ = 0;
  std::vector<PackedEntry> entries_;
};

class PackedPictures : public std::enable_shared_from_this<PackedPictures> {
 public:
  struct Opened {
    std::shared_ptr<const PackedPictures> pictures;  // null when it can't be used,
    std::string why;  // because "they have changed since", "it is damaged"; "" when there is none
  };
  static Opened open(const std::filesystem::path& path, const CacheKey& key, size_t pictures);

  // The picture, its pixels in the mapping: nothing is copied, and what is mapped is given back to the system
  // with the last pointer, so that the process stays small. Null when it could not be decoded, or when the
  // file is damaged there: then the file is removed, with a warning, so that the next run packs it anew.
  std::shared_ptr<const Image> find(size_t i) const;
  void will_need(size_t i) const;  // starts reading it from the disk
  uint64_t bytes() const { return file_.bytes().size(); }

 private:
  PackedPictures(MappedFile file, std::filesystem::path path, size_t pictures, uint64_t index);
  std::span<const std::byte> pixels(const PackedEntry& entry) const;
  bool intact(size_t i) const;
  std::span<const PackedEntry> entries() const;
  MappedFile file_;
  std::filesystem::path path_;
  size_t count_;
  uint64_t index_;
  mutable std::vector<std::atomic<bool>> checked_;
  mutable std::atomic<bool> damaged_ = false;
};

// What the header of a packed file says; nullopt when it is none.
struct PackedAbout {
  std::string about;
  CacheKey key;
  size_t pictures = 0;
  uint64_t index = 0, size = 0;  // where the index begins, and the size of the file
  std::string index_sha256;
};
std::optional<PackedAbout> read_packed_header(std::span<const std::byte> file);

}  // namespace simclr
