#include "data/packed_pictures.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "data/fixture.hpp"

namespace simclr {
namespace {

using test::TempFolder;

const CacheKey key{"these pictures", "as they are"};

Image noise(int bands, int height, int width, Sample sample, unsigned state) {
  Image image(bands, height, width, sample);
  for (std::byte& byte : image.bytes()) byte = static_cast<std::byte>((state = state * 1664525U + 1) >> 24U);
  return image;
}

std::vector<std::byte> bytes_of(const Image& image) {
  const auto bytes = image.bytes();
  return {bytes.begin(), bytes.end()};
}

// Three pictures of the three sample types, the second of which could not be decoded.
struct Packed {
  TempFolder folder;
  std::string path = folder.at("x.pictures");
  std::vector<Image> images{noise(3, 5, 7, Sample::u8, 1), noise(1, 40, 90, Sample::u16, 2),
                            noise(12, 3, 3, Sample::f32, 3)};
  Packed() {
    PackedWriter writer(path, key, 4, "photos");
    writer.add(3, images[2]);
    writer.add(0, images[0]);
    writer.add(1, images[1]);
    writer.commit();
  }
  PackedPictures::Opened open() const { return PackedPictures::open(path, key, 4); }
  void change(size_t offset) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const int before = file.get();
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(before ^ 1));
  }
};

TEST(PackedPictures, ComeBackAsTheyWere) {
  const Packed packed;
  const auto opened = packed.open();
  ASSERT_TRUE(opened.pictures) << opened.why;
  const std::vector<size_t> places{0, 1, 3};
  for (int round = 0; round < 2; ++round)  // what was given back is read again
    for (size_t i = 0; i < places.size(); ++i) {
      opened.pictures->will_need(places[i]);
      const auto image = opened.pictures->find(places[i]);
      ASSERT_TRUE(image);
      EXPECT_EQ(image->bands(), packed.images[i].bands());
      EXPECT_EQ(image->height(), packed.images[i].height());
      EXPECT_EQ(image->width(), packed.images[i].width());
      EXPECT_EQ(image->sample(), packed.images[i].sample());
      EXPECT_EQ(bytes_of(*image), bytes_of(packed.images[i]));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(image->bytes().data()) % 64, 0U);
    }
  EXPECT_EQ(opened.pictures->find(2), nullptr) << "could not be decoded";
}

TEST(PackedPictures, ACopyOutlivesTheFile) {
  auto packed = std::make_unique<Packed>();
  std::unique_ptr<Image> copy;
  {
    const auto opened = packed->open();
    copy = std::make_unique<Image>(*opened.pictures->find(0));
  }
  EXPECT_EQ(bytes_of(*copy), bytes_of(packed->images[0]));
  copy->band<uint8_t>(2)[34] = 77;  // and may be written to
  EXPECT_EQ(bytes_of(*copy).back(), std::byte{77});
}

TEST(PackedPictures, OfAnotherStateAreNotTaken) {
  const Packed packed;
  EXPECT_EQ(PackedPictures::open(packed.path, {"these pictures", "since changed"}, 4).why,
            "the pictures have changed since");
  EXPECT_EQ(PackedPictures::open(packed.path, key, 5).pictures, nullptr);
  const auto none = PackedPictures::open(packed.folder.at("y.pictures"), key, 4);
  EXPECT_EQ(none.pictures, nullptr);
  EXPECT_EQ(none.why, "");
}

TEST(PackedPictures, DamageOfHeaderIndexOrLengthIsSeenWhenOpened) {
  const Packed packed;
  const auto size = std::filesystem::file_size(packed.path);
  for (const size_t place : {size_t{3}, static_cast<size_t>(size) - 2, static_cast<size_t>(size) - 200}) {
    packed.change(place);
    EXPECT_EQ(packed.open().why, "it is damaged") << place;
    packed.change(place);
  }
  EXPECT_EQ(packed.open().why, "");
  for (const auto left : {size - 1, size / 2, std::uintmax_t{100}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(packed.path, left);
    EXPECT_EQ(packed.open().why, "it is damaged") << left;
  }
}

TEST(PackedPictures, ADamagedPictureIsNeverGiven) {
  const Packed packed;
  packed.change(4096 + 17);  // in the first that was added
  const auto opened = packed.open();
  ASSERT_TRUE(opened.pictures) << "the pixels are looked at when they are read";
  testing::internal::CaptureStderr();
  EXPECT_EQ(opened.pictures->find(3), nullptr);
  EXPECT_EQ(opened.pictures->find(3), nullptr);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("damaged"), std::string::npos) << said;
  EXPECT_EQ(said.find("damaged"), said.rfind("damaged")) << "said once: " << said;
  EXPECT_EQ(bytes_of(*opened.pictures->find(0)), bytes_of(packed.images[0])) << "the others are intact";
  EXPECT_FALSE(std::filesystem::exists(packed.path)) << "so that it is made anew";
}

TEST(PackedPictures, UncommittedLeavesNothing) {
  const TempFolder folder;
  {
    PackedWriter writer(folder.at("x.pictures"), key, 1, "photos");
    writer.add(0, noise(3, 5, 7, Sample::u8, 1));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.root()));
}

}  // namespace
}  // namespace simclr
