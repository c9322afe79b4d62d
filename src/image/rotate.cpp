// Rotation and zoom: each output pixel reads the input at a place that depends linearly on it, about the
// centre.

#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "base/error.hpp"
#include "image/resample.hpp"
#include "image/rows.hpp"

namespace simclr {
namespace {

struct Map {  // of an offset (right, down) from the centre to where it is read
  double right_by_right, right_by_down, down_by_right, down_by_down;
};

// How many quarters, 0 to 3; -1 for any other angle.
int quarters_in(double degrees) {
  const double quarters = degrees / 90.0;
  if (quarters != std::nearbyint(quarters)) return -1;
  return static_cast<int>(std::fmod(std::fmod(quarters, 4.0) + 4.0, 4.0));
}

Map turn_by(double degrees) {
  const int quarters = quarters_in(degrees);
  constexpr std::array<std::array<double, 2>, 4> exact{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
  const double angle = degrees * std::numbers::pi / 180.0;
  const double cosine = quarters < 0 ? std::cos(angle) : exact[static_cast<size_t>(quarters)][0],
               sine = quarters < 0 ? std::sin(angle) : exact[static_cast<size_t>(quarters)][1];
  return {cosine, -sine, sine, cosine};
}

template <class T>
struct Plane {
  const T* pixels;
  int height, width;
  bool mirrored;  // what lies outside; else it is `fill`
  float fill;
  float at(int y, int x) const {
    if (mirrored) {
      y = reflected(y, height);
      x = reflected(x, width);
    }
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? static_cast<float>(
                        pixels[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)])
                  : fill;
  }
};

// Of values from -4 on; std::floor would be a call.
int floor_of(double value) {
  return static_cast<int>(value + 4.0) - 4;
}

template <class T>
float bilinear_at(const Plane<T>& in, double y, double x) {
  if (!(y > -1 && y < in.height && x > -1 && x < in.width)) return in.fill;
  const int i = floor_of(y), j = floor_of(x);
  const auto v = static_cast<float>(y - i), u = static_cast<float>(x - j);
  const auto blend = [u, v](float a, float b, float c, float d) {
    const float upper = a * (1 - u) + b * u, lower = c * (1 - u) + d * u;
    return upper * (1 - v) + lower * v;
  };
  if (i >= 0 && i + 1 < in.height && j >= 0 && j + 1 < in.width) {
    const auto width = static_cast<size_t>(in.width);
    const T* at = in.pixels + static_cast<size_t>(i) * width + static_cast<size_t>(j);
    return blend(static_cast<float>(at[0]), static_cast<float>(at[1]), static_cast<float>(at[width]),
                 static_cast<float>(at[width + 1]));
  }
  return blend(in.at(i, j), in.at(i, j + 1), in.at(i + 1, j), in.at(i + 1, j + 1));
}

std::array<float, 4> cubic_weights(float t) {  // Keys, a = -0.5, for samples at -1, 0, 1, 2
  return {((-0.5F * t + 1.0F) * t - 0.5F) * t, (1.5F * t - 2.5F) * t * t + 1.0F,
          ((-1.5F * t + 2.0F) * t + 0.5F) * t, (0.5F * t - 0.5F) * t * t};
}

template <class T>
float bicubic_at(const Plane<T>& in, double y, double x) {
  if (!(y > -2 && y < in.height + 1 && x > -2 && x < in.width + 1)) return in.fill;
  const int i = floor_of(y), j = floor_of(x);
  const auto down = cubic_weights(static_cast<float>(y - i)),
             across = cubic_weights(static_cast<float>(x - j));
  float sum = 0;
  for (int m = 0; m < 4; ++m) {
    float row = 0;
    for (int n = 0; n < 4; ++n) row += across[static_cast<size_t>(n)] * in.at(i - 1 + m, j - 1 + n);
    sum += down[static_cast<size_t>(m)] * row;
  }
  return sum;
}

template <class T>
float nearest_at(const Plane<T>& in, double y, double x) {
  const double i = std::nearbyint(y), j = std::nearbyint(x);
  if (!(i >= 0 && i < in.height && j >= 0 && j < in.width)) return in.fill;
  return in.at(static_cast<int>(i), static_cast<int>(j));
}

// The same for a place between pixels. Interpolating there is interpolating in the mirror image.
double reflected_place(double at, int n) {
  if (at >= 0 && at <= n - 1) return at;
  if (n == 1) return 0;
  const double period = 2.0 * (n - 1), place = std::fmod(std::abs(at), period);
  return place <= n - 1 ? place : period - place;
}

template <class T, class Sampler>
void map_plane(const Plane<T>& in, const Map& map, const Sampler& sampler, float* out) {
  const double middle_y = (in.height - 1) / 2.0, middle_x = (in.width - 1) / 2.0;
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      const double down = y - middle_y, right = x - middle_x;
      double from_x = map.right_by_right * right + map.right_by_down * down + middle_x;
      double from_y = map.down_by_right * right + map.down_by_down * down + middle_y;
      if (in.mirrored) {
        from_x = reflected_place(from_x, in.width);
        from_y = reflected_place(from_y, in.height);
      }
      *out++ = sampler(in, from_y, from_x);
    }
  }
}

template <class T>
void map_bands(const Image& in, const Map& map, Filter filter, std::span<const float> fill, Image& out) {
  for (int c = 0; c < in.bands(); ++c) {
    const float value = fill.empty() ? 0 : fill[fill.size() == 1 ? 0 : static_cast<size_t>(c)];
    const Plane<T> plane{in.band<T>(c).data(), in.height(), in.width(), fill.empty(), value};
    float* to = out.band<float>(c).data();
    switch (filter) {
      case Filter::nearest:
        map_plane(
            plane, map, [](const auto&... at) { return nearest_at<T>(at...); }, to);
        break;
      case Filter::bilinear:
        map_plane(
            plane, map, [](const auto&... at) { return bilinear_at<T>(at...); }, to);
        break;
      case Filter::bicubic:
        map_plane(
            plane, map, [](const auto&... at) { return bicubic_at<T>(at...); }, to);
        break;
    }
  }
}

// No fill: the mirror image lies outside.
Image mapped(const Image& in, const Map& map, Filter filter, std::span<const float> fill) {
  Image out = Image::unfilled(in.bands(), in.height(), in.width(), Sample::f32);
  switch (in.sample()) {
    case Sample::u8:
      map_bands<uint8_t>(in, map, filter, fill, out);
      break;
    case Sample::u16:
      map_bands<uint16_t>(in, map, filter, fill, out);
      break;
    case Sample::f32:
      map_bands<float>(in, map, filter, fill, out);
      break;
  }
  return out;
}

Image turned(const Image& in, double degrees, Filter filter, std::span<const float> fill) {
  if (!std::isfinite(degrees)) throw Error(Exit::setting, "rotate: the angle is not a finite number");
  // Pixels are then moved as they are, NaN and infinite ones too.
  const bool onto_itself = in.height() == in.width() || quarters_in(degrees) % 2 == 0;
  const bool moves = quarters_in(degrees) >= 0 && onto_itself;
  return mapped(in, turn_by(degrees), moves ? Filter::nearest : filter, fill);
}

}  // namespace

Image rotate(const Image& in, double degrees, Filter filter, std::span<const float> fill) {
  if (fill.size() != 1 && fill.size() != static_cast<size_t>(in.bands())) {
    throw Error(Exit::setting,
                "rotate: " + std::to_string(fill.size()) + " fill values for " + std::to_string(in.bands()) +
                    " bands",
                "Give one value for all bands, or one a band.");
  }
  return turned(in, degrees, filter, fill);
}

Image rotate_mirrored(const Image& in, double degrees, Filter filter) {
  return turned(in, degrees, filter, {});
}

Image zoom(const Image& in, double down, double across, Filter filter) {
  if (!(down > 0 && across > 0 && std::isfinite(down) && std::isfinite(across)))
    throw Error(Exit::setting, "zoom: the factors are not finite numbers above 0");
  return mapped(in, {1 / across, 0, 0, 1 / down}, filter, {});
}

}  // namespace simclr
