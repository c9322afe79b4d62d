#include "base/spec.hpp"

#include <gtest/gtest.h>

#include "base/expect_error.hpp"

namespace simclr {
namespace {

using Args = std::vector<std::pair<std::string, std::string>>;
using Parts = std::vector<std::string>;

TEST(ParseSpec, NameAlone) {
  for (const char* text : {"resnet18", "  resnet18 ", "resnet18()", "resnet18( )"}) {
    const Spec spec = parse_spec(text, "encoder");
    EXPECT_EQ(spec.name, "resnet18");
    EXPECT_TRUE(spec.args.empty());
  }
}

TEST(ParseSpec, ArgumentsInTheOrderWritten) {
  const Spec spec = parse_spec(" mlp ( layers = 2 ,out=128,act=relu ) ", "head");
  EXPECT_EQ(spec.name, "mlp");
  EXPECT_EQ(spec.args, (Args{{"layers", "2"}, {"out", "128"}, {"act", "relu"}}));
}

TEST(ParseSpec, AValueMayBeASpecItself) {
  const Spec spec = parse_spec("distill(teacher=resnet50(width=2,stem=3x3), t=0.5)", "loss");
  EXPECT_EQ(spec.args, (Args{{"teacher", "resnet50(width=2,stem=3x3)"}, {"t", "0.5"}}));
}

TEST(ParseSpec, MalformedTextsAreRefused) {
  for (const char* text : {"", "  ", "(a=1)", "two words", "a/b", "nt_xent(a=1", "nt_xent(a=1) x",
                           "nt_xent(a)", "nt_xent(a=1,)", "nt_xent(,)", "nt_xent(=1)", "nt_xent(a=1))",
                           "nt_xent((a=1)", "nt_xent(a=1)(b=2)", "nt_xent(a=1,a=2)", "nt_xent)", "n\xFF"})
    expect_error([&] { parse_spec(text, "loss"); }, Exit::setting, {"loss '", "name(key=value, key=value)"});
}

TEST(ParseSpec, TheMessageNamesFamilyTextAndReason) {
  expect_error([] { parse_spec("nt_xent(0.1)", "loss"); }, Exit::setting,
               {"loss 'nt_xent(0.1)'", "'0.1' is not key=value"});
  expect_error([] { parse_spec("nt_xent(t=1,t=2)", "loss"); }, Exit::setting, {"'t' is given twice"});
  expect_error([] { parse_spec("nt_xent(t=1))", "loss"); }, Exit::setting, {"parentheses"});
}

struct NtXent {
  double temperature = 0.1;
  int64_t tile_rows = 512;
  std::string form = "plain";
};

Fields fields(NtXent& s) {
  return {field("temperature", s.temperature, "of the softmax").range(0.001, 10),
          field("tile-rows", s.tile_rows, "rows a tile").range(1, 4096), field("form", s.form, "which form")};
}

TEST(Configure, SetsTheFieldsNamed) {
  NtXent s;
  configure(fields(s), parse_spec("nt_xent(temperature=0.5, tile_rows=64)", "loss"), "loss");
  EXPECT_EQ(s.temperature, 0.5);
  EXPECT_EQ(s.tile_rows, 64);
  configure(fields(s), parse_spec("nt_xent(tile-rows=32)", "loss"), "loss");
  EXPECT_EQ(s.tile_rows, 32);
}

TEST(Configure, SuggestsTheNearestArgument) {
  NtXent s;
  expect_error([&] { configure(fields(s), parse_spec("nt_xent(temprature=0.5)", "loss"), "loss"); },
               Exit::setting, {"loss 'nt_xent' has no argument 'temprature'", "Did you mean 'temperature'?"});
  expect_error([&] { configure(fields(s), parse_spec("nt_xent(margin=0.5)", "loss"), "loss"); },
               Exit::setting, {"Known: temperature, tile-rows, form."});
}

TEST(Configure, SaysWhereABadValueStands) {
  NtXent s;
  expect_error([&] { configure(fields(s), parse_spec("nt_xent(temperature=20)", "loss"), "loss"); },
               Exit::setting, {"nt_xent(temperature)", "'20'", "0.001 to 10"});
}

TEST(Canonical, LeavesOutDefaultsAndReadsBack) {
  NtXent s, usual;
  EXPECT_EQ(canonical("nt_xent", fields(s), fields(usual)), "nt_xent");
  EXPECT_EQ(canonical("nt_xent", fields(s)), "nt_xent(temperature=0.1,tile_rows=512,form=plain)");
  s.temperature = 0.07;
  const auto text = canonical("nt_xent", fields(s), fields(usual));
  EXPECT_EQ(text, "nt_xent(temperature=0.07)");
  NtXent again;
  configure(fields(again), parse_spec(text, "loss"), "loss");
  EXPECT_EQ(again.temperature, s.temperature);
  EXPECT_EQ(canonical("nt_xent", fields(again), fields(usual)), text);
}

TEST(SplitOutside, KeepsParenthesesWhole) {
  EXPECT_EQ(split_outside("knn,linear(c=1,k=2)", ','), (Parts{"knn", "linear(c=1,k=2)"}));
  EXPECT_EQ(split_outside("a > one_of(b > c | d) > e", '>'), (Parts{"a", "one_of(b > c | d)", "e"}));
  EXPECT_EQ(split_outside("", ','), (Parts{""}));
  EXPECT_EQ(split_outside("a,,b,", ','), (Parts{"a", "", "b", ""}));
  EXPECT_EQ(split_outside(" a ", ','), (Parts{"a"}));
}

TEST(Trim, TakesSpacesFromBothEnds) {
  EXPECT_EQ(trim(" \t a b \n"), "a b");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace simclr
