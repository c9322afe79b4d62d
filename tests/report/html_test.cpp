#include "report/html.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "report/markup.hpp"

namespace simclr {
namespace {

TEST(Html, EscapesWhatCouldBecomeMarkup) {
  EXPECT_EQ(escape("<script>alert('1')</script> & \"x\""),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
  EXPECT_EQ(escape("caf\u00e9 \xff\n"), "caf\u00e9 \\xff\\x0a");
}

TEST(Html, EveryByteBecomesTextThatIsSafeInAnAttribute) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(markup_error("<a title=\"" + escape(text) + "\">" + escape(text) + "</a>"), "") << byte;
  }
}

TEST(Html, Decimals) {
  EXPECT_EQ(decimal(5.0249, 2), "5.02");
  EXPECT_EQ(decimal(1234567.891, 1), "1,234,567.9");
  EXPECT_EQ(decimal(-0.5, 1), "\u22120.5");
  EXPECT_EQ(decimal(-0.001, 1), "0.0");  // no minus before a zero
  EXPECT_EQ(decimal(std::numeric_limits<double>::quiet_NaN(), 2), "\u2013");
  EXPECT_EQ(decimal(std::numeric_limits<double>::infinity(), 2), "\u2013");
}

TEST(Html, SignificantDigits) {
  EXPECT_EQ(significant(0.0131, 2), "0.013");
  EXPECT_EQ(significant(519.34, 4), "519.3");
  EXPECT_EQ(significant(60000, 3), "60,000");
  EXPECT_EQ(significant(0.00005, 2), "5e-5");
  EXPECT_EQ(significant(2e12, 1), "2e12");
  EXPECT_EQ(significant(0, 3), "0");
}

TEST(Html, UnitsAndGroups) {
  EXPECT_EQ(grouped(60000), "60,000");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(-1000), "\u22121,000");
  EXPECT_EQ(duration(48), "48 s");
  EXPECT_EQ(duration(200), "3 min 20 s");
  EXPECT_EQ(duration(7500), "2 h 05 min");
  EXPECT_EQ(duration(-1), "\u2013");
  EXPECT_EQ(byte_size(999), "999 B");
  EXPECT_EQ(byte_size(11'200'000), "11.2 MB");
  EXPECT_EQ(percent(0.846, 1), "84.6\u202f%");
}

// What a shell reads back from the word is the text itself.
TEST(Html, ShellWordsSurviveAShell) {
  for (const std::string text :
       {"plain/path-1.png", "with space", "it's", "$(touch x)`y`", "a\\b", "", "*", "~"}) {
    const std::string command = "printf %s " + shell_word(text);
    FILE* pipe = ::popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    char buffer[256] = {};
    const size_t got = std::fread(buffer, 1, sizeof buffer - 1, pipe);
    EXPECT_EQ(::pclose(pipe), 0);
    EXPECT_EQ(std::string(buffer, got), text);
  }
  EXPECT_EQ(shell_word("plain/path-1.png"), "plain/path-1.png");
}

TEST(Html, LongNamesMayBreakAfterTheirParts) {
  EXPECT_EQ(breakable("a_b-<c>/d.png"), "a_<wbr>b-<wbr>&lt;c&gt;/<wbr>d.<wbr>png");
  EXPECT_EQ(breakable("ends_"), "ends_");
  EXPECT_EQ(breakable("plain"), "plain");
  EXPECT_EQ(breakable(""), "");
}

}  // namespace
}  // namespace simclr
