#pragma once
// The same files as a folder and as a ZIP: what a test says of one, it says of the other.

#include <memory>
#include <string>
#include <vector>

#include "data/fixture.hpp"
#include "data/zip_fixture.hpp"

namespace simclr::test {

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The first gray value of each picture, or the error: which file was really read.
inline Texts read_all(const Source& source) {
  Texts all;
  for (size_t i = 0; i < source.size(); ++i) {
    const Decoded picture = source.read(i, {});
    all.push_back(picture.ok() ? std::to_string(picture.image.band<uint8_t>(0)[0]) : picture.error);
  }
  return all;
}

struct Both {
  TempFolder folder;
  std::vector<ZipFile> files;
  explicit Both(std::vector<ZipFile> these) : files(std::move(these)) {
    for (const auto& file : files) folder.write("in/" + file.name, file.bytes);
    write_zip(folder.at("export.zip"), files);
  }
  std::vector<std::shared_ptr<const Source>> open() const {
    return {open_source(folder.at("in")), open_source(folder.at("export.zip"))};
  }
  // One refusal, which must be that of both but for the path.
  std::string refuse() const {
    std::string a = refusal(folder.at("in")), b = refusal(folder.at("export.zip"));
    for (size_t at; (at = a.find(folder.at("in"))) != std::string::npos;)
      a.replace(at, folder.at("in").size(), folder.at("export.zip"));
    EXPECT_EQ(a, b);
    return b;
  }
};

}  // namespace simclr::test
