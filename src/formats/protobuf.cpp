#include "formats/protobuf.hpp"

#include <bit>

namespace simclr {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

enum WireType : unsigned { varint_type = 0, fixed64_type = 1, bytes_type = 2, fixed32_type = 5 };

constexpr uint64_t key(unsigned field, WireType type) {
  return uint64_t{field} << 3 | type;
}

template <class T>
std::string_view raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

void ProtoMessage::varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
  text_ += static_cast<char>(value);
}

ProtoMessage& ProtoMessage::number(unsigned field, int64_t value) {
  varint(key(field, varint_type));
  varint(static_cast<uint64_t>(value));
  return *this;
}

ProtoMessage& ProtoMessage::real32(unsigned field, float value) {
  varint(key(field, fixed32_type));
  text_ += raw(value);
  return *this;
}

ProtoMessage& ProtoMessage::real64(unsigned field, double value) {
  varint(key(field, fixed64_type));
  text_ += raw(value);
  return *this;
}

ProtoMessage& ProtoMessage::opening(unsigned field, uint64_t size) {
  varint(key(field, bytes_type));
  varint(size);
  return *this;
}

ProtoMessage& ProtoMessage::bytes(unsigned field, std::string_view value) {
  opening(field, value.size());
  text_ += value;
  return *this;
}

}  // namespace simclr
