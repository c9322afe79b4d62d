#pragma once
// Files that are whole or not there: written under a temporary name in the same folder, fsynced, renamed,
// and the folder fsynced. A full or failing disk throws Error(Exit::disk) with the path and what to do, and
// leaves neither a half-written file nor the temporary one.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace simclr {

class DurableFile {
 public:
  explicit DurableFile(std::filesystem::path path);
  ~DurableFile();  // without commit(): the temporary file is removed, an older file stays as it was
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void rewrite_start(std::string_view text);  // replaces the first text.size() bytes, for a header known last
  void commit();

 private:
  [[noreturn]] void fail(const char* action) const;
  std::filesystem::path path_, temporary_;
  int fd_ = -1;
};

// What a failed write is reported as: "cannot ACTION PATH: reason", and what to do about it.
Error disk_error(std::string_view action, const std::filesystem::path& path, int error);

void write_durably(const std::filesystem::path& path, std::string_view text);
void sync_folder(const std::filesystem::path& folder);

std::string read_file(const std::filesystem::path& path);  // Error(Exit::data) when it can't be read
std::string sha256(std::string_view bytes);                // 64 hexadecimal digits
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace simclr
