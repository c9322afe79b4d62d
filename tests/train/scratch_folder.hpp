#pragma once
// A folder that is gone with the test, and pictures to put into it.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "image/encode.hpp"
#include "image/image.hpp"

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "simclr-test-XXXXXX").native();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

  // count gray pictures of 20 x 20, each with a gradient of its own.
  void pictures(int count) const {
    for (int i = 0; i < count; ++i) {
      simclr::Image image(1, 20, 20, simclr::Sample::u8);
      auto pixels = image.band<uint8_t>(0);
      for (size_t p = 0; p < pixels.size(); ++p)
        pixels[p] = static_cast<uint8_t>(p * static_cast<size_t>(i + 1));
      write(std::to_string(1000 + i) + ".png", simclr::encode_png(image));
    }
  }

 private:
  std::filesystem::path path_;
};
