#include "formats/safetensors.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

using namespace std::string_literals;
using Shape = std::vector<int64_t>;

std::string length_bytes(uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i));
  return bytes;
}

std::string file_bytes(const std::string& header, size_t data) {
  return length_bytes(header.size()) + header + std::string(data, 'd');
}

template <class T>
TensorBytes tensor(const std::string& name, const std::string& dtype, Shape shape,
                   const std::vector<T>& values) {
  return {name, dtype, std::move(shape), std::as_bytes(std::span(values))};
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Safetensors, ReadBackEqual) {
  const TemporaryFolder folder;
  const std::vector<float> weight = {1.5F, -2, 0.25F, 1e-30F, 7, -0.0F};
  const std::vector<int64_t> tracked = {INT64_MAX};
  const std::vector<uint8_t> mask = {1, 0, 1};
  const std::vector<uint16_t> half = {0x3C00, 0xBF80};
  const std::vector<float> none;
  const TensorBytes tensors[] = {
      tensor("mask", "U8", {3}, mask),      tensor("conv1.weight", "F32", {1, 2, 3}, weight),
      tensor("half", "BF16", {2, 1}, half), tensor("bn1.num_batches_tracked", "I64", {}, tracked),
      tensor("empty", "F32", {0, 4}, none),
  };
  const Metadata metadata = {{"mean", "[0.49, 0.48]"}, {"name", "Müller \"x\"\n\\ 日本"}, {"", "empty key"}};
  write_safetensors(folder / "a.safetensors", tensors, metadata);
  const SafetensorsFile back(folder / "a.safetensors");
  EXPECT_EQ(back.metadata(), metadata);
  ASSERT_EQ(back.tensors().size(), std::size(tensors));
  for (const auto& given : tensors) {
    const TensorBytes* got = back.find(given.name);
    ASSERT_NE(got, nullptr) << given.name;
    EXPECT_EQ(got->dtype, given.dtype);
    EXPECT_EQ(got->shape, given.shape);
    EXPECT_EQ(text(got->bytes), text(given.bytes));
  }
  EXPECT_EQ(back.find("conv1"), nullptr);
  EXPECT_EQ(back.find("__metadata__"), nullptr);
}

TEST(Safetensors, WiderTypesStandFirstElseTheOrderGiven) {
  const TemporaryFolder folder;
  const std::vector<uint8_t> bytes(8);
  const auto one = [&](const char* name, const char* dtype, int64_t n, size_t size) {
    return TensorBytes{name, dtype, {n}, std::as_bytes(std::span(bytes)).first(size)};
  };
  const TensorBytes tensors[] = {one("z", "U8", 1, 1),  one("y", "F32", 1, 4), one("x", "U8", 3, 3),
                                 one("w", "F64", 1, 8), one("v", "F32", 2, 8), one("u", "F16", 1, 2)};
  write_safetensors(folder / "a.safetensors", tensors, {});
  const SafetensorsFile back(folder / "a.safetensors");
  std::string order;
  for (const auto& each : back.tensors()) order += each.name;
  EXPECT_EQ(order, "wyvuzx");
  for (const auto& each : back.tensors()) {
    const size_t size = each.bytes.size() / static_cast<size_t>(each.shape[0]);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(each.bytes.data()) % size, 0U) << each.name << " is not aligned";
  }
}

TEST(Safetensors, TheHeaderEndsOnAMultipleOf8) {
  const TemporaryFolder folder;
  for (size_t length = 1; length < 20; ++length) {
    write_safetensors(folder / "a.safetensors", {}, {{std::string(length, 'k'), "v"}});
    const std::string bytes = folder.get("a.safetensors");
    EXPECT_EQ(static_cast<unsigned char>(bytes[0]) % 8, 0);
    EXPECT_EQ(SafetensorsFile(folder / "a.safetensors").metadata().size(), 1U);
  }
}

TEST(Safetensors, NothingAtAllIsAFile) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", {}, {});
  const SafetensorsFile back(folder / "a.safetensors");
  EXPECT_TRUE(back.tensors().empty());
  EXPECT_TRUE(back.metadata().empty());
}

TEST(Safetensors, RefusesToWriteWhatCannotBeRead) {
  const TemporaryFolder folder;
  const std::vector<float> values(6);
  const auto refuse = [&](const std::vector<TensorBytes>& tensors, const char* reason) {
    expect_error([&] { write_safetensors(folder / "a.safetensors", tensors, {}); }, Exit::failed, {reason});
  };
  refuse({tensor("a", "F32", {2, 2}, values)}, "'a' cannot be written");
  refuse({tensor("a", "F32", {-2, -3}, values)}, "shape");
  refuse({tensor("a", "F33", {6}, values)}, "'F33'");
  refuse({tensor("__metadata__", "F32", {6}, values)}, "'__metadata__'");
  refuse({tensor("a", "F32", {6}, values), tensor("a", "F32", {6}, values)}, "name is taken");
  EXPECT_EQ(folder.count(), 0U);
}

TEST(Safetensors, ReadsWhatOthersMayWrite) {
  const TemporaryFolder folder;
  const auto opens = [&](const std::string& header, size_t data) {
    EXPECT_NO_THROW(SafetensorsFile(folder.put("a.safetensors", file_bytes(header, data)))) << header;
  };
  opens("{}", 0);
  opens("{}   \n ", 0);
  opens(R"({"__metadata__":{}})", 0);
  opens(R"({ "a" : { "shape" : [ ] , "data_offsets" : [ 0 , 1 ] , "dtype" : "BOOL" } })", 1);
  opens(
      R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
      3);  // header and data in different orders
  opens(
      R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})",
      0);
  opens(R"({"a":{"dtype":"F8_E4M3","shape":[1,1,1,1,1,1,1,2],"data_offsets":[0,2]}})", 2);
  opens(
      R"({"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0000\n":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
      2);
}

// One tensor of a file, with whatever is to be wrong about it.
std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}";
}

struct Bad {
  std::string bytes, reason;
};

Bad bad(const std::string& header, size_t data, const std::string& reason) {
  return {file_bytes(header, data), reason};
}

TEST(Safetensors, BadFramesAreRefusedWithTheReason) {
  const std::vector<Bad> cases = {
      {"", "has only 0 bytes"},
      {"1234567", "has only 7 bytes"},
      {length_bytes(1), "ends within its header"},
      {length_bytes(3) + "{}", "ends within its header"},
      {length_bytes(UINT64_MAX) + "{}", "more than 100 MiB"},
      {length_bytes((uint64_t{100} << 20) + 1) + "{}", "more than 100 MiB"},
      {length_bytes(uint64_t{100} << 20) + "{}", "ends within its header"},
      {length_bytes(uint64_t{1} << 63) + "{}", "more than 100 MiB"},
      {length_bytes(0), "doesn't start with '{'"},
      {"\x80\x02}q\x01X\x05\0\0\0"s, "100 MiB"},
      {"PK\x03\x04 a zip by torch.save", "python3 -c"},
      bad("{}", 1, "1 bytes follow the last tensor"),
      bad(" {}", 0, "doesn't start with '{'"),
      bad("[]", 0, "doesn't start with '{'"),
      bad("null", 0, "doesn't start with '{'"),
      bad("\xEF\xBB\xBF{}", 0, "doesn't start with '{'"),
      bad("{", 0, "not JSON"),
      bad("{}}", 0, "not JSON"),
      bad("{} x", 0, "not JSON"),
      bad("{}\0"s, 0, "not JSON"),
      bad("{'a':1}", 0, "not JSON"),
      bad("{\"a\":}", 0, "not JSON"),
      bad("{\"a\":1,}", 0, "number stands where none"),
      bad("{/*c*/}", 0, "not JSON"),
      bad("{\"\xFF\":{}}", 0, "not JSON"),
      bad("{\"\xED\xA0\x80\":{}}", 0, "not JSON"),
      bad("{\"a\nb\":{}}", 0, "not JSON"),
  };
  const TemporaryFolder folder;
  for (const auto& one : cases) {
    SCOPED_TRACE(printable(one.bytes));
    expect_error([&] { SafetensorsFile file(folder.put("bad.safetensors", one.bytes)); }, Exit::checkpoint,
                 {"bad.safetensors is not a usable safetensors file", one.reason});
  }
}

TEST(Safetensors, BadHeadersAreRefusedWithTheReason) {
  const std::string a = entry("a", "U8", "[2]", "[0,2]");
  const std::string deep = "{\"a\":" + std::string(100'000, '[');
  const std::vector<Bad> cases = {
      bad("{\"a\":1}", 0, "a number stands"),
      bad("{\"a\":-1}", 0, "a negative number"),
      bad("{\"a\":1.5}", 0, "a number with a fraction"),
      bad("{\"a\":\"b\"}", 0, "a text stands"),
      bad("{\"a\":null}", 0, "null stands"),
      bad("{\"a\":true}", 0, "true or false stands"),
      bad("{\"a\":[]}", 0, "an array stands"),
      bad(deep, 0, "an array stands"),
      bad("{\"a\":{\"shape\":" + std::string(100'000, '['), 0, "an array stands"),
      bad("{\"a\":{\"b\":" + std::string(100'000, '{'), 0, "unknown key 'b'"),
      bad("{\"a\":{}}", 0, "lacks dtype, shape or data_offsets"),
      bad(R"({"a":{"dtype":"U8","shape":[1]}})", 1, "lacks"),
      bad(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", 1, "lacks"),
      bad(R"({"a":{"shape":[1],"data_offsets":[0,1]}})", 1, "lacks"),
      bad(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":0}})", 1, "unknown key 'x'"),
      bad(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1, "'dtype' stands twice"),
      bad(R"({"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}})", 1, "a number stands"),
      bad(R"({"a":{"dtype":["U8"],"shape":[1],"data_offsets":[0,1]}})", 1, "an array stands"),
      bad(R"({"a":{"dtype":{},"shape":[1],"data_offsets":[0,1]}})", 1, "an object stands"),
      bad("{" + entry("a", "U8", "1", "[0,1]") + "}", 1, "a number stands"),
      bad("{" + entry("a", "U8", "[[1]]", "[0,1]") + "}", 1, "an array stands"),
      bad("{" + entry("a", "U8", "[\"1\"]", "[0,1]") + "}", 1, "a text stands"),
      bad("{" + entry("a", "U8", "[{}]", "[0,1]") + "}", 1, "an object stands"),
      bad("{" + entry("a", "U8", "[-1]", "[0,1]") + "}", 1, "a negative number"),
      bad("{" + entry("a", "U8", "[1.0]", "[0,1]") + "}", 1, "a number with a fraction"),
      bad("{" + entry("a", "U8", "[18446744073709551615]", "[0,1]") + "}", 1, "its shape overflows"),
      bad("{" + entry("a", "U8", "[18446744073709551616]", "[0,1]") + "}", 1, "a number with a fraction"),
      bad("{" + entry("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") + "}", 1, "more than 8 dimensions"),
      bad("{" + entry("a", "U8", "[4294967296,4294967296]", "[0,0]") + "}", 0, "its shape overflows"),
      bad("{" + entry("a", "F64", "[2305843009213693952]", "[0,0]") + "}", 0, "its shape overflows"),
      bad("{" + entry("a", "U8", "[9223372036854775807]", "[0,1]") + "}", 1,
          "does not hold 9223372036854775807 bytes"),
      bad("{" + entry("a", "U8", "[1]", "[0]") + "}", 1, "data_offsets are not two numbers"),
      bad("{" + entry("a", "U8", "[1]", "[]") + "}", 1, "data_offsets are not two numbers"),
      bad("{" + entry("a", "U8", "[1]", "[0,1,2]") + "}", 1, "data_offsets are not two numbers"),
      bad("{" + entry("a", "U8", "[1]", "[-1,0]") + "}", 1, "a negative number"),
      bad("{" + entry("a", "U8", "[1]", "[1,0]") + "}", 1, "its range does not hold 1 bytes"),
      bad("{" + entry("a", "U8", "[1]", "[18446744073709551615,0]") + "}", 1,
          "its range does not hold 1 bytes"),
      bad("{" + entry("a", "U8", "[2]", "[0,1]") + "}", 1, "its range does not hold 2 bytes"),
      bad("{" + entry("a", "F32", "[1]", "[0,1]") + "}", 1, "its range does not hold 4 bytes"),
      bad("{" + entry("a", "U8", "[1]", "[1,2]") + "}", 2, "a gap stands before it"),
      bad("{" + a + "}", 1, "beyond the end of the file"),
      bad("{" + a + "}", 3, "1 bytes follow the last tensor"),
      bad("{" + a + "," + a + "}", 2, "the name stands twice"),
      bad("{" + a + "," + entry("b", "U8", "[2]", "[1,3]") + "}", 3, "tensor 'b': it overlaps another"),
      bad("{" + a + "," + entry("b", "U8", "[2]", "[0,2]") + "}", 2, "tensor 'b': it overlaps another"),
      bad("{" + a + "," + entry("b", "U8", "[1]", "[3,4]") + "}", 4, "tensor 'b': a gap stands before it"),
      bad("{" + a + "," + entry("b", "U8", "[0]", "[1,1]") + "}", 2, "overlaps"),
      bad("{" + entry("a", "F31", "[1]", "[0,4]") + "}", 4, "the dtype 'F31' is not known"),
      bad("{" + entry("a", "f32", "[1]", "[0,4]") + "}", 4, "the dtype 'f32' is not known"),
      bad("{" + entry("a", "", "[1]", "[0,4]") + "}", 4, "the dtype '' is not known"),
      bad("{\"__metadata__\":1}", 0, "a number stands"),
      bad("{\"__metadata__\":[]}", 0, "an array stands"),
      bad("{\"__metadata__\":{\"a\":1}}", 0, "a number stands"),
      bad("{\"__metadata__\":{\"a\":null}}", 0, "null stands"),
      bad("{\"__metadata__\":{\"a\":{}}}", 0, "an object stands"),
      bad("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "the key 'a' stands twice"),
      bad("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "the name stands twice"),
      bad("{\"a\\u001b[2J\":1}", 0, "a\\x1b[2J"),
  };
  const TemporaryFolder folder;
  for (const auto& one : cases) {
    SCOPED_TRACE(printable(one.bytes).substr(0, 200));
    expect_error([&] { SafetensorsFile file(folder.put("bad.safetensors", one.bytes)); }, Exit::checkpoint,
                 {"bad.safetensors is not a usable safetensors file", one.reason});
  }
}

TEST(Safetensors, MoreThan100000TensorsAreRefused) {
  std::string header = "{";
  for (int i = 0; i <= 100'000; ++i) {
    if (i > 0) header += ',';
    header += entry(std::to_string(i), "U8", "[0]", "[0,0]");
  }
  const TemporaryFolder folder;
  expect_error([&] { SafetensorsFile file(folder.put("a", file_bytes(header + "}", 0))); }, Exit::checkpoint,
               {"more than 100,000 tensors"});
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  const std::vector<float> values = {1, 2, 3};
  const TensorBytes tensors[] = {tensor("a", "F32", {3}, values)};
  write_safetensors(folder / "a.safetensors", tensors, {{"k", "v"}});
  const std::string whole = folder.get("a.safetensors");
  for (size_t length = 0; length < whole.size(); ++length)
    expect_error([&] { SafetensorsFile file(folder.put("b.safetensors", whole.substr(0, length))); },
                 Exit::checkpoint, {"b.safetensors"});
}

TEST(Safetensors, AMissingFileAndAFullDisk) {
  const TemporaryFolder folder;
  expect_error([&] { SafetensorsFile file(folder / "none"); }, Exit::checkpoint,
               {"cannot read", "No such file"});
  expect_error([&] { write_safetensors(folder / "no" / "a", {}, {}); }, Exit::disk, {"cannot create"});
}

}  // namespace
}  // namespace simclr
