#pragma once
// A look at pictures of a source, each decoded once: what statistics, inspection and checks are made of.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "data/file_numbers.hpp"
#include "data/source.hpp"

namespace simclr {

// What one picture tells.
struct Probe {
  size_t index = 0;   // in the source
  std::string error;  // "" when it decoded
  Format format = Format::none;
  Sample sample = Sample::u8;
  int bands = 0, height = 0, width = 0;
  std::vector<std::string> band_names, names_by_file;
  double valid = 1;                           // share of pixels that have data
  FileNumbers numbers;                        // of a raster
  Range range;                                // least and largest value, as in Statistics
  std::vector<double> mean, mean_of_squares;  // one a band
  std::string hash;                           // of size and pixels, where asked for
};
std::vector<Probe> probe(const Source& source, std::span<const uint32_t> among, const DecodeOptions& options,
                         size_t most, uint64_t seed, bool with_hash);  // by index

size_t decoded_bytes(const Probe& probe, int bands);
std::string content_hash(const Image& image);  // SHA-256 of size and pixels

}  // namespace simclr
