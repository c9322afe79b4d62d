#include "data/class_list.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/expect_error.hpp"

namespace simclr {
namespace {

using Names = std::vector<std::string>;

TEST(ClassList, HasNamesWithCommasBetween) {
  EXPECT_EQ(class_list("copepod, diatom ,copepod,,jelly fish"), (Names{"copepod", "diatom", "jelly fish"}));
  expect_error([] { class_list(" , "); }, Exit::data, {"names no class", "one name a line"});
}

TEST(ClassList, OrIsAFileWithOneALine) {
  const auto path = std::filesystem::temp_directory_path() / "simclr_class_list.txt";
  std::ofstream(path) << "# unseen\n\ncopepod\r\n  a, with comma\n";
  EXPECT_EQ(class_list(path.native()), (Names{"copepod", "a, with comma"}));
  std::ofstream(path, std::ios::trunc) << "# nothing\n";
  expect_error([&] { class_list(path.native()); }, Exit::data, {"names no class"});
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace simclr
