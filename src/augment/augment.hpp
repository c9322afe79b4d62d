#pragma once
// One augmentation: a struct of settings with fields, and apply(). One operation a file; registry.cpp is
// the table of them.

#include <memory>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "base/random.hpp"
#include "image/image.hpp"

namespace simclr {

// Of each band over the data set, in the unit of the views.
struct BandStatistics {
  struct Band {
    double mean = 0, std = 0;
  };
  std::vector<Band> bands;  // none: not known
  bool raster = false;      // of a raster even where it has the bands of a picture
};

// What an operation works on. Until a crop or resize has run, `image` is the picture as read (any sample
// type, any size) and is only looked at; afterwards it is float32 in unit range, size x size, ours to change.
// A raster has any number of bands and any values, which are never clamped; a picture is gray (1 band) or RGB
// (3), and clamped to unit range.
struct View {
  const Image* source = nullptr;  // not null until the first resample
  Image image;
  int size = 0;         // side of the finished view, pixels
  bool mirror = false;  // the crop about to run mirrors left-right as well: the flip after it
  const BandStatistics* statistics = nullptr;  // null: not known
  bool raster = false;
};

class Augment {
 public:
  virtual ~Augment() = default;
  virtual Fields fields() = 0;  // references into this object
  virtual void prepare() {}  // once, after the settings are set; throws Error(Exit::setting) where two clash
  virtual void apply(View& view, Random& random) const = 0;

  virtual bool resamples() const { return false; }  // takes the source as well; else it is resized before
  virtual bool crops() const { return false; }      // and obeys View::mirror
  virtual bool mirrors() const { return false; }    // a left-right flip and nothing else: a crop can do it
};

}  // namespace simclr
