#pragma once
// How the numbers in raster files become those that are trained on, and whether those of one file can stand
// with the rest: an offset may be added, some are no data, and a scale may make a quantity of them.

#include <string>
#include <vector>

#include "image/decode.hpp"

namespace simclr {

struct FileNumbers {
  std::vector<double> offsets;  // added to values, ascending: several where the files differ in it
  std::vector<double> nodata;   // values that are no data, beside NaN and 0 in every band
  double scale = 0;             // that the files say makes a quantity of their numbers; 0: they don't say
  double level = 0;             // see level_of(), the median over the pictures; 0: not known
  void add(const FileNumbers& picture);  // its offsets and nodata
};

FileNumbers numbers_of(const Decoded& raster);

// Root of the mean square, in the numbers of the file, of the band that has the highest. NaN is left out.
double level_of(const Image& raster);

// Of the median, the next level above or below that lies behind a gap of more than 30 times, more than 300
// times away, and all beyond: reflectances from 0 to 1 among digital numbers up to 10000, and the like. Which
// `levels` these are.
std::vector<bool> of_another_scale(const std::vector<double>& levels);

// Why the numbers of a picture don't go with those `expected`, "" when they do: the file says another scale,
// or its level is `far` from theirs; unless that is known, where it is more than 1000 times away.
std::string scale_trouble(const FileNumbers& picture, const FileNumbers& expected, bool far);
std::string scale_trouble(const FileNumbers& picture, const FileNumbers& expected);

// "offset -1000 added · no data: 0 in every band, -9999 · scale 0.0001", for people
std::string to_text(const FileNumbers& numbers);

}  // namespace simclr
