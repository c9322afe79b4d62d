#pragma once
// The wire format of Protocol Buffers, written by hand: fields are appended to a text one after the other.
// (LibTorch's wheel ships a partial copy of the protobuf headers, so that the library can't be used beside
// it.)

#include <cstdint>
#include <string>
#include <string_view>

namespace simclr {

class ProtoMessage {
 public:
  ProtoMessage& number(unsigned field, int64_t value);
  ProtoMessage& real32(unsigned field, float value);
  ProtoMessage& real64(unsigned field, double value);
  ProtoMessage& bytes(unsigned field, std::string_view value);  // a string, bytes, or a whole message
  ProtoMessage& message(unsigned field, const ProtoMessage& value) { return bytes(field, value.text_); }
  // The key and length of `field` alone: its `size` bytes follow, appended by the caller.
  ProtoMessage& opening(unsigned field, uint64_t size);
  const std::string& text() const { return text_; }
  std::string& text() { return text_; }

 private:
  void varint(uint64_t value);
  std::string text_;
};

}  // namespace simclr
