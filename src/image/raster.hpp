#pragma once
// Rasters: 16-bit and float pictures of neither one nor three bands, or whose bands have names. Their numbers
// are those of the file (uint16 digital numbers; int16 and float as float32, exactly), 0 in all bands
// or NaN where there is no data (of 8 bits, 0 is black). Sentinel-2: reflectance = number / 10000 once the
// offset of processing baseline 04.00 and later, 1000, is taken away; see Sentinel-2 Products
// Specification 14.9, BOA_ADD_OFFSET.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/decode.hpp"

namespace simclr {

// How a band is called, so that "b4" and "B04" are the same: B01 to B12, B8A; others as written.
std::string band_name(std::string_view text);
std::vector<std::string> band_list(std::string_view text);  // "B04, B03,2" -> its names

// Sentinel-2's order, B8A after B08; then others, bytewise.
bool band_before(std::string_view a, std::string_view b);

// By its processing baseline, as names of Sentinel-2 products hold it (.._N0400_.., N04.00): -1000 from 04.00
// on, 0 before and for N9999, which says that others made it; nothing when there is none.
std::optional<double> sentinel2_offset(std::string_view name);

bool is_raster(const Image& image, bool named);

// Which pixels of a raster have data: not 0 in every band, and finite in all.
std::vector<bool> data_mask(const Image& raster);

// A pixel of which a band is `marked` (of 8 bits: all are) is without data: 0 in all bands of whole numbers,
// in float ones NaN where it is marked.
void mark_no_data(Image& image, double marked);

// Of bands that were marked each by itself: a pixel that is 0 in one becomes 0 in all. For 16 bits alone.
void spread_no_data(Image& raster);

// Chooses bands, applies the offset (whole numbers stay at least 1: 0 is no data), fills what has no data.
// Sets `decoded.error` when a band isn't there or no pixel has data. Anything but a raster stays as it is.
void as_raster(Decoded& decoded, const DecodeOptions& options);

// One picture of single-band ones, each named by its `bands`. The finest grid is the result's; the sides of
// the others must go into it evenly and equally often. Coarser ones are interpolated with half-pixel centres,
// whole numbers rounded; next to pixels without data, these count as their number, and stay without.
Decoded stack_bands(std::vector<Decoded> parts, bool bicubic);

}  // namespace simclr
