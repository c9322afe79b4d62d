#include "formats/tensorboard.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

using namespace std::string_literals;

TEST(Crc32c, KnownAnswers) {  // RFC 3720, B.4
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  EXPECT_EQ(crc32c(rising), 0x46DD794EU);
}

std::filesystem::path only_file(const TemporaryFolder& folder) {
  return std::filesystem::directory_iterator(folder.path())->path();
}

// Takes the file apart into its records, checking each length and checksum.
std::vector<std::string> records(const std::string& bytes) {
  std::vector<std::string> all;
  const auto masked = [](std::string_view text) {
    const uint32_t crc = crc32c(text);
    return (crc >> 15 | crc << 17) + 0xA282EAD8U;
  };
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length = 0;
    uint32_t length_crc = 0, crc = 0;
    if (bytes.size() - at < 16) return ADD_FAILURE() << "torn record", all;
    std::memcpy(&length, &bytes[at], 8);
    std::memcpy(&length_crc, &bytes[at + 8], 4);
    if (length > bytes.size() - at - 16) return ADD_FAILURE() << "torn record", all;
    all.push_back(bytes.substr(at + 12, length));
    std::memcpy(&crc, &bytes[at + 12 + length], 4);
    EXPECT_EQ(length_crc, masked(bytes.substr(at, 8)));
    EXPECT_EQ(crc, masked(all.back()));
    at += 16 + length;
  }
  return all;
}

TEST(EventWriter, NamesItsFileAndStartsWithTheVersion) {
  const TemporaryFolder folder;
  const EventWriter writer(folder.path());
  const std::string name = only_file(folder).filename();
  const std::string start = "events.out.tfevents.";
  EXPECT_TRUE(name.starts_with(start)) << name;
  EXPECT_EQ(name.find_first_not_of("0123456789", start.size()), start.size() + 10) << name;
  EXPECT_TRUE(name.ends_with(std::to_string(getpid()))) << name;
  const auto all = records(folder.get(name));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].substr(9),
            "\x1A\x0D"
            "brain.Event:2");
}

TEST(EventWriter, AScalarIsTheseBytes) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path());
  writer.scalar("loss", 1.5, 300);
  writer.flush();
  const auto all = records(folder.get(only_file(folder).filename()));
  ASSERT_EQ(all.size(), 2U);
  // step 300, then summary { value { tag "loss" simple_value 1.5 } }
  EXPECT_EQ(all[1].substr(9), "\x10\xAC\x02\x2A\x0D\x0A\x0B\x0A\x04loss\x15\0\0\xC0\x3F"s);
}

TEST(EventWriter, TagsAreAlwaysUtf8) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path());
  writer.scalar("caf\xE9", 1, 1);
  writer.text("note", "caf\xE9\n\tMüller", 1);
  writer.flush();
  const auto all = records(folder.get(only_file(folder).filename()));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_NE(all[1].find("caf\\xe9"), std::string::npos);
  EXPECT_NE(all[2].find("caf\\xe9\n\tMüller"), std::string::npos);
}

TEST(EventWriter, AMissingFolderIsADiskError) {
  const TemporaryFolder folder;
  expect_error([&] { EventWriter writer(folder / "none"); }, Exit::disk,
               {"cannot write", "none/events.out.tfevents"});
}

}  // namespace
}  // namespace simclr
