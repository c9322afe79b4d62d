#include "data/zip_archive.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "base/threads.hpp"
#include "data/fixture.hpp"
#include "data/zip_fixture.hpp"

namespace simclr {
namespace {

using test::directory_header;
using test::put_little;
using test::slurp;
using test::TempFolder;
using test::Texts;
using test::write_zip;

constexpr uint64_t plenty = uint64_t{1} << 30;
const std::string prose = [] {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "copepod " + std::to_string(i * i) + "\n";
  return text;
}();

std::string text_of(const ZipArchive::Bytes& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data.get()), bytes.size);
}

Texts names(const ZipArchive& archive) {
  Texts all;
  for (const auto& entry : archive.entries()) all.emplace_back(entry.name);
  return all;
}

TEST(ZipArchive, StoredAndDeflatedFilesByName) {
  const TempFolder folder;
  write_zip(folder.at("a.zip"), {{"b/deflated.txt", prose},
                                 {"stored.txt", prose, true},
                                 {"folder/", ""},
                                 {"a b\xC3\xA9.txt", ""},
                                 {"./c.txt", "c"}});
  const ZipArchive archive(folder.at("a.zip"));
  EXPECT_EQ(names(archive), (Texts{"a b\xC3\xA9.txt", "b/deflated.txt", "c.txt", "stored.txt"}));
  for (const char* name : {"b/deflated.txt", "stored.txt"}) {
    const auto* entry = archive.find(name);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->size, prose.size());
    EXPECT_EQ(entry->packed < entry->size, name[0] == 'b');
    EXPECT_EQ(text_of(archive.read(*entry, plenty)), prose) << name;
    EXPECT_EQ(text_of(archive.start(*entry, 16)), prose.substr(0, 16)) << name;
    EXPECT_EQ(text_of(archive.start(*entry, plenty)).substr(0, 1000), prose.substr(0, 1000)) << name;
  }
  const auto empty = archive.read(*archive.find("a b\xC3\xA9.txt"), plenty);
  EXPECT_EQ(empty.size, 0U);
  EXPECT_EQ(empty.error, "");
  EXPECT_EQ(archive.find("b"), nullptr);
  EXPECT_EQ(archive.find("b/deflated.txt/"), nullptr);
}

TEST(ZipArchive, OfOneNameTheLastCounts) {
  const TempFolder folder;
  write_zip(folder.at("a.zip"), {{"x1", "first", true}, {"x2", "second", true}});
  std::string bytes = slurp(folder.at("a.zip"));
  for (size_t at; (at = bytes.find("x2")) != std::string::npos;) bytes.replace(at, 2, "x1");
  folder.write("a.zip", bytes);
  const ZipArchive archive(folder.at("a.zip"));
  EXPECT_EQ(names(archive), (Texts{"x1"}));
  EXPECT_EQ(text_of(archive.read(archive.entries()[0], plenty)), "second");
}

TEST(ZipArchive, NamesThatLeadOutsideAreLeftOut) {
  const TempFolder folder;
  write_zip(folder.at("a.zip"), {{"../evil.png", "1"},
                                 {"a/../../evil.png", "2"},
                                 {"/etc/passwd", "3"},
                                 {"C:\\evil.png", "4"},
                                 {"..\\evil.png", "5"},
                                 {"a/../inside.png", "6"},
                                 {"win\\dows.png", "7"},
                                 {"..dots.png", "8"}});
  const ZipArchive archive(folder.at("a.zip"));
  EXPECT_EQ(names(archive), (Texts{"..dots.png", "inside.png", "win/dows.png"}));
  EXPECT_EQ(archive.outside(), 5U);
  EXPECT_EQ(archive.first_outside(), "../evil.png");
  EXPECT_EQ(text_of(archive.read(*archive.find("inside.png"), plenty)), "6");
}

// One entry, "it", whose directory header is altered.
struct Altered {
  TempFolder folder;
  std::string bytes;
  explicit Altered(const std::string& content, bool stored = false) {
    write_zip(folder.at("a.zip"), {{"it", content, stored}, {"other", prose}});
    bytes = slurp(folder.at("a.zip"));
  }
  void set(size_t field, uint64_t value, int width) {
    put_little(bytes, directory_header(bytes, "it") + field, value, width);
  }
  std::string error(uint64_t most = plenty) {
    folder.write("a.zip", bytes);
    const ZipArchive archive(folder.at("a.zip"));
    EXPECT_EQ(text_of(archive.read(*archive.find("other"), plenty)), prose);
    archive.start(*archive.find("it"), 16);
    const auto read = archive.read(*archive.find("it"), most);
    EXPECT_EQ(read.size, read.error.empty() ? prose.size() : 0U);
    return read.error;
  }
};

TEST(ZipArchive, ADamagedEntryIsAnErrorAndTheOthersAreRead) {
  EXPECT_EQ(Altered(prose).error(), "");
  for (const bool stored : {false, true}) {
    Altered crc(prose, stored);
    crc.set(16, 12345, 4);
    EXPECT_EQ(crc.error(), "damaged: its checksum is another");
  }
  Altered flipped(prose);
  const size_t data = flipped.bytes.find("it") + 2;
  for (size_t i = 0; i < 40; ++i) flipped.bytes[data + i] = '\xFF';
  EXPECT_TRUE(flipped.error().starts_with("damaged")) << flipped.error();
  Altered longer(prose);
  longer.set(24, prose.size() + 1, 4);
  EXPECT_EQ(longer.error(), "damaged: it ends too early");
  Altered shorter(prose);
  shorter.set(24, prose.size() - 1, 4);
  EXPECT_EQ(shorter.error(), "damaged: it holds more than it says");
}

TEST(ZipArchive, WhatCannotBeReadIsSaid) {
  Altered encrypted(prose);
  encrypted.set(8, 1, 2);
  EXPECT_EQ(encrypted.error(), "encrypted");
  Altered method(prose);
  method.set(10, 12, 2);
  EXPECT_EQ(method.error(), "packed by method 12, where stored and deflated ones are read");
}

TEST(ZipArchive, NoMemoryIsTakenForSizesThatCannotBe) {
  Altered huge(prose);
  huge.set(24, 0xFFFFFFF0, 4);
  EXPECT_EQ(huge.error(), "larger than 1024 MiB");
  EXPECT_TRUE(huge.error(uint64_t{1} << 40).starts_with("damaged: ")) << huge.error(uint64_t{1} << 40);
  Altered packed(prose);
  packed.set(20, 0xFFFFFFF0, 4);
  EXPECT_EQ(packed.error(), "damaged: it says it is larger than the archive");
  Altered stored(prose, true);
  stored.set(24, prose.size() + 1, 4);
  EXPECT_TRUE(stored.error().starts_with("damaged: ")) << stored.error();
  // A bomb that keeps to what it says is refused by that.
  Altered bomb(std::string(size_t{3} << 20, '\0'));
  EXPECT_EQ(bomb.error(uint64_t{2} << 20), "larger than 2 MiB");
}

std::string refused(const TempFolder& folder, const std::string& bytes) {
  folder.write("b.zip", bytes);
  try {
    const ZipArchive archive(folder.at("b.zip"));
    for (const auto& entry : archive.entries()) {
      archive.start(entry, 16);
      const auto read = archive.read(entry, plenty);
      EXPECT_TRUE(read.error.empty() || read.size == 0);
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::data);
    return error.what();
  }
  return "";
}

TEST(ZipArchive, WhatIsNoZipIsRefused) {
  const TempFolder folder;
  EXPECT_TRUE(refused(folder, "").find("as a ZIP archive") != std::string::npos);
  EXPECT_TRUE(refused(folder, "not a zip").find("as a ZIP archive") != std::string::npos);
  EXPECT_TRUE(refused(folder, "PK\x03\x04" + prose).find("as a ZIP archive") != std::string::npos);
  EXPECT_THROW(ZipArchive(folder.at("none.zip")), Error);
  EXPECT_THROW(ZipArchive(folder.root()), Error);
}

TEST(ZipArchive, CutShortAnywhereOrWithAnyByteAltered) {
  const TempFolder folder;
  write_zip(folder.at("a.zip"), {{"it", "abcabcabcabcabc"}, {"d/other", "12345", true}});
  const std::string whole = slurp(folder.at("a.zip"));
  ASSERT_EQ(refused(folder, whole), "");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(refused(folder, whole.substr(0, size)), "") << size;
  for (size_t at = 0; at < whole.size(); ++at)
    for (const int bit : {0, 3, 7}) {
      std::string altered = whole;
      altered[at] = static_cast<char>(altered[at] ^ (1 << bit));
      refused(folder, altered);  // either way, without a crash
    }
}

TEST(ZipArchive, ManyThreadsReadAtOnce) {
  const TempFolder folder;
  std::vector<test::ZipFile> files;
  for (int i = 0; i < 100; ++i)
    files.push_back({"f" + std::to_string(i), prose + std::to_string(i), i % 2 == 0});
  write_zip(folder.at("a.zip"), files);
  const ZipArchive archive(folder.at("a.zip"));
  std::atomic<size_t> right = 0;
  parallel_for(3200, 32, [&](size_t i) {  // more threads than handles
    const auto& file = files[i % files.size()];
    right += text_of(archive.read(*archive.find(file.name), plenty)) == file.bytes;
  });
  EXPECT_EQ(right, 3200U);
}

}  // namespace
}  // namespace simclr
