#pragma once
// The values of each band, over all pixels that are data, in the numbers of the files: streamed, each picture
// read once.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/statistics.hpp"

namespace simclr {

constexpr std::array<double, 9> percentile_shares = {0.01, 0.02, 0.05, 0.25, 0.5, 0.75, 0.95, 0.98, 0.99};

struct BandValues {
  std::string name;    // its place from 1 where the files name none
  uint64_t valid = 0;  // pixels
  double mean = 0, std = 0, least = 0, most = 0;
  std::array<double, percentile_shares.size()> percentiles{};
  std::vector<double> histogram;  // shares of the valid pixels, evenly from the first percentile to the last
};

struct BandSummary {
  size_t pictures = 0;  // read, without the bad ones
  uint64_t pixels = 0;  // of one band
  Sample sample = Sample::u8;
  bool rasters = false;
  FileNumbers numbers;  // of rasters
  std::vector<BandValues> bands;
  std::vector<BadFile> bad;
};

// Of the records `among`, all of which must have the bands of most. Exact for whole numbers; percentiles of
// float ones are right to 1 / 256 of their value. Memory: 64 pictures, and 0.5 MB a band.
// Throws Error(Exit::data) when none can be read.
BandSummary summarise_bands(const Source& source, std::span<const uint32_t> among,
                            const DecodeOptions& options);

std::string to_text(const BandSummary& statistics);  // a table, with a small histogram a band
std::string to_json(const BandSummary& statistics);

}  // namespace simclr
