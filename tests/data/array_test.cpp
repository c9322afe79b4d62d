#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "data/fixture.hpp"

namespace simclr {
namespace {

using test::big_endian;
using test::ids;
using test::labels;
using test::npy;
using test::refusal;
using test::splits;
using test::TempFolder;
using test::Texts;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string idx(const std::vector<uint32_t>& shape, const std::string& values) {
  std::string bytes("\0\0\x08", 3);
  bytes += static_cast<char>(shape.size());
  for (const uint32_t size : shape) bytes += big_endian(size);
  return bytes + values;
}

// 0, 1, 2, ...
std::string counting(size_t count) {
  std::string bytes(count, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  return bytes;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

TEST(Idx, AFolderOfTwoSplitsPackedOrNot) {
  const TempFolder folder;
  folder.write("train-images-idx3-ubyte.gz", test::gzipped(idx({3, 2, 4}, counting(24))));
  folder.write("train-labels-idx1-ubyte", idx({3}, "\x07\x01\x07"));
  folder.write("t10k-images-idx3-ubyte", idx({1, 2, 4}, counting(8)));
  folder.write("t10k-labels-idx1-ubyte.gz", test::gzipped(idx({1}, "\x02")));
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->kind(), "idx");
  EXPECT_EQ(source->classes(), (Texts{"1", "2", "7"}));
  EXPECT_EQ(labels(*source), (Texts{"2", "7", "1", "7"}));
  EXPECT_EQ(splits(*source), (Texts{"test", "train", "train", "train"}));
  EXPECT_EQ(source->record(3).id, "train-images-idx3-ubyte[2]");  // packed or not, it is the same picture
  EXPECT_EQ(source->path(3), folder.at("train-images-idx3-ubyte.gz[2]"));
  const auto read = source->read(3, {});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.image.height(), 2);
  EXPECT_EQ(read.image.width(), 4);
  EXPECT_EQ(read.image.bands(), 1);
  EXPECT_EQ(read.image.band<uint8_t>(0)[5], 21);

  const auto train = open_source(folder.root() + ":train");
  EXPECT_EQ(train->size(), 3U);
  EXPECT_EQ(train->classes(), (Texts{"1", "2", "7"}));
  EXPECT_EQ(train->read(1, {}).image.band<uint8_t>(0)[0], 8);
  EXPECT_EQ(train->path(1), folder.at("train-images-idx3-ubyte.gz[1]"));
  EXPECT_TRUE(holds(refusal(folder.root() + ":val"), "it has train (3), test (1)."));
}

TEST(Idx, GrayBecomesThreeBandsWhenAsked) {
  const TempFolder folder;
  folder.write("x-images.idx3-ubyte", idx({1, 1, 2}, "\x05\x09"));
  const auto source = open_source(folder.at("x-images.idx3-ubyte"));
  EXPECT_FALSE(source->labelled());
  DecodeOptions options;
  options.bands = 3;
  const auto read = source->read(0, options);
  ASSERT_EQ(read.image.bands(), 3);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(read.image.band<uint8_t>(c)[1], 9);
}

TEST(Idx, DamageIsFoundOnOpening) {
  const TempFolder folder;
  const std::string file = "train-images-idx3-ubyte", packed = file + ".gz";
  folder.write(file, idx({2, 2, 2}, "1234567"));
  EXPECT_TRUE(holds(refusal(folder.root()), "promises 8 bytes, it has 7"));
  folder.write(file, idx({2, 2, 2}, "123456789"));
  EXPECT_TRUE(holds(refusal(folder.root()), "promises 8 bytes, it has 9"));
  folder.write(file, idx({4294967295, 4294967295, 4294967295}, "1"));
  EXPECT_TRUE(holds(refusal(folder.root()), "its shape is impossible"));
  folder.write(file, "PK\x03\x04");
  EXPECT_TRUE(holds(refusal(folder.root()), "no IDX header"));
  folder.write(file, idx({8}, "12345678"));
  EXPECT_TRUE(holds(refusal(folder.root()), "of type 8 with 1 dimensions"));
  folder.write(file, std::string("\0\0\x0D\x03", 4) + std::string(12, '\0'));
  EXPECT_TRUE(holds(refusal(folder.root()), "of type 13 with 3 dimensions"));
  folder.write(file, idx({0, 2, 2}, ""));
  EXPECT_TRUE(holds(refusal(folder.root()), "no image"));
  std::filesystem::remove(folder.at(file));
  const std::string whole = test::gzipped(idx({2, 2, 2}, "12345678"));
  folder.write(packed, whole.substr(0, whole.size() - 6));
  EXPECT_TRUE(holds(refusal(folder.root()), "it is cut short"));
  std::string altered = whole;
  altered[altered.size() - 7] ^= 1;  // the checksum
  folder.write(packed, altered);
  EXPECT_TRUE(holds(refusal(folder.root()), "it can't be inflated"));
}

TEST(Idx, LabelsMustBeAsMany) {
  const TempFolder folder;
  folder.write("train-images-idx3-ubyte", idx({2, 1, 1}, "12"));
  folder.write("train-labels-idx1-ubyte", idx({3}, "123"));
  const auto said = refusal(folder.root());
  EXPECT_TRUE(holds(said, "has 2 pictures, but"));
  EXPECT_TRUE(holds(said, "has 3 labels"));
}

TEST(Idx, GzipOfSeveralMembersAndLargerThanABlock) {
  const TempFolder folder;
  const std::string values(3 << 20, 'x'), whole = idx({3, 1024, 1024}, values);
  folder.write("train-images-idx3-ubyte.gz",
               test::gzipped(whole.substr(0, 1000)) + test::gzipped(whole.substr(1000)));
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->read(2, {}).image.band<uint8_t>(0)[1024 * 1024 - 1], 'x');
}

TEST(Idx, TheSamePicturesUnderTwoSpellingsCountOnce) {
  const TempFolder folder;
  folder.write("train-images-idx3-ubyte", idx({2, 2, 2}, "12345678"));
  folder.write("train-images.idx3-ubyte", idx({2, 2, 2}, "12345678"));
  std::filesystem::create_directory(folder.at("train-labels-idx1-ubyte"));  // as some archives unpack
  folder.write("train-labels.idx1-ubyte", idx({2}, "\x01\x02"));
  const auto source = open_source(folder.root());
  EXPECT_EQ(labels(*source), (Texts{"1", "2"}));
}

TEST(Idx, NoMoreIsUnpackedThanTheHeaderPromises) {
  const TempFolder folder;
  folder.write("train-images-idx3-ubyte.gz",
               test::gzipped(idx({2, 2, 2}, "12345678") + std::string(size_t{64} << 20, '\0')));
  const auto refused = refusal(folder.root());
  EXPECT_NE(refused.find("promises 8 bytes"), std::string::npos) << refused;
  EXPECT_EQ(refused.find("67108"), std::string::npos) << "it was unpacked whole: " << refused;
}

TEST(FashionMnist, TheInstalledFilesAreReadWhole) {
  const std::string root = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const auto train = open_source(root + ":train"), test = open_source(root + ":test");
  EXPECT_EQ(train->size(), 60000U);
  EXPECT_EQ(test->size(), 10000U);
  EXPECT_EQ(open_source(root)->size(), 70000U);
  EXPECT_EQ(train->classes(), (Texts{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(train->record(i).label, (std::vector<int>{9, 0, 0, 3})[i]);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(test->record(i).label, (std::vector<int>{9, 2, 1, 1})[i]);
  std::vector<int> counts(10);
  for (size_t i = 0; i < train->size(); ++i) ++counts[static_cast<size_t>(train->record(i).label)];
  EXPECT_EQ(counts, std::vector<int>(10, 6000));
  const auto first = train->read(0, {});
  EXPECT_EQ(first.image.height(), 28);
  EXPECT_EQ(first.image.width(), 28);
  size_t sum = 0;
  for (const uint8_t value : first.image.band<uint8_t>(0)) sum += value;
  EXPECT_EQ(sum, 76247U);  // by numpy
}

std::string cifar_record(const std::string& labels, uint8_t red, uint8_t green, uint8_t blue) {
  return labels + std::string(1024, static_cast<char>(red)) + std::string(1024, static_cast<char>(green)) +
         std::string(1024, static_cast<char>(blue));
}

TEST(Cifar, TenClassesInBatches) {
  const TempFolder folder;
  folder.write("data_batch_1.bin", cifar_record("\x03", 1, 2, 3) + cifar_record("\x09", 4, 5, 6));
  folder.write("data_batch_2.bin", cifar_record(std::string(1, '\0'), 7, 8, 9));
  folder.write("test_batch.bin", cifar_record("\x01", 10, 20, 30));
  folder.write("batches.meta.txt",
               "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->kind(), "cifar");
  EXPECT_EQ(labels(*source), (Texts{"cat", "truck", "airplane", "automobile"}));
  EXPECT_EQ(splits(*source), (Texts{"train", "train", "train", "test"}));
  EXPECT_EQ(source->path(1), folder.at("data_batch_1.bin[1]"));
  const auto read = source->read(1, {});
  ASSERT_EQ(read.image.bands(), 3);
  EXPECT_EQ(read.image.height(), 32);
  EXPECT_EQ(read.image.band<uint8_t>(0)[1023], 4);
  EXPECT_EQ(read.image.band<uint8_t>(2)[0], 6);
  DecodeOptions gray;
  gray.bands = 1;
  const auto test = open_source(folder.root() + ":test");
  EXPECT_EQ(ids(*test), (Texts{"test_batch.bin[0]"}));
  EXPECT_EQ(test->read(0, gray).image.band<uint8_t>(0)[0], 18);  // 0.299 * 10 + 0.587 * 20 + 0.114 * 30
}

TEST(Cifar, AHundredClassesTakeTheFineLabel) {
  const TempFolder folder;
  folder.write("train.bin", cifar_record("\x01\x63", 1, 2, 3));
  folder.write("test.bin", cifar_record("\x01\x05", 1, 2, 9));
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->kind(), "cifar");
  EXPECT_EQ(labels(*source), (Texts{"5", "99"}));
  EXPECT_EQ(source->classes().size(), 100U);
  EXPECT_EQ(source->read(0, {}).image.band<uint8_t>(2)[5], 9);
}

TEST(Cifar, DamageIsFoundOnOpening) {
  const TempFolder folder;
  folder.write("data_batch_1.bin", cifar_record("\x03", 1, 2, 3) + "x");
  EXPECT_TRUE(holds(refusal(folder.root()), "3074 bytes are no whole number of records of 3073"));
  folder.write("data_batch_1.bin", cifar_record("\x0A", 1, 2, 3));
  EXPECT_TRUE(holds(refusal(folder.root()), "record 0 has label 10, where 9 is the last"));
  folder.write("data_batch_1.bin", cifar_record("\x03", 1, 2, 3));
  EXPECT_TRUE(holds(refusal(folder.root() + ":test"), "it has train (1)."));
}

TEST(Npy, InterleavedBecomesPlanar) {
  const TempFolder folder;
  folder.write("x.npy", npy("|u1", "2, 2, 3, 3", counting(36)));
  const auto source = open_source(folder.at("x.npy"));
  EXPECT_EQ(source->kind(), "npy");
  EXPECT_EQ(ids(*source), (Texts{"x.npy[0]", "x.npy[1]"}));
  const Image image = source->read(1, {}).image;
  EXPECT_EQ(image.bands(), 3);
  EXPECT_EQ(image.height(), 2);
  EXPECT_EQ(image.width(), 3);
  for (int c = 0; c < 3; ++c)
    for (size_t i = 0; i < 6; ++i) EXPECT_EQ(image.band<uint8_t>(c)[i], 18 + 3 * i + static_cast<size_t>(c));
}

TEST(Npy, SixteenBitsFloatsAndManyBands) {
  const TempFolder folder;
  folder.write("s.npy", npy("<u2", "1, 1, 2", raw<uint16_t>({258, 65535})));
  const Image wide = open_source(folder.at("s.npy"))->read(0, {}).image;
  EXPECT_EQ(wide.sample(), Sample::u16);
  EXPECT_EQ(wide.band<uint16_t>(0)[1], 65535);
  folder.write("f.npy", npy("<f4", "1, 1, 2, 4", raw<float>({0, 1, 2, 3, 4, 5, 6, 7.5F})));
  const Image real = open_source(folder.at("f.npy"))->read(0, {}).image;
  EXPECT_EQ(real.bands(), 4);
  EXPECT_EQ(real.band<float>(3)[1], 7.5F);
  DecodeOptions options;
  options.bands = 3;
  EXPECT_EQ(open_source(folder.at("f.npy"))->read(0, options).error, "it has 4 bands, not 3 as asked");
}

TEST(Npy, LabelsBesideIt) {
  for (const auto& [images, label_file] : {std::pair("train.npy", "train_labels.npy"),
                                           {"train.npy", "labels.npy"},
                                           {"X.npy", "y.npy"},
                                           {"x_train.npy", "y_train.npy"}}) {
    const TempFolder folder;
    folder.write(images, npy("|u1", "3, 1, 1", "abc"));
    folder.write(label_file, npy("<i8", "3,", raw<int64_t>({100, -1, 20})));
    const auto source = open_source(folder.at(images));
    EXPECT_EQ(source->classes(), (Texts{"20", "100"})) << label_file;
    EXPECT_EQ(labels(*source), (Texts{"100", "", "20"})) << label_file;
  }
}

TEST(Npy, LabelsOfEveryIntegerType) {
  const auto check = [](const std::string& dtype, const std::string& values) {
    const TempFolder folder;
    folder.write("a.npy", npy("|u1", "2, 1, 1", "ab"));
    folder.write("labels.npy", npy(dtype, "2, 1", values));
    EXPECT_EQ(labels(*open_source(folder.at("a.npy"))), (Texts{"7", "1"})) << dtype;
  };
  check("|u1", raw<uint8_t>({7, 1}));
  check("|i1", raw<int8_t>({7, 1}));
  check("<u2", raw<uint16_t>({7, 1}));
  check("<i2", raw<int16_t>({7, 1}));
  check("<u4", raw<uint32_t>({7, 1}));
  check("<i4", raw<int32_t>({7, 1}));
  check("<i8", raw<int64_t>({7, 1}));
  check("<u8", raw<uint64_t>({7, 1}));
}

TEST(Npy, Errors) {
  const TempFolder folder;
  const auto said = [&](const std::string& bytes) {
    folder.write("a.npy", bytes);
    return refusal(folder.at("a.npy"));
  };
  EXPECT_TRUE(holds(said(npy("<f8", "1, 1, 1", std::string(8, '\0'))), "holds <f8"));
  EXPECT_TRUE(holds(said(npy("|u1", "4,", "abcd")), "has the shape [4]: pictures are [N, height, width]"));
  EXPECT_TRUE(holds(said(npy("|u1", "0, 2, 2", "")), "no image in it"));
  EXPECT_TRUE(holds(said(npy("|u1", "1, 3, 32, 32", std::string(3072, 'x'))), "transpose(0, 2, 3, 1)"));
  EXPECT_TRUE(holds(said(npy("|u1", "32, 32, 3", std::string(3072, 'x'))), "looks like one picture"));
  said("not an array at all");
  said(npy("|u1", "5, 2, 2", "too short"));
  folder.write("a.npy", npy("|u1", "2, 1, 1", "ab"));
  folder.write("labels.npy", npy("<i8", "3,", raw<int64_t>({1, 2, 3})));
  EXPECT_TRUE(holds(refusal(folder.at("a.npy")), "has 2 pictures, but"));
}

TEST(Npy, ALabelFileWithoutWholeNumbersIsLeftOut) {
  const TempFolder folder;
  folder.write("a.npy", npy("|u1", "2, 1, 1", "ab"));
  folder.write("y.npy", npy("<f4", "2,", raw<float>({1, 2})));
  EXPECT_EQ(labels(*open_source(folder.at("a.npy"))), (Texts{"", ""}));
}

TEST(Npy, BandsBeforeHeightAreTold) {
  const TempFolder folder;
  folder.write("a.npy", npy("|u1", "1, 13, 20, 20", std::string(5200, 'x')));
  EXPECT_TRUE(holds(refusal(folder.at("a.npy")), "looks like [N, bands, height, width]"));
  folder.write("a.npy", npy("|u1", "1, 16, 16, 32", std::string(8192, 'x')));
  EXPECT_EQ(open_source(folder.at("a.npy"))->size(), 1U);
}

}  // namespace
}  // namespace simclr
