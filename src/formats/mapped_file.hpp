#pragma once
// A whole file mapped into memory, read only. An empty file gives no bytes.

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

#include "base/error.hpp"

namespace simclr {

class MappedFile {
 public:
  // Error(code) when it can't be read or is not a regular file (a folder, a pipe, a device).
  MappedFile(const std::filesystem::path& path, Exit code);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace simclr
