#include "base/fields.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/expect_error.hpp"
#include "base/random.hpp"

namespace simclr {
namespace {

struct Sample {
  bool nesterov = false;
  int64_t batch = 256;
  double lr = 0.1;
  std::string mode = "mul";
  Range sigma{0.1, 2};
  std::optional<int64_t> workers;
  std::optional<double> rate;
};

Fields fields(Sample& s) {
  return {field("nesterov", s.nesterov, "look ahead"),
          field("batch-size", s.batch, "images a step").range(2, 65536),
          field("lr", s.lr, "learning rate").range(0, 10),
          field("brightness", s.mode, "law of brightness").choices({"mul", "add"}),
          field("sigma", s.sigma, "of the blur").range(0.05, 5),
          field("workers", s.workers, "loader threads").range(1, 512).unit("N"),
          field("rate", s.rate, "a rate").range(0, 1)};
}

void set(Sample& s, const char* name, const std::string& text, const char* origin = "--flag") {
  const Fields all = fields(s);
  find(all, name)->set(text, origin);
}

TEST(Field, SetsEachKind) {
  Sample s;
  set(s, "nesterov", "yes");
  set(s, "batch-size", "512");
  set(s, "lr", "3e-4");
  set(s, "brightness", "add");
  set(s, "sigma", "0.5..1.5");
  set(s, "workers", "4");
  set(s, "rate", "0.25");
  EXPECT_TRUE(s.nesterov);
  EXPECT_EQ(s.batch, 512);
  EXPECT_EQ(s.lr, 3e-4);
  EXPECT_EQ(s.mode, "add");
  EXPECT_EQ(s.sigma, (Range{0.5, 1.5}));
  EXPECT_EQ(s.workers, 4);
  EXPECT_EQ(s.rate, 0.25);
}

TEST(Field, BooleansInTheirWords) {
  Sample s;
  for (const char* word : {"true", "1", "yes", "on"}) {
    s.nesterov = false;
    set(s, "nesterov", word);
    EXPECT_TRUE(s.nesterov) << word;
  }
  for (const char* word : {"false", "0", "no", "off"}) {
    s.nesterov = true;
    set(s, "nesterov", word);
    EXPECT_FALSE(s.nesterov) << word;
  }
  for (const char* word : {"", "maybe", "True ", "2"})
    expect_error([&] { set(s, "nesterov", word); }, Exit::setting, {"--flag", "is not true or false"});
}

TEST(Field, ASingleNumberIsARangeOfOne) {
  Sample s;
  set(s, "sigma", "1.25");
  EXPECT_EQ(s.sigma, (Range{1.25, 1.25}));
  EXPECT_EQ(find(fields(s), "sigma")->text(), "1.25");
}

TEST(Field, AutoEmptiesAnOptional) {
  Sample s;
  s.workers = 3;
  s.rate = 0.5;
  set(s, "workers", "auto");
  set(s, "rate", "auto");
  EXPECT_FALSE(s.workers.has_value());
  EXPECT_FALSE(s.rate.has_value());
  EXPECT_EQ(find(fields(s), "workers")->text(), "auto");
  expect_error([&] { set(s, "batch-size", "auto"); }, Exit::setting, {"'auto' is not a whole number"});
}

TEST(Field, BoundsAreInclusive) {
  Sample s;
  set(s, "batch-size", "2");
  set(s, "batch-size", "65536");
  expect_error([&] { set(s, "batch-size", "1", "--batch-size"); }, Exit::setting,
               {"--batch-size", "'1'", "2 to 65536"});
  expect_error([&] { set(s, "batch-size", "65537"); }, Exit::setting, {"in range"});
  EXPECT_EQ(s.batch, 65536) << "a refused value must leave the old one";
}

TEST(Field, RefusesWhatIsNotANumber) {
  Sample s;
  for (const char* text : {"", " 1", "1 ", "0x10", "1.5", "1e3", "--1", "9223372036854775808", "one"})
    expect_error([&] { set(s, "batch-size", text); }, Exit::setting, {"is not a whole number"});
  for (const char* text : {"", "0,1", "1.0.0", "0.1x", " 0.1"})
    expect_error([&] { set(s, "lr", text); }, Exit::setting, {"is not a number"});
  for (const char* text : {"nan", "inf", "-inf"})
    expect_error([&] { set(s, "lr", text); }, Exit::setting, {"is not a finite number"});
  for (const char* text : {"", "..", "1..", "..1", "2..1", "nan..1", "1..2..3", "a..b"})
    expect_error([&] { set(s, "sigma", text); }, Exit::setting, {"is not a range such as 0.1..2"});
  expect_error([&] { set(s, "sigma", "0.1..6"); }, Exit::setting, {"0.05 to 5"});
  expect_error([&] { set(s, "sigma", "0.01..1"); }, Exit::setting, {"0.05 to 5"});
  expect_error([&] { set(s, "workers", "0"); }, Exit::setting, {"1 to 512"});
  expect_error([&] { set(s, "rate", "1.5"); }, Exit::setting, {"0 to 1"});
}

TEST(Field, RefusesAWordThatIsNoChoice) {
  Sample s;
  expect_error([&] { set(s, "brightness", "mull", "run.toml:3"); }, Exit::setting,
               {"run.toml:3", "'mull' is not one of mul, add", "Did you mean 'mul'?"});
  EXPECT_EQ(s.mode, "mul");
}

TEST(Field, TheMessageIsPrintable) {
  Sample s;
  expect_error([&] { set(s, "lr", "\x1b[2J\xFF", "--lr"); }, Exit::setting, {"\\x1b[2J\\xff"});
}

TEST(Field, DescribesItsRange) {
  Sample s;
  const Fields all = fields(s);
  EXPECT_EQ(find(all, "lr")->describe(), "0 to 10");
  EXPECT_EQ(find(all, "brightness")->describe(), "one of mul, add");
  EXPECT_EQ(find(all, "nesterov")->describe(), "");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(field("a", s.lr, "").range(1, infinity).describe(), "at least 1");
  EXPECT_EQ(field("a", s.lr, "").range(-infinity, 2).describe(), "at most 2");
}

TEST(Fields, AreFoundByNameOrKey) {
  Sample s;
  const Fields all = fields(s);
  ASSERT_NE(find(all, "batch-size"), nullptr);
  EXPECT_EQ(find(all, "batch-size"), find(all, "batch_size"));
  EXPECT_EQ(find(all, "batch-size")->key(), "batch_size");
  EXPECT_EQ(find(all, "batchsize"), nullptr);
  EXPECT_EQ(names(all).at(1), "batch-size");
  EXPECT_EQ(find(all, "workers")->unit(), "N");
}

TEST(Fields, TextReadsBackToTheSameBits) {
  Random random({3, 0, 0, 0}, 0);
  const auto any = [&] {
    for (;;) {
      const uint64_t bits = uint64_t{random.next()} << 32 | random.next();
      if (const auto value = std::bit_cast<double>(bits); std::isfinite(value)) return value;
    }
  };
  for (int i = 0; i < 2000; ++i) {
    double given = any(), got = 0;
    std::optional<double> maybe = any(), maybe_got;
    Range range{any(), any()}, range_got;
    if (range.lo > range.hi) std::swap(range.lo, range.hi);
    auto whole = static_cast<int64_t>(uint64_t{random.next()} << 32 | random.next());
    int64_t whole_got = 0;
    field("a", got, "").set(field("a", given, "").text(), "test");
    field("a", maybe_got, "").set(field("a", maybe, "").text(), "test");
    field("a", range_got, "").set(field("a", range, "").text(), "test");
    field("a", whole_got, "").set(field("a", whole, "").text(), "test");
    ASSERT_EQ(std::bit_cast<uint64_t>(given), std::bit_cast<uint64_t>(got));
    ASSERT_EQ(maybe, maybe_got);
    ASSERT_EQ(range, range_got);
    ASSERT_EQ(whole, whole_got);
  }
}

TEST(Shortest, IsTheShortestThatReadsBack) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(1e-6), "1e-06");
  EXPECT_EQ(shortest(224), "224");
  EXPECT_EQ(shortest(-2.5), "-2.5");
  EXPECT_EQ(shortest(0), "0");
}

}  // namespace
}  // namespace simclr
