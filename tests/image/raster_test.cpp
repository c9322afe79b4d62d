#include "image/raster.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace simclr {
namespace {

using Texts = std::vector<std::string>;

Image of_values(int bands, int height, int width, const std::vector<uint16_t>& values) {
  Image image(bands, height, width, Sample::u16);
  for (int c = 0; c < bands; ++c)
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(c) * image.plane()),
                image.plane(), image.band<uint16_t>(c).begin());
  return image;
}

Decoded named(Image image, Texts bands) {
  Decoded decoded;
  decoded.image = std::move(image);
  decoded.bands = std::move(bands);
  return decoded;
}

std::vector<uint16_t> values(const Image& image, int c) {
  const auto band = image.band<uint16_t>(c);
  return {band.begin(), band.end()};
}

using Values = std::vector<uint16_t>;

TEST(Raster, BandsHaveOneNameEach) {
  EXPECT_EQ(band_list("B4, b08,B12,b8a,VV,nir,3"), (Texts{"B04", "B08", "B12", "B8A", "VV", "nir", "3"}));
}

TEST(Raster, B8ATakesItsPlaceByWavelength) {
  Texts bands{"B09", "B8A", "B12", "B01", "B08", "VV"};
  std::sort(bands.begin(), bands.end(), band_before);
  EXPECT_EQ(bands, (Texts{"B01", "B08", "B8A", "B09", "B12", "VV"}));
}

TEST(Raster, OffsetFollowsTheProcessingBaseline) {
  EXPECT_EQ(sentinel2_offset("S2A_MSIL2A_20220706T085611_N0400_R007_T36RUU"), -1000);
  EXPECT_EQ(sentinel2_offset("S2A_MSIL2A_20220706T085611_N0510_R007_T36RUU_3_4.tif"), -1000);
  EXPECT_EQ(sentinel2_offset("S2A_MSIL1C_20170613T101031_N0205_R022_T33UUP"), 0);
  EXPECT_EQ(sentinel2_offset("S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_43"), 0);
  EXPECT_EQ(sentinel2_offset("S2B_OPER_MSI_L2A_DS_EPAE_20230604T094332_S20230604T054831_N05.09"), -1000);
  EXPECT_EQ(sentinel2_offset("S2A_MSIL2A_20170613T101031_87_48"), std::nullopt);
  EXPECT_EQ(sentinel2_offset("North_1234"), std::nullopt);
  for (const char* name : {"N5", "a_N", "x_N1", "N"}) EXPECT_EQ(sentinel2_offset(name), std::nullopt);
}

TEST(Raster, BandsAreChosenByNameAndByPlace) {
  Decoded by_name = named(of_values(4, 1, 1, {1, 2, 3, 4}), {"B02", "B03", "B04", "B08"});
  as_raster(by_name, {.only = {"B04", "B02"}});
  ASSERT_EQ(by_name.error, "");
  EXPECT_EQ(by_name.bands, (Texts{"B04", "B02"}));
  EXPECT_EQ(values(by_name.image, 0), Values{3});
  EXPECT_EQ(values(by_name.image, 1), Values{1});
  Decoded by_place = named(of_values(4, 1, 1, {1, 2, 3, 4}), {});
  as_raster(by_place, {.only = {"4", "1"}});
  EXPECT_EQ(values(by_place.image, 0), Values{4});
  Decoded told = named(of_values(2, 1, 1, {1, 2}), {});
  as_raster(told, {.only = {"B8A"}, .names = {"B08", "B8A"}});
  EXPECT_EQ(values(told.image, 0), Values{2});
}

TEST(Raster, ABandThatIsNotThereIsSaid) {
  Decoded decoded = named(of_values(2, 1, 1, {1, 2}), {"B02", "B03"});
  as_raster(decoded, {.only = {"B05"}});
  EXPECT_EQ(decoded.error, "no band B05: it has B02, B03");
  Decoded bare = named(of_values(2, 1, 1, {1, 2}), {});
  as_raster(bare, {.only = {"B05"}});
  EXPECT_EQ(bare.error, "no band B05: it has 2 bands without names (see --band-names)");
}

TEST(Raster, TheOffsetLeavesNoDataAlone) {
  Decoded decoded = named(of_values(2, 1, 3, {0, 900, 1500, 0, 1001, 1000}), {"B02", "B03"});
  as_raster(decoded, {.offset = -1000});
  EXPECT_EQ(values(decoded.image, 0), (Values{0, 1, 500}));
  EXPECT_EQ(values(decoded.image, 1), (Values{0, 1, 1}));
}

TEST(Raster, TheOffsetOfAProductIsOfWholeNumbersAlone) {
  for (const bool floating : {false, true}) {
    Image floats(2, 1, 1, Sample::f32);  // so are int16 files
    floats.band<float>(0)[0] = floats.band<float>(1)[0] = 1500;
    Decoded decoded = named(std::move(floats), {"B02", "B03"});
    decoded.floating = floating;
    as_raster(decoded, {.product_offset = -1000});
    EXPECT_EQ(decoded.image.band<float>(0)[0], floating ? 1500 : 500);
    EXPECT_EQ(decoded.offset, floating ? 0 : -1000);
  }
  Decoded asked = named(of_values(2, 1, 1, {1500, 1500}), {"B02", "B03"});
  as_raster(asked, {.offset = -200, .product_offset = -1000});
  EXPECT_EQ(values(asked.image, 0), Values{1300});
}

TEST(Raster, AGivenValueIsNoData) {
  Decoded whole = named(of_values(2, 1, 3, {7, 65535, 65535, 9, 65535, 12}), {"B02", "B03"});
  as_raster(whole, {.offset = 1, .nodata = 65535});
  EXPECT_EQ(values(whole.image, 0), (Values{8, 0, 0}));
  EXPECT_EQ(values(whole.image, 1), (Values{10, 0, 0}));  // in one band is in all
  EXPECT_EQ(whole.nodata, std::vector<double>{65535});
  Decoded photo = named(Image(3, 1, 1, Sample::u8), {});
  photo.image.band<uint8_t>(0)[0] = 255;
  as_raster(photo, {.nodata = 255});
  EXPECT_EQ(photo.image.band<uint8_t>(0)[0], 255);
  Image floats(2, 1, 2, Sample::f32);
  for (const int c : {0, 1}) {
    floats.band<float>(c)[0] = -9999;
    floats.band<float>(c)[1] = 4;
  }
  Decoded real = named(std::move(floats), {"VV", "VH"});
  as_raster(real, {.nodata = -9999, .fill = {-11, -18}});
  EXPECT_EQ(real.image.band<float>(1)[0], -18);
}

TEST(Raster, PhotosAreWithoutDataOnlyWhereAllBandsAreMarked) {
  Image photo(3, 1, 2, Sample::u8);
  for (const int c : {0, 1, 2}) {
    photo.band<uint8_t>(c)[0] = 255;
    photo.band<uint8_t>(c)[1] = c == 0 ? 255 : 10;
  }
  mark_no_data(photo, 255);
  EXPECT_EQ(photo.band<uint8_t>(0)[0], 0);
  EXPECT_EQ(photo.band<uint8_t>(0)[1], 255);
}

TEST(Raster, WhatHasNoDataIsFilled) {
  Decoded decoded = named(of_values(2, 1, 3, {0, 0, 7, 0, 5, 0}), {"B02", "B03"});
  as_raster(decoded, {.fill = {40, 50.4F}});
  EXPECT_EQ(values(decoded.image, 0), (Values{40, 0, 7}));  // 0 in one band alone is a value
  EXPECT_EQ(values(decoded.image, 1), (Values{50, 5, 0}));
  Image floats(2, 1, 2, Sample::f32);
  floats.band<float>(0)[0] = NAN;
  floats.band<float>(1)[0] = 3;
  floats.band<float>(1)[1] = 4;
  Decoded real = named(std::move(floats), {"VV", "VH"});
  as_raster(real, {.fill = {-11.5F, -18}});
  EXPECT_EQ(real.image.band<float>(0)[0], -11.5F);
  EXPECT_EQ(real.image.band<float>(1)[0], -18);
  EXPECT_EQ(real.image.band<float>(1)[1], 4);
}

TEST(Raster, OnlyNoDataIsABadFile) {
  Decoded decoded = named(of_values(2, 2, 2, Values(8)), {});
  as_raster(decoded, {});
  EXPECT_EQ(decoded.error, "no pixel has data");
}

TEST(Raster, PhotosStayAsTheyAre) {
  Decoded decoded = named(Image(3, 2, 2, Sample::u8), {});  // black
  as_raster(decoded, {.fill = {9, 9, 9}});
  EXPECT_EQ(decoded.error, "");
  EXPECT_EQ(decoded.image.band<uint8_t>(0)[0], 0);
}

TEST(Raster, CoarseBandsComeToTheFinestGridWithHalfPixelCentres) {
  std::vector<Decoded> parts;
  parts.push_back(named(of_values(1, 4, 4, Values(16, 9)), {"B02"}));
  parts.push_back(named(of_values(1, 2, 2, {100, 200, 300, 400}), {"B05"}));
  const Decoded all = stack_bands(std::move(parts), false);
  ASSERT_EQ(all.error, "");
  EXPECT_EQ(all.bands, (Texts{"B02", "B05"}));
  EXPECT_EQ(values(all.image, 0), Values(16, 9));
  // The centre of fine pixel x lies at (x + 0.5) / 2 - 0.5 of the coarse ones: -0.25, 0.25, 0.75, 1.25.
  Values expected;
  for (const double v : {0.0, 0.25, 0.75, 1.0})
    for (const double u : {0.0, 0.25, 0.75, 1.0})
      expected.push_back(static_cast<uint16_t>(std::lround(100 + 100 * u + 200 * v)));
  EXPECT_EQ(values(all.image, 1), expected);
}

TEST(Raster, CoarsePixelsWithoutDataStayWithout) {
  std::vector<Decoded> parts;
  parts.push_back(named(of_values(1, 4, 2, Values(8, 9)), {"B02"}));
  parts.push_back(named(of_values(1, 2, 1, {0, 400}), {"B05"}));
  const Decoded all = stack_bands(std::move(parts), false);
  EXPECT_EQ(values(all.image, 1), (Values{0, 0, 0, 0, 300, 300, 400, 400}));
}

TEST(Raster, BandsOfOddSizesAreRefused) {
  std::vector<Decoded> parts;
  parts.push_back(named(of_values(1, 6, 6, Values(36, 9)), {"B02"}));
  parts.push_back(named(of_values(1, 4, 4, Values(16, 9)), {"B05"}));
  EXPECT_EQ(stack_bands(parts, false).error,
            "B05 is 4 x 4 px, which does not go evenly into the 6 x 6 of B02");
  parts[1] = named(of_values(1, 3, 2, Values(6, 9)), {"B05"});
  EXPECT_NE(stack_bands(parts, false).error, "");
  parts[1] = named(of_values(2, 3, 3, Values(18, 9)), {"B05"});
  EXPECT_EQ(stack_bands(parts, false).error, "the file of band B05 holds 2 bands");
  parts[1] = named(Image(1, 3, 3, Sample::f32), {"B05"});
  EXPECT_EQ(stack_bands(parts, false).error, "B05 and B02 hold numbers of other types");
}

}  // namespace
}  // namespace simclr
