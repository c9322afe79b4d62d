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
  // See level_of(): over the pictures that stand together the least, the median and the greatest; 0: not
  // known.
  double least = 0, level = 0, most = 0;
  void add(const FileNumbers& picture);  // all but scale and level
};

FileNumbers numbers_of(const Decoded& raster);

// Root of the mean square, in the numbers of the file, of the band that has the highest. NaN is left out.
double level_of(const Image& raster);

// Which of the `levels` are of another scale: those beyond a gap of more than 30 times that is more than 300
// times away from their median, such as reflectances from 0 to 1 among digital numbers up to 10000.
std::vector<bool> of_another_scale(const std::vector<double>& levels);

// Whether two files say scales that differ; 0, which says nothing, goes with any.
bool scales_differ(double one, double other);

// Why the numbers of a picture, or of several, don't go with those `expected`, "" when they do: another scale
// is said, or the level lies as far from all of theirs as of_another_scale() has it.
std::string scale_trouble(const FileNumbers& picture, const FileNumbers& expected);

// "offset -1000 added · no data: 0 in every band, NaN, -9999 · scale 1e-04", for people
std::string to_text(const FileNumbers& numbers);

}  // namespace simclr
