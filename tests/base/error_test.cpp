#include "base/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace simclr {
namespace {

using namespace std::string_literals;

TEST(Printable, LeavesTextAsItIs) {
  for (const auto& text : {"plain text"s, ""s, "Müller 日本語 🐟"s, "a\\b 'c' \"d\""s})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsControlCharacters) {
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\x0ab\\x09c\\x0dd");
  EXPECT_EQ(printable("\0\x1b[31m\x7f"s), "\\x00\\x1b[31m\\x7f");
}

TEST(Printable, ShowsC1ControlsThatATerminalWouldObey) {
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(printable("\xC2\x80\xC2\x9F\xC2\xA0"), "\\xc2\\x80\\xc2\\x9f\xC2\xA0");
}

TEST(Printable, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("caf\xE9.png"), "caf\\xe9.png");
  EXPECT_EQ(printable("\x80"), "\\x80");                    // a continuation without a start
  EXPECT_EQ(printable("\xE6\x97"), "\\xe6\\x97");           // cut short
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xE0\x80\xAF"), "\\xe0\\x80\\xaf");  // overlong
  EXPECT_EQ(printable("\xF0\x80\x80\xAF"), "\\xf0\\x80\\x80\\xaf");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(printable("\xFF\xFE"), "\\xff\\xfe");
  EXPECT_EQ(printable("\xF4\x8F\xBF\xBF\xEE\x80\x80"), "\xF4\x8F\xBF\xBF\xEE\x80\x80");
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> known = {"crop", "flip", "jitter", "gray", "blur", "solarize", "rotate"};
  EXPECT_EQ(nearest("jiter", known), "jitter");
  EXPECT_EQ(nearest("grey", known), "gray");
  EXPECT_EQ(nearest("solarise", known), "solarize");
  EXPECT_EQ(nearest("flip", known), "flip");
  EXPECT_EQ(nearest("roatet", known), "rotate");
}

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("convolution", {"crop", "flip"}), "");
  EXPECT_EQ(nearest("", {"a", "lr"}), "");
  EXPECT_EQ(nearest("xy", {"lr"}), "");
  EXPECT_EQ(nearest("crop", {}), "");
}

TEST(Suggestion, NamesTheNearestOrAll) {
  EXPECT_EQ(suggestion("adamv", {"sgd", "adam", "adamw", "lars"}), " Did you mean 'adam'?");
  EXPECT_EQ(suggestion("rmsprop", {"sgd", "adam"}), " Known: sgd, adam.");
  EXPECT_EQ(suggestion("x", {}), "");
}

TEST(Error, CarriesCodeMessageAndHint) {
  const Error error(Exit::disk, "full", "Free some space.");
  EXPECT_EQ(static_cast<int>(error.code()), 7);
  EXPECT_STREQ(error.what(), "full");
  EXPECT_EQ(error.hint(), "Free some space.");
}

}  // namespace
}  // namespace simclr
