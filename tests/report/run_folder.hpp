#pragma once
// A small run in a temporary folder, with hostile names where names may come from outside.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/durable.hpp"
#include "base/run.hpp"
#include "image/encode.hpp"

namespace simclr {

class TemporaryRun {
 public:
  TemporaryRun() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    run.root =
        std::filesystem::temp_directory_path() / (std::string("simclr-") + test->test_suite_name() + "-" +
                                                  test->name() + "-" + std::to_string(::getpid()));
    std::filesystem::remove_all(run.root);
    std::filesystem::create_directories(run.root);
  }
  ~TemporaryRun() {
    std::error_code ignored;
    std::filesystem::remove_all(run.root, ignored);
  }
  TemporaryRun(const TemporaryRun&) = delete;
  TemporaryRun& operator=(const TemporaryRun&) = delete;

  void file(const std::string& name, const std::string& text) const {
    const auto path = run.root / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  RunFolder run;
};

inline std::string gray_png(int side, int value) {
  Image image(1, side, side, Sample::u8);
  for (auto& pixel : image.band<uint8_t>(0)) pixel = static_cast<uint8_t>(value);
  return encode_png(image);
}

}  // namespace simclr
