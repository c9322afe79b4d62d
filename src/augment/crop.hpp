#pragma once
// Random resized crop: a box of random area and shape, resized to the view. Two laws (both start from the
// same settings): torchvision's get_params, and TensorFlow's sample_distorted_bounding_box as SimCLR's code
// calls it (shape uniform, height uniform, at least a tenth of the picture covered).

#include <optional>
#include <string>

#include "augment/augment.hpp"
#include "image/resample.hpp"

namespace simclr {

struct CropLaw {
  double min = 0.08, max = 1;                       // share of the picture's area
  double ratio_min = 3.0 / 4, ratio_max = 4.0 / 3;  // width / height, in pixels of the picture
};

struct Sides {
  int height, width;
};

// Sides of the box of that area (a share of the picture's) and shape, rounded half to even; nothing where
// they do not fit into the picture.
std::optional<Sides> crop_sides(int height, int width, double area, double ratio);

Box central_crop(int height, int width, const CropLaw& law);  // where no try fits: the largest of legal shape
Box draw_crop_torchvision(int height, int width, const CropLaw& law, Random& random);  // 10 tries
Box draw_crop_tf(int height, int width, const CropLaw& law, Random& random);  // 100 tries, then all of it

}  // namespace simclr
