#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "base/error.hpp"
#include "image/resample.hpp"

namespace simclr {
namespace {

struct Turn {
  double cosine, sine;
};

// Exact for multiples of 90 degrees, so that they move pixels without blending.
Turn turn_by(double degrees) {
  const double quarters = degrees / 90.0;
  if (quarters == std::nearbyint(quarters)) {
    const int k = static_cast<int>(std::fmod(std::fmod(quarters, 4.0) + 4.0, 4.0));
    constexpr std::array<Turn, 4> exact{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
    return exact[static_cast<size_t>(k)];
  }
  const double angle = degrees * std::numbers::pi / 180.0;
  return {std::cos(angle), std::sin(angle)};
}

template <class T>
struct Plane {
  const T* pixels;
  int height, width;
  float fill;
  float at(int y, int x) const {
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

template <class T, class Sampler>
void turn_plane(const Plane<T>& in, const Turn& turn, const Sampler& sampler, float* out) {
  const double middle_y = (in.height - 1) / 2.0, middle_x = (in.width - 1) / 2.0;
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      const double down = y - middle_y, right = x - middle_x;
      const double from_x = turn.cosine * right - turn.sine * down + middle_x;
      const double from_y = turn.sine * right + turn.cosine * down + middle_y;
      *out++ = sampler(in, from_y, from_x);
    }
  }
}

template <class T>
void turn_bands(const Image& in, const Turn& turn, Filter filter, std::span<const float> fill, Image& out) {
  for (int c = 0; c < in.bands(); ++c) {
    const float value = fill[fill.size() == 1 ? 0 : static_cast<size_t>(c)];
    const Plane<T> plane{in.band<T>(c).data(), in.height(), in.width(), value};
    float* to = out.band<float>(c).data();
    switch (filter) {
      case Filter::nearest:
        turn_plane(
            plane, turn, [](const auto&... at) { return nearest_at<T>(at...); }, to);
        break;
      case Filter::bilinear:
        turn_plane(
            plane, turn, [](const auto&... at) { return bilinear_at<T>(at...); }, to);
        break;
      case Filter::bicubic:
        turn_plane(
            plane, turn, [](const auto&... at) { return bicubic_at<T>(at...); }, to);
        break;
    }
  }
}

}  // namespace

Image rotate(const Image& in, double degrees, Filter filter, std::span<const float> fill) {
  if (fill.size() != 1 && fill.size() != static_cast<size_t>(in.bands())) {
    throw Error(Exit::setting,
                "rotate: " + std::to_string(fill.size()) + " fill values for " + std::to_string(in.bands()) +
                    " bands",
                "Give one value for all bands, or one a band.");
  }
  if (!std::isfinite(degrees)) throw Error(Exit::setting, "rotate: the angle is not a finite number");
  Image out(in.bands(), in.height(), in.width(), Sample::f32);
  const Turn turn = turn_by(degrees);
  switch (in.sample()) {
    case Sample::u8:
      turn_bands<uint8_t>(in, turn, filter, fill, out);
      break;
    case Sample::u16:
      turn_bands<uint16_t>(in, turn, filter, fill, out);
      break;
    case Sample::f32:
      turn_bands<float>(in, turn, filter, fill, out);
      break;
  }
  return out;
}

}  // namespace simclr
