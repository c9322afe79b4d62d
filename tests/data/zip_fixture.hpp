#pragma once
// ZIP archives made on the spot, whole and hostile ones.

#include <gtest/gtest.h>
#include <zip.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace simclr::test {

struct ZipFile {
  std::string name, bytes;
  bool stored = false;
};

inline void write_zip(const std::string& path, const std::vector<ZipFile>& files) {
  int code = 0;
  zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  ASSERT_NE(archive, nullptr) << code;
  for (const auto& file : files) {
    zip_source_t* const source = zip_source_buffer(archive, file.bytes.data(), file.bytes.size(), 0);
    const zip_int64_t at = zip_file_add(archive, file.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    ASSERT_GE(at, 0) << file.name;
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(at),
                             file.stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
  }
  ASSERT_EQ(zip_close(archive), 0) << zip_strerror(archive);
}

inline std::string slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Where the entry's header in the directory begins (APPNOTE.TXT 4.3.12). Fields from there: flags at 8,
// method at 10, CRC at 16, packed size at 20, size at 24, place of the local header at 42, name at 46.
inline size_t directory_header(const std::string& zip, const std::string& name) {
  for (size_t at = zip.find("PK\x01\x02"); at != std::string::npos; at = zip.find("PK\x01\x02", at + 1))
    if (zip.compare(at + 46, name.size(), name) == 0) return at;
  ADD_FAILURE() << name << " is not in the archive";
  return 0;
}

inline void put_little(std::string& bytes, size_t at, uint64_t value, int width) {
  for (int i = 0; i < width; ++i)
    bytes[at + static_cast<size_t>(i)] = static_cast<char>(value >> (8 * i) & 255);
}

}  // namespace simclr::test
