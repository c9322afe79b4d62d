#pragma once
// What training must know of the pictures before it starts: bands, size, and each band's mean and standard
// deviation, from a fixed sample of the source (the same one whatever the number of threads).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/probe.hpp"

namespace simclr {

struct BadFile {
  std::string path, error;
};

struct Statistics {
  int bands = 0;                        // 1 if every sampled picture is gray, else 3; N for N-band rasters
  std::vector<std::string> band_names;  // of rasters, where known, also where they were chosen by place
  Range range;                          // least and largest value, in the unit of `mean`: at least 0..1
  Sample sample = Sample::u8;           // the widest found
  FileNumbers numbers;                  // of rasters
  int median_side = 0;                  // of the shorter sides (the lower one of an even number)
  int least_height = 0, most_height = 0, least_width = 0, most_width = 0;
  // One a band, in unit range (uint8 / 255, uint16 / 65535, float as is; NaN and infinities left out, and of
  // rasters what has no data). Each picture counts the same, whatever its size, as it does in training, but
  // for rasters, which count by their share of pixels with data. std is at least 1e-6, so that dividing by it
  // is safe.
  std::vector<double> mean, std;
  double bytes_per_image = 0;  // decoded, mean
  size_t sampled = 0;          // pictures read, bad ones among them
  std::vector<BadFile> bad;  // of the sample: failed to decode, or have other bands or numbers than the rest
};

// Pictures of 1 or 3 bands are gray or RGB, unless their files name the bands of more than 8 bits.
bool of_rasters(int bands, bool named, Sample sample);
bool of_rasters(const Statistics& statistics);

std::vector<uint32_t> every_record(const Source& source);

// At most `most` pictures, spread over the source (or over its records `among`) by `seed`; fewer (but 256)
// when they are so large that reading on would take minutes. Unless `options` ask for bands: as most pictures
// have, gray and RGB counted together. Throws Error(Exit::data) when no picture of the sample decodes.
Statistics measure(const Source& source, const DecodeOptions& options = {}, size_t most = 2048,
                   uint64_t seed = 0);
Statistics measure(const Source& source, std::span<const uint32_t> among, const DecodeOptions& options = {},
                   size_t most = 2048, uint64_t seed = 0);

// What --image-size is unless given. Up to 64 px: the median shorter side, made even and at least 16;
// above: a multiple of 32, at most 224.
int suggest_image_size(const Statistics& statistics);

// Of pictures that were looked at already (data/probe); measure() is summarise(probe()).
Statistics summarise(const Source& source, std::span<const Probe> probes);

}  // namespace simclr
