#pragma once
// TensorBoard event files (TFRecord framing, masked crc32c, the Event protobuf written by hand).
// Tags and text that are not UTF-8 are written as printable() shows them.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace simclr {

class EventWriter {
 public:
  // Opens folder/events.out.tfevents.<unix seconds>.<host>.<pid>
  explicit EventWriter(const std::filesystem::path& folder);
  // Readers forget what earlier files of the folder say of this step and later ones.
  void restart(int64_t step);
  void scalar(std::string_view tag, double value, int64_t step);
  void text(std::string_view tag, std::string_view value, int64_t step);
  void image(std::string_view tag, std::string_view png, int width, int height, int64_t step);
  void flush();

 private:
  void record(std::string_view bytes);
  void check() const;  // Error(Exit::disk) once a write has failed
  std::filesystem::path path_;
  std::ofstream file_;
};

uint32_t crc32c(std::string_view bytes);

}  // namespace simclr
