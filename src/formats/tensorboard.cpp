#include "formats/tensorboard.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "formats/protobuf.hpp"

namespace simclr {
namespace {

constexpr std::array<uint32_t, 256> crc_table = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82F63B78U : 0U);
    table[i] = value;
  }
  return table;
}();

uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

template <class T>
std::string_view raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

ProtoMessage event(int64_t step) {
  ProtoMessage message;
  message.real64(1, wall_time()).number(2, step);
  return message;
}

// An event with one value. Readers drop a whole file for one tag that is not UTF-8, hence printable().
ProtoMessage summary(std::string_view tag, int64_t step, unsigned field, const ProtoMessage& content) {
  ProtoMessage value, all;
  value.bytes(1, printable(tag)).message(field, content);
  all.message(1, value);
  return event(step).message(5, all);
}

// Like printable(), with line breaks and tabs left as they are.
std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\n\t");
    out += printable(text.substr(0, end));
    if (end == std::string_view::npos) break;
    out += text[end];
    text.remove_prefix(end + 1);
  }
  return out;
}

std::filesystem::path file_name(const std::filesystem::path& folder) {
  char host[256] = "localhost";
  if (::gethostname(host, sizeof host - 1) != 0) std::strcpy(host, "localhost");
  return folder / ("events.out.tfevents." + std::to_string(static_cast<int64_t>(wall_time())) + "." + host +
                   "." + std::to_string(::getpid()));
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = crc >> 8 ^ crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

EventWriter::EventWriter(const std::filesystem::path& folder) : path_(file_name(folder)) {
  errno = 0;
  file_.open(path_, std::ios::binary | std::ios::app);
  check();
  ProtoMessage first;
  first.real64(1, wall_time()).bytes(3, "brain.Event:2");
  record(first.text());
  flush();
}

void EventWriter::restart(int64_t step) {
  constexpr int64_t started = 1;
  ProtoMessage session_log;
  session_log.number(1, started);
  record(event(step).message(7, session_log).text());
}

void EventWriter::scalar(std::string_view tag, double value, int64_t step) {
  ProtoMessage content, all;
  content.bytes(1, printable(tag)).real32(2, static_cast<float>(value));
  all.message(1, content);
  record(event(step).message(5, all).text());
}

void EventWriter::text(std::string_view tag, std::string_view value, int64_t step) {
  constexpr int64_t string_type = 7;
  ProtoMessage dimension, shape, tensor, plugin, metadata, content, all;
  shape.message(2, dimension.number(1, 1));
  tensor.number(1, string_type).message(2, shape).bytes(8, printable_lines(value));
  metadata.message(1, plugin.bytes(1, "text"));
  content.bytes(1, printable(tag)).message(9, metadata).message(8, tensor);
  all.message(1, content);
  record(event(step).message(5, all).text());
}

void EventWriter::image(std::string_view tag, std::string_view png, int width, int height, int64_t step) {
  constexpr int64_t rgb = 3;
  ProtoMessage picture;
  picture.number(1, height).number(2, width).number(3, rgb).bytes(4, png);
  record(summary(tag, step, 4, picture).text());
}

void EventWriter::flush() {
  errno = 0;
  file_.flush();
  check();
}

void EventWriter::record(std::string_view bytes) {
  const uint64_t length = bytes.size();
  const uint32_t length_crc = masked_crc(raw(length)), bytes_crc = masked_crc(bytes);
  errno = 0;
  file_ << raw(length) << raw(length_crc) << bytes << raw(bytes_crc);
  check();
}

void EventWriter::check() const {
  if (file_.good()) return;
  throw disk_error("write", path_, errno);
}

}  // namespace simclr
