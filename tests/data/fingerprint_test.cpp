#include "data/fingerprint.hpp"

#include <gtest/gtest.h>

#include "data/fixture.hpp"
#include "data/statistics.hpp"

namespace simclr {
namespace {

using test::png;
using test::TempFolder;

std::string of(const std::string& path) {
  const auto source = open_source(path);
  return fingerprint(*source, every_record(*source));
}

TEST(Fingerprint, TellsOtherPicturesUnderTheSameNames) {
  const TempFolder a, b;
  for (const auto* folder : {&a, &b})
    for (uint8_t i = 0; i < 20; ++i) folder->write(std::to_string(i) + ".png", png(2, 2, {0, 51, i}));
  EXPECT_EQ(of(a.root()), of(b.root()));
  for (uint8_t i = 0; i < 20; ++i) b.write(std::to_string(i) + ".png", png(2, 2, {9, 51, i}));
  EXPECT_NE(of(a.root()), of(b.root()));
}

TEST(Fingerprint, TellsAnotherName) {
  const TempFolder a, b;
  for (uint8_t i = 0; i < 20; ++i) {
    a.write(std::to_string(i) + ".png", png(2, 2, {0, 51, 255}));
    b.write(std::to_string(i == 19 ? 20 : i) + ".png", png(2, 2, {0, 51, 255}));
  }
  EXPECT_NE(of(a.root()), of(b.root()));
}

TEST(Fingerprint, ABrokenFileIsNoError) {
  const TempFolder folder;
  folder.write("a.png", png(2, 2, {0, 51, 255}));
  folder.write("b.png", "not a picture");
  EXPECT_EQ(of(folder.root()).size(), 64U);
}

}  // namespace
}  // namespace simclr
