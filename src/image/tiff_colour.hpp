#pragma once
// Inside the room: what a TIFF says about its samples, and from there to light.

#include <tiffio.h>

#include <cstdint>
#include <string>

#include "image/image.hpp"
#include "image/tiff_samples.hpp"

namespace simclr {

struct TiffLayout {
  uint32_t width = 0, height = 0;
  uint16_t samples = 1, bits = 1, format = SAMPLEFORMAT_UINT, photometric = PHOTOMETRIC_MINISBLACK;
  uint16_t planar = PLANARCONFIG_CONTIG, compression = COMPRESSION_NONE, inks = INKSET_CMYK, extras = 0;
  bool alpha = false, premultiplied = false;  // the first extra sample is alpha
};

TiffSamples samples_of(const TiffLayout& layout);

// Colour models that libtiff itself turns into 8-bit RGB: YCbCr, Lab, Log and old JPEG.
bool needs_conversion(const TiffLayout& layout);
std::string read_converted(TIFF* tiff, const TiffLayout& layout, Image& image);  // why not, or ""

// From samples to light: inverted, looked up, or unmixed; then alpha away. What has other samples than its
// colour model says is a raster, and stays as it is. Returns why not, or "".
std::string to_light(TIFF* tiff, const TiffLayout& layout, Image& image);

}  // namespace simclr
