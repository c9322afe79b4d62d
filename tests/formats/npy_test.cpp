#include "formats/npy.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

using namespace std::string_literals;
using Shape = std::vector<size_t>;

// A .npy file as NumPy would write it, with the header's dictionary given; `version` 1 or 2.
std::string npy(const std::string& dictionary, const std::string& data, int version = 1) {
  std::string header = dictionary + "\n";
  std::string bytes = "\x93NUMPY"s;
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(header.size() >> (8 * i));
  return bytes + header + data;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

std::vector<float> counting(size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), -3.5F);
  return values;
}

TEST(NpyRows, ReadBackEqual) {
  const TemporaryFolder folder;
  for (const size_t width : {1UL, 2UL, 7UL, 128UL, 2048UL}) {
    for (const size_t rows : {0UL, 1UL, 3UL, 50UL}) {
      const auto values = counting(rows * width);
      NpyRows file(folder / "a.npy", width);
      for (size_t row = 0; row < rows; ++row) file.append(std::span(values).subspan(row * width, width));
      file.finish();
      const NpyFile back(folder / "a.npy");
      EXPECT_EQ(back.dtype(), "<f4");
      EXPECT_EQ(back.shape(), (Shape{rows, width}));
      const auto got = back.values<float>();
      EXPECT_EQ(std::vector<float>(got.begin(), got.end()), values);
    }
  }
}

TEST(NpyRows, ManyRowsAtOnceAndSpecialValues) {
  const TemporaryFolder folder;
  const std::vector<float> values = {std::numeric_limits<float>::quiet_NaN(),
                                     std::numeric_limits<float>::infinity(), -0.0F,
                                     std::numeric_limits<float>::denorm_min()};
  NpyRows file(folder / "a.npy", 2);
  file.append({});
  file.append(values);
  file.append(values);
  file.finish();
  const NpyFile back(folder / "a.npy");
  EXPECT_EQ(back.shape(), (Shape{4, 2}));
  EXPECT_EQ(std::memcmp(back.values<float>().data(), values.data(), 16), 0);
}

TEST(NpyRows, TheHeaderIs128BytesSoThatValuesAreAligned) {
  const TemporaryFolder folder;
  NpyRows file(folder / "a.npy", 3);
  file.append(counting(6));
  file.finish();
  const std::string bytes = folder.get("a.npy");
  EXPECT_EQ(bytes.size(), 128U + 24U);
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_EQ(bytes.substr(10, 61), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  ");
}

TEST(NpyRows, NothingAppearsWithoutFinish) {
  const TemporaryFolder folder;
  {
    NpyRows file(folder / "a.npy", 2);
    file.append(counting(4));
  }
  EXPECT_EQ(folder.count(), 0U);
}

TEST(NpyRows, RefusesPartsOfRowsAndAMissingFolder) {
  const TemporaryFolder folder;
  NpyRows file(folder / "a.npy", 4);
  expect_error([&] { file.append(counting(6)); }, Exit::failed, {"6 values are not rows of 4"});
  expect_error([&] { NpyRows(folder / "a.npy", 0); }, Exit::failed, {"no columns"});
  expect_error([&] { NpyRows(folder / "no" / "a.npy", 4); }, Exit::disk, {"cannot create"});
}

TEST(NpyFile, ReadsEveryNumber) {
  const TemporaryFolder folder;
  for (const char* type :
       {"|u1", "|i1", "|b1", "<u2", "<i2", "<f2", "<u4", "<i4", "<f4", "<u8", "<i8", "<f8"}) {
    const auto size = static_cast<size_t>(type[2] - '0');
    const std::string data(6 * size, 'x');
    const NpyFile file(folder.put("a.npy", npy(dictionary(type, "(2, 3)"), data)));
    EXPECT_EQ(file.dtype(), type);
    EXPECT_EQ(file.shape(), (Shape{2, 3}));
    const auto got = file.values<char>();
    EXPECT_EQ(std::string(got.begin(), got.end()), data);
  }
}

TEST(NpyFile, ReadsShapesOfAnyRank) {
  const TemporaryFolder folder;
  const auto shape = [&](const std::string& text, const std::string& data) {
    return NpyFile(folder.put("a.npy", npy(dictionary("|u1", text), data))).shape();
  };
  EXPECT_EQ(shape("()", "x"), (Shape{}));
  EXPECT_EQ(shape("(3,)", "xyz"), (Shape{3}));
  EXPECT_EQ(shape("(0,)", ""), (Shape{0}));
  EXPECT_EQ(shape("(2, 0, 5)", ""), (Shape{2, 0, 5}));
  EXPECT_EQ(shape("(1, 2, 1, 3)", "abcdef"), (Shape{1, 2, 1, 3}));
  EXPECT_EQ(shape("(2L, 1L)", "ab"), (Shape{2, 1})) << "as Python 2 wrote it";
}

TEST(NpyFile, ReadsVersion2AndOtherLayoutsOfTheHeader) {
  const TemporaryFolder folder;
  for (const int version : {1, 2}) {
    for (const char* text : {"{'shape':(2,),'fortran_order':False,'descr':'|u1'}",
                             "{\"descr\": \"u1\", \"fortran_order\": False, \"shape\": (2,)}      ",
                             "{ 'descr' : '<u1' , 'fortran_order' : False , 'shape' : ( 2 , ) , } "}) {
      const NpyFile file(folder.put("a.npy", npy(text, "ab", version)));
      EXPECT_EQ(file.dtype(), "|u1");
      EXPECT_EQ(file.shape(), (Shape{2}));
    }
  }
}

TEST(NpyFile, ValuesAreAlignedWhereverTheyStand) {
  const TemporaryFolder folder;
  const auto values = counting(5);
  const std::string data(reinterpret_cast<const char*>(values.data()), 20);
  for (size_t spaces = 0; spaces < 8; ++spaces) {
    const NpyFile file(folder.put("a.npy", npy(dictionary("<f4", "(5,)") + std::string(spaces, ' '), data)));
    const auto got = file.values<float>();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(got.data()) % alignof(float), 0U);
    EXPECT_EQ(std::vector<float>(got.begin(), got.end()), values);
  }
}

TEST(NpyFile, MovesWithItsValues) {
  const TemporaryFolder folder;
  for (const size_t spaces : {0UL, 1UL, 2UL, 3UL}) {
    NpyFile first(folder.put("a.npy", npy(dictionary("|u1", "(3,)") + std::string(spaces, ' '), "abc")));
    const NpyFile second(std::move(first));
    const auto got = second.values<char>();
    EXPECT_EQ(std::string(got.begin(), got.end()), "abc");
  }
}

TEST(NpyFile, RefusesWhatItCannotRead) {
  const TemporaryFolder folder;
  const struct {
    std::string bytes, reason;
  } cases[] = {
      {"", "doesn't start as one"},
      {"\x93NUMP", "doesn't start as one"},
      {"PK\x03\x04 an npz", "doesn't start as one"},
      {"\x93NUMPY", "ends within its header"},
      {"\x93NUMPY\x01\0\x10"s, "ends within its header"},
      {"\x93NUMPY\x02\0\x10\0"s, "ends within its header"},
      {"\x93NUMPY\x01\0\xFF\xFF{}"s, "ends within its header"},
      {"\x93NUMPY\x02\0\xFF\xFF\xFF\xFF{}"s, "ends within its header"},
      {npy(dictionary("|u1", "(1,)"), "a", 3), "version 3.0 is not known"},
      {npy("", ""), "not a dictionary"},
      {npy("[]", ""), "not a dictionary"},
      {npy("{", ""), "not a dictionary"},
      {npy("{'descr'}", ""), "not a dictionary"},
      {npy("{'descr: '|u1'}", ""), "not a dictionary"},
      {npy("{}", ""), "it lacks"},
      {npy("{'descr': '|u1', 'shape': (1,)}", "a"), "it lacks"},
      {npy("{'descr': '|u1' 'shape': (1,)}", "a"), "comma is missing"},
      {npy("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", "a"),
       "descr stands twice"},
      {npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}", "a"), "unknown key 'x'"},
      {npy(dictionary("|u1", "(1,)") + " x", "a"), "text follows the dictionary"},
      {npy(dictionary("|u1", "(1,)", "0"), "a"), "neither True nor False"},
      {npy(dictionary("|u1", "1"), "a"), "the shape is not a tuple"},
      {npy(dictionary("|u1", "(1"), "a"), "the shape"},
      {npy(dictionary("|u1", "(1 2)"), "ab"), "the shape is not a tuple"},
      {npy(dictionary("|u1", "(-1,)"), "a"), "something else than sizes"},
      {npy(dictionary("|u1", "(1.5,)"), "a"), "the shape is not a tuple"},
      {npy(dictionary("|u1", "(99999999999999999999,)"), "a"), "something else than sizes"},
      {npy(dictionary("<f4", "(4294967296, 4294967296)"), "a"), "larger than memory"},
      {npy(dictionary("<f8", "(2305843009213693952,)"), "a"), "larger than memory"},
      {npy(dictionary("<f4", "(2, 3)", "True"), std::string(24, 'x')), "Fortran order"},
      {npy(dictionary("<f4", "(2, 3)"), std::string(23, 'x')),
       "holds 23 bytes of values, its shape needs 24"},
      {npy(dictionary("<f4", "(2, 3)"), ""), "holds 0 bytes"},
      {npy(dictionary("|O", "(1,)"), "a"), "values of type '|O' are not read"},
      {npy(dictionary(">f4", "(1,)"), "abcd"), "values of type '>f4' are not read"},
      {npy(dictionary("<U3", "(1,)"), std::string(12, 'x')), "'<U3'"},
      {npy(dictionary("<c8", "(1,)"), std::string(8, 'x')), "'<c8'"},
      {npy(dictionary("<f16", "(1,)"), std::string(16, 'x')), "'<f16'"},
      {npy(dictionary("|f4", "(1,)"), "abcd"), "'|f4'"},
      {npy(dictionary("<1 ", "(1,)"), "abcd"), "'<1 '"},
      {npy(dictionary("", "(1,)"), "abcd"), "''"},
      {npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "abcd"), "several fields"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.reason + ": " + printable(one.bytes));
    expect_error([&] { NpyFile file(folder.put("bad.npy", one.bytes)); }, Exit::data,
                 {"bad.npy", one.reason});
  }
}

TEST(NpyFile, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  NpyRows rows(folder / "a.npy", 3);
  rows.append(counting(6));
  rows.finish();
  const std::string whole = folder.get("a.npy");
  for (size_t length = 0; length < whole.size(); ++length)
    expect_error([&] { NpyFile file(folder.put("b.npy", whole.substr(0, length))); }, Exit::data, {"b.npy"});
}

TEST(NpyFile, WhatIsNoFileIsRefused) {
  const TemporaryFolder folder;
  expect_error([&] { NpyFile file(folder / "none.npy"); }, Exit::data,
               {"cannot read", "none.npy", "No such file"});
  expect_error([&] { NpyFile file(folder.path()); }, Exit::data, {"not a regular file"});
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  expect_error([&] { NpyFile file(folder / "pipe"); }, Exit::data, {"not a regular file"});
}

}  // namespace
}  // namespace simclr
