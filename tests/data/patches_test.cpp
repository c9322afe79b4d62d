#include <gtest/gtest.h>

#include "data/corine_groups.hpp"
#include "data/fixture.hpp"
#include "data/statistics.hpp"
#include "data/zip_fixture.hpp"

namespace simclr {
namespace {

using test::Texts;

// A single-band uint16 TIFF, every pixel `value`.
void write_band(const std::string& path, int side, uint16_t value) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  TIFF* tiff = TIFFOpen(path.c_str(), "w");
  for (const auto& [tag, setting] : {std::pair(TIFFTAG_IMAGEWIDTH, side),
                                     {TIFFTAG_IMAGELENGTH, side},
                                     {TIFFTAG_SAMPLESPERPIXEL, 1},
                                     {TIFFTAG_BITSPERSAMPLE, 16},
                                     {TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK},
                                     {TIFFTAG_ROWSPERSTRIP, side},
                                     {TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG}})
    TIFFSetField(tiff, static_cast<uint32_t>(tag), setting);
  std::vector<uint16_t> row(static_cast<size_t>(side), value);
  for (uint32_t y = 0; y < static_cast<uint32_t>(side); ++y) TIFFWriteScanline(tiff, row.data(), y, 0);
  TIFFClose(tiff);
}

const Texts four{"B02", "B05", "B8A", "B09"};

// BigEarthNet's layout with four bands; each holds `base` plus its place.
void write_patch(const test::TempFolder& folder, const std::string& name, uint16_t base = 100,
                 const std::string& parent = "", const std::string& extension = ".tif") {
  const std::string start = folder.at(parent + name + "/" + name + "_");
  for (size_t b = 0; b < four.size(); ++b)
    write_band(start + four[b] + extension, b == 0 ? 12 : b == 3 ? 2 : 6, static_cast<uint16_t>(base + b));
}

void write_labels(const test::TempFolder& folder, const std::string& name, const std::string& labels) {
  folder.write(name + "/" + name + "_labels_metadata.json", R"({"labels": [)" + labels + "]}");
}

const std::string one = "S2A_MSIL2A_20170613T101031_87_48", two = "S2B_MSIL2A_20170924T93020_41_73";

TEST(Patches, AFolderOfBandsIsOneRecord) {
  const test::TempFolder folder;
  write_patch(folder, two);
  write_patch(folder, one);
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->kind(), "patches");
  EXPECT_EQ(test::ids(*source), (Texts{one, two}));
  const Decoded decoded = source->read(0, {});
  ASSERT_EQ(decoded.error, "");
  EXPECT_EQ(decoded.bands, four);  // B8A before B09
  EXPECT_EQ(decoded.image.height(), 12);
  for (int c = 0; c < 4; ++c) EXPECT_EQ(decoded.image.band<uint16_t>(c)[77], 100 + c);
}

TEST(Patches, OnlyTheFilesOfBandsAskedForAreRead) {
  const test::TempFolder folder;
  write_patch(folder, one);
  folder.write(one + "/" + one + "_B05.tif", "broken");
  const auto source = open_source(folder.root());
  EXPECT_NE(source->read(0, {}).error.find("B05: "), std::string::npos);
  const Decoded decoded = source->read(0, {.only = {"B8A", "B09"}});
  EXPECT_EQ(decoded.error, "");
  EXPECT_EQ(decoded.image.height(), 6);  // of the bands that are wanted
  EXPECT_EQ(source->read(0, {.only = {"4"}}).image.band<uint16_t>(0)[0], 103);
}

TEST(Patches, TilesAndOtherExtensionsOfV2) {
  const test::TempFolder folder;
  const std::string tile = "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP/";
  write_patch(folder, "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_43", 100, tile);
  write_patch(folder, "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_44", 200, tile, ".tiff");
  folder.write("metadata.csv",
               "patch_id,labels,split,country\n"
               "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_43,\"Arable land|Moors, heathland\",train,X\n"
               "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_44,\"['Pastures' 'Arable land']\",test,X\n"
               "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_99,Pastures,test,X\n");
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->size(), 2U);
  EXPECT_EQ(source->classes(), (Texts{"Arable land", "Moors, heathland", "Pastures"}));
  EXPECT_EQ(std::vector(source->labels(0).begin(), source->labels(0).end()), (std::vector{0, 1}));
  EXPECT_EQ(std::vector(source->labels(1).begin(), source->labels(1).end()), (std::vector{0, 2}));
  EXPECT_EQ(test::splits(*source), (Texts{"train", "test"}));
  EXPECT_EQ(source->read(1, {}).image.band<uint16_t>(0)[0], 200);
  EXPECT_EQ(source->caveat(), "");
  EXPECT_EQ(open_source(folder.root() + ":test")->labels(0).size(), 2U);
}

TEST(Patches, LabelsOfV1AreInEachPatch) {
  const test::TempFolder folder;
  write_patch(folder, one);
  write_patch(folder, two);
  write_labels(folder, one, R"("Sea and ocean", "Airports", "Estuaries")");
  write_labels(folder, two, R"("Olive groves")");
  const auto source = open_source(folder.root());
  EXPECT_TRUE(source->multi_label());
  ASSERT_EQ(source->classes().size(), 43U);  // with the numbers that studies call them by
  EXPECT_EQ(source->classes()[12], "Permanently irrigated land");
  EXPECT_EQ(source->classes()[16], "Olive groves");
  EXPECT_EQ(source->labels(0).size(), 3U);
  EXPECT_NE(source->caveat().find("neighbours"), std::string::npos);
  const auto grouped = open_source(folder.root(), {.label_map = "bigearthnet19"});
  ASSERT_EQ(grouped->classes().size(), 19U);
  ASSERT_EQ(grouped->labels(0).size(), 1U);  // one of the three has no group, two have the same
  EXPECT_EQ(grouped->classes()[static_cast<size_t>(grouped->labels(0)[0])], "Marine waters");
  EXPECT_EQ(grouped->classes()[static_cast<size_t>(grouped->labels(1)[0])], "Permanent crops");
}

TEST(Patches, ListsOfNamesAreSplitsAndLeaveOut) {
  const test::TempFolder folder;
  write_patch(folder, one);
  write_patch(folder, two);
  folder.write("train.csv", one + "\r\nS2A_MSIL2A_20170613T101031_0_0\r\n");
  folder.write("test.csv", two + "\r\n");
  EXPECT_EQ(test::splits(*open_source(folder.root())), (Texts{"train", "test"}));
  const test::TempFolder lists;
  lists.write("snow.csv", two + "\r\nS2A_MSIL2A_20170613T101031_0_0\r\n");
  const auto source = open_source(folder.root(), {.leave_out = {lists.at("snow.csv")}});
  EXPECT_EQ(test::ids(*source), Texts{one});
  lists.write("all.csv", one + "\n" + two + "\n");
  EXPECT_THROW(open_source(folder.root(), {.leave_out = {lists.at("all.csv")}}), Error);
}

TEST(Patches, NamesThatRepeatAreToldApartByTheirPaths) {
  const test::TempFolder folder;
  for (const char* date : {"a/0000200/20200604", "b/0000200/20200604"})
    for (const char* band : {"B2", "B8A", "B11"})
      write_band(folder.at(std::string(date) + "/" + band + ".tif"), 4, 7);
  const auto source = open_source(folder.root());
  EXPECT_EQ(test::ids(*source), (Texts{"a/0000200/20200604", "b/0000200/20200604"}));
  EXPECT_EQ(source->read(0, {}).bands, (Texts{"B02", "B8A", "B11"}));
}

TEST(Patches, AMissingBandOrAnOddSizeIsABadFile) {
  const test::TempFolder folder;
  for (const char* name : {"p1", "p2", "p3", "p4"}) write_patch(folder, name);
  std::filesystem::remove(folder.at("p2/p2_B05.tif"));
  write_band(folder.at("p3/p3_B05.tif"), 5, 9);
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->read(0, {}).error, "");
  EXPECT_EQ(source->read(1, {}).error, "no file of band B05");
  EXPECT_EQ(source->read(2, {}).error, "B05 is 5 x 5 px, which does not go evenly into the 12 x 12 of B02");
  const auto statistics = measure(*source);
  EXPECT_EQ(statistics.bands, 4);
  EXPECT_EQ(statistics.band_names, four);
  EXPECT_EQ(statistics.bad.size(), 2U);
}

TEST(Patches, TheOffsetOfLaterBaselinesIsTakenAway) {
  const test::TempFolder folder;
  write_patch(folder, "S2A_MSIL2A_20220706T085611_N0400_R007_T36RUU_0_0", 1500);
  write_patch(folder, "S2A_MSIL2A_20200706T085611_N0214_R007_T36RUU_0_0", 1500);
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->read(0, {}).image.band<uint16_t>(0)[0], 1500);
  EXPECT_EQ(source->read(1, {}).image.band<uint16_t>(0)[0], 500);
  EXPECT_EQ(source->read(1, {.offset = 0}).image.band<uint16_t>(0)[0], 1500);
}

TEST(Patches, ATableOfLabelsChangesNoPixels) {
  const test::TempFolder folder;
  const std::string late = "S2A_MSIL2A_20220706T085611_0_0";
  write_patch(folder, late, 1500);
  write_patch(folder, one, 1500);
  folder.write(late + "/" + late + "_labels_metadata.json",
               R"({"labels": ["sea"], "tile_source": "S2A_MSIL1C_20220706T085611_N0400_R007_T36RUU_1"})");
  EXPECT_EQ(open_source(folder.root())->read(1, {}).image.band<uint16_t>(0)[0], 500);
  folder.write("labels.csv", "patch_id,label\n" + late + ",land\nS2A_absent_1_1,land\n");
  testing::internal::CaptureStderr();
  const auto source = open_source(folder.root());
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(source->classes(), Texts{"land"});
  EXPECT_EQ(source->read(1, {}).image.band<uint16_t>(0)[0], 500);
  EXPECT_EQ(source->read(0, {}).image.band<uint16_t>(0)[0], 1500);
  EXPECT_NE(said.find("1 of 2 patches named by"), std::string::npos) << said;
  EXPECT_NE(said.find("'S2A_absent_1_1'"), std::string::npos) << said;
  EXPECT_EQ(source->scan().absent.at(0).names, Texts{"S2A_absent_1_1"});
}

TEST(Patches, BandsByPlaceHaveTheirNames) {
  const test::TempFolder folder;
  write_patch(folder, one);
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->read(0, {.only = {"3", "1"}}).names, (Texts{"B8A", "B02"}));
  EXPECT_EQ(measure(*source, {.only = {"3", "1"}}).band_names, (Texts{"B8A", "B02"}));
}

TEST(Patches, BrokenLabelsAreSaid) {
  const test::TempFolder folder;
  write_patch(folder, one);
  folder.write(one + "/" + one + "_labels_metadata.json", "{\"labels\": 3");
  EXPECT_NE(test::refusal(folder.root()).find("_labels_metadata.json is damaged"), std::string::npos);
}

TEST(Patches, AZipOfThemIsToBeUnpacked) {
  const test::TempFolder folder;
  test::write_zip(folder.at("a.zip"), {{one + "/" + one + "_B02.tif", "II*"}, {one + "/readme.txt", "x"}});
  EXPECT_NE(test::refusal(folder.at("a.zip")).find("Unpack it"), std::string::npos);
}

TEST(Patches, FoldersOfPicturesAreNone) {
  const test::TempFolder folder;
  folder.write("a/1.png", test::gray_png());
  folder.write("b/B1.png", test::gray_png());
  EXPECT_EQ(open_source(folder.root())->kind(), "folder");
  const test::TempFolder flat;  // one lone folder is not looked into as a patch
  write_band(flat.at("B1.tif"), 4, 7);
  write_band(flat.at("B2.tif"), 4, 7);
  EXPECT_EQ(open_source(flat.root())->kind(), "folder");
}

TEST(Statistics, RastersCountWhatIsDataAlone) {
  const test::TempFolder folder;
  write_patch(folder, "p1", 1000);
  write_patch(folder, "p2", 1000);
  for (const auto& band : four)
    write_band(folder.at("p2/p2_" + band + ".tif"), 12, 0);  // nothing but no data
  const auto result = measure(*open_source(folder.root()));
  EXPECT_EQ(result.bad.size(), 1U);
  for (size_t c = 0; c < 4; ++c) {
    EXPECT_NEAR(result.mean[c], (1000.0 + static_cast<double>(c)) / 65535, 1e-12);
    EXPECT_NEAR(result.std[c], 1e-6, 1e-9);
  }
}

TEST(CorineGroups, UnknownClassesAreSaid) {
  EXPECT_EQ(corine_group("Pastures"), 4);
  EXPECT_EQ(corine_group("Airports"), -1);
  try {
    corine_group("cat");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "'cat' is no class of BigEarthNet.");
  }
}

}  // namespace
}  // namespace simclr
