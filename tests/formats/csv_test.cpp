#include "formats/csv.hpp"

#include <gtest/gtest.h>

#include "base/expect_error.hpp"
#include "base/random.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

using namespace std::string_literals;
using Cells = std::vector<std::string>;
using Rows = std::vector<Cells>;
using Lines = std::vector<size_t>;

CsvTable read(const std::string& text) {
  const TemporaryFolder folder;
  return read_csv(folder.put("labels.csv", text));
}

TEST(Csv, ReadsHeaderRowsAndLineNumbers) {
  const auto table = read("path,label\na.png,cat\nb.png,dog\n");
  EXPECT_EQ(table.header, (Cells{"path", "label"}));
  EXPECT_EQ(table.rows, (Rows{{"a.png", "cat"}, {"b.png", "dog"}}));
  EXPECT_EQ(table.lines, (Lines{2, 3}));
}

TEST(Csv, TheLastLineNeedsNoLineFeed) {
  EXPECT_EQ(read("a,b\n1,2").rows, (Rows{{"1", "2"}}));
}

TEST(Csv, LineEndsOfEveryKind) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const auto table = read("a,b"s + end + "1,2" + end + "3,4" + end);
    EXPECT_EQ(table.rows, (Rows{{"1", "2"}, {"3", "4"}}));
    EXPECT_EQ(table.lines, (Lines{2, 3}));
  }
}

TEST(Csv, SkipsAByteOrderMarkAndBlankLines) {
  const auto table = read("\xEF\xBB\xBF\n\"path\",label\r\n\r\na,b\n\n\nc,d\n\n");
  EXPECT_EQ(table.header, (Cells{"path", "label"}));
  EXPECT_EQ(table.rows, (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(table.lines, (Lines{4, 7}));
}

TEST(Csv, QuotesHoldDelimitersQuotesAndLineBreaks) {
  const auto table = read("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\r\n\",\"\"\nlast,1\n");
  EXPECT_EQ(table.rows, (Rows{{"x,y", "say \"hi\""}, {"two\nlines\r\n", ""}, {"last", "1"}}));
  EXPECT_EQ(table.lines, (Lines{2, 3, 6}));
}

TEST(Csv, AQuoteWithinAPlainCellIsItself) {
  EXPECT_EQ(read("a,b\n5\" disk, \"x\"\n").rows, (Rows{{"5\" disk", " \"x\""}}));
}

TEST(Csv, EmptyCellsAndSpacesAreKept) {
  EXPECT_EQ(read("a,b,c\n,,\n x , y ,\n").rows, (Rows{{"", "", ""}, {" x ", " y ", ""}}));
}

TEST(Csv, FindsTheDelimiter) {
  EXPECT_EQ(read("a\tb\n1,5\t2\n").rows, (Rows{{"1,5", "2"}}));
  EXPECT_EQ(read("a;b;c\n1,5;2;3\n").rows, (Rows{{"1,5", "2", "3"}}));
  EXPECT_EQ(read("a,b\n1\t2;3,4\n").rows, (Rows{{"1\t2;3", "4"}}));
  EXPECT_EQ(read("\"a\t\t;;\",b\n1,2\n").rows, (Rows{{"1", "2"}}));
  EXPECT_EQ(read("path\na b;c\n").rows, (Rows{{"a b;c"}}));
}

TEST(Csv, BytesThatAreNotUtf8AreKept) {
  EXPECT_EQ(read("path\ncaf\xE9.png\n\0x\n"s).rows, (Rows{{"caf\xE9.png"}, {"\0x"s}}));
}

TEST(Csv, FindsColumnsByNameInTheOrderAsked) {
  const auto table = read("Label , path,filename\n1,2,3\n");
  EXPECT_EQ(table.column({"path", "filename"}), 1U);
  EXPECT_EQ(table.column({"filename", "path"}), 2U);
  EXPECT_EQ(table.column({"label"}), 0U);
  EXPECT_EQ(table.column({"split"}), std::nullopt);
  EXPECT_EQ(table.column({"pat"}), std::nullopt);
}

TEST(Csv, BadTablesAreRefusedWithTheirLine) {
  const TemporaryFolder folder;
  const struct {
    std::string text, where, reason;
  } cases[] = {
      {"", "bad.csv", "it has no header"},
      {"\n\r\n", "bad.csv", "it has no header"},
      {"\xEF\xBB\xBF", "bad.csv", "it has no header"},
      {"a,b\n1\n", "bad.csv:2", "1 cells, where the header has 2"},
      {"a,b\n1,2\n1,2,3\n", "bad.csv:3", "3 cells, where the header has 2"},
      {"a,b\n\"1\n2\",3\n4\n", "bad.csv:4", "1 cells"},
      {"a,b\n1,\"open\n3,4\n", "bad.csv:2", "a quote is opened here and never closed"},
      {"\"a,b\n", "bad.csv:1", "never closed"},
      {"a,b\n1,\"", "bad.csv:2", "never closed"},
      {"a,b\n1,\"\"\"", "bad.csv:2", "never closed"},
      {"a,b\n\"1\"x,2\n", "bad.csv:2", "text follows a closing quote"},
      {"a,b\n\"1\" ,2\n", "bad.csv:2", "text follows a closing quote"},
      {"\xFF\xFE"
       "a\0,\0"s,
       "bad.csv", "UTF-16"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(printable(one.text));
    expect_error([&] { read_csv(folder.put("bad.csv", one.text)); }, Exit::data, {one.where, one.reason});
  }
  expect_error([&] { read_csv(folder / "none.csv"); }, Exit::data, {"cannot read", "none.csv"});
}

TEST(CsvRow, QuotesWhereNeeded) {
  EXPECT_EQ(csv_row(Cells{"a", "b c", ""}), "a,b c,\n");
  EXPECT_EQ(csv_row(Cells{"x,y", "say \"hi\"", "two\nlines", "\r"}),
            "\"x,y\",\"say \"\"hi\"\"\",\"two\nlines\",\"\r\"\n");
  EXPECT_EQ(csv_row(Cells{""}), "\"\"\n");
}

TEST(CsvRow, AnyCellsReadBack) {
  const std::string letters = "ab,;\t\"\r\n \xEF\xBB\xBF\xE9\0"s;
  for (uint32_t seed = 0; seed < 500; ++seed) {
    Random random({seed, 0, 0, 0}, 0);
    const auto cell = [&] {
      std::string made;
      for (uint32_t n = random.below(6); n > 0; --n)
        made += letters[random.below(static_cast<uint32_t>(letters.size()))];
      return made;
    };
    const uint32_t width = 1 + random.below(4);
    Cells header;
    for (uint32_t i = 0; i < width; ++i) header.push_back("column " + std::to_string(i));
    std::string text = csv_row(header);
    Rows rows(random.below(5), Cells(width));
    for (auto& row : rows) {
      for (auto& each : row) each = cell();
      text += csv_row(row);
    }
    const auto table = read(text);
    ASSERT_EQ(table.header, header);
    ASSERT_EQ(table.rows, rows) << printable(text);
  }
}

}  // namespace
}  // namespace simclr
