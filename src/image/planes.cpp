#include "image/planes.hpp"

#include <algorithm>
#include <type_traits>

#include "image/rows.hpp"

namespace simclr {
namespace {

// round(value / full) for value up to full * full; the compiler turns the division into a multiplication.
template <class T>
T rounded_share(uint64_t value) {
  constexpr uint64_t full = std::is_same_v<T, uint8_t> ? 255 : 65535;
  return static_cast<T>((value + full / 2) / full);
}

template <class T>
T over_white(T colour, T alpha) {
  constexpr uint64_t full = std::is_same_v<T, uint8_t> ? 255 : 65535;
  return rounded_share<T>(static_cast<uint64_t>(colour) * alpha + full * (full - alpha));
}

template <class T>
void put_blended(const T* row, int bands, Image& out, int y) {
  const auto width = static_cast<size_t>(out.width());
  const auto step = static_cast<size_t>(bands);
  for (int c = 0; c + 1 < bands; ++c) {
    T* to = out.band<T>(c).data() + static_cast<size_t>(y) * width;
    const T* colour = row + c;
    const T* alpha = row + bands - 1;
    for (size_t x = 0; x < width; ++x) to[x] = over_white(colour[x * step], alpha[x * step]);
  }
}

template <class T>
void put(const T* row, int bands, Image& out, int y) {
  const auto width = static_cast<size_t>(out.width());
  const size_t at = static_cast<size_t>(y) * width;
  if (bands == out.bands() + 1) return put_blended(row, bands, out, y);
  if (bands == 1) {
    std::copy_n(row, width, out.band<T>(0).data() + at);
  } else if (bands == 3) {
    split3(row, out.band<T>(0).data() + at, out.band<T>(1).data() + at, out.band<T>(2).data() + at, width);
  } else {
    for (int c = 0; c < bands; ++c) {
      T* to = out.band<T>(c).data() + at;
      for (size_t x = 0; x < width; ++x) to[x] = row[x * static_cast<size_t>(bands) + static_cast<size_t>(c)];
    }
  }
}

template <class T>
void blend_planes(const Image& in, bool premultiplied, Image& out) {
  const int full = std::is_same_v<T, uint8_t> ? 255 : 65535;
  const T* alpha = in.band<T>(out.bands()).data();
  for (int c = 0; c < out.bands(); ++c) {
    const T* from = in.band<T>(c).data();
    T* to = out.band<T>(c).data();
    for (size_t i = 0; i < in.plane(); ++i)
      to[i] = premultiplied ? static_cast<T>(std::min(from[i], alpha[i]) + full - alpha[i])
                            : over_white(from[i], alpha[i]);
  }
}

template <class T>
void mix_inks(const Image& in, Image& out) {
  constexpr int full = std::is_same_v<T, uint8_t> ? 255 : 65535;
  const T* black = in.band<T>(3).data();
  for (int c = 0; c < 3; ++c) {
    const T* from = in.band<T>(c).data();
    T* to = out.band<T>(c).data();
    for (size_t i = 0; i < in.plane(); ++i) {
      const int light = full - black[i];
      to[i] = static_cast<T>(light -
                             rounded_share<T>(static_cast<uint64_t>(from[i]) * static_cast<uint64_t>(light)));
    }
  }
}

template <class T>
void luma(const Image& rgb, Image& gray) {
  const T* r = rgb.band<T>(0).data();
  const T* g = rgb.band<T>(1).data();
  const T* b = rgb.band<T>(2).data();
  T* to = gray.band<T>(0).data();
  for (size_t i = 0; i < rgb.plane(); ++i) {
    if constexpr (std::is_same_v<T, float>) {
      to[i] = (19595.0F * r[i] + 38470.0F * g[i] + 7471.0F * b[i]) / 65536.0F;
    } else {
      to[i] = static_cast<T>((19595U * r[i] + 38470U * g[i] + 7471U * b[i] + 0x8000U) >> 16U);
    }
  }
}

template <class T>
void orient(const Image& in, int orientation, Image& out) {
  const int width = in.width(), height = in.height();
  const bool transposed = orientation >= 5;
  const bool right_to_left = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool upwards = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (int c = 0; c < in.bands(); ++c) {
    const T* from = in.band<T>(c).data();
    T* to = out.band<T>(c).data();
    for (int y = 0; y < out.height(); ++y) {
      for (int x = 0; x < out.width(); ++x) {
        const int u = transposed ? y : x, v = transposed ? x : y;
        const int column = right_to_left ? width - 1 - u : u, row = upwards ? height - 1 - v : v;
        *to++ = from[static_cast<size_t>(row) * static_cast<size_t>(width) + static_cast<size_t>(column)];
      }
    }
  }
}

}  // namespace

void put_row(const uint8_t* row, int bands, Image& out, int y) {
  put(row, bands, out, y);
}
void put_row(const uint16_t* row, int bands, Image& out, int y) {
  put(row, bands, out, y);
}

Image without_alpha(const Image& image, bool premultiplied) {
  Image out(image.bands() - 1, image.height(), image.width(), image.sample());
  if (image.sample() == Sample::u8) {
    blend_planes<uint8_t>(image, premultiplied, out);
  } else {
    blend_planes<uint16_t>(image, premultiplied, out);
  }
  return out;
}

Image cmyk_to_rgb(const Image& inks) {
  Image rgb(3, inks.height(), inks.width(), inks.sample());
  if (inks.sample() == Sample::u8) {
    mix_inks<uint8_t>(inks, rgb);
  } else {
    mix_inks<uint16_t>(inks, rgb);
  }
  return rgb;
}

Image to_gray(const Image& rgb) {
  Image gray(1, rgb.height(), rgb.width(), rgb.sample());
  switch (rgb.sample()) {
    case Sample::u8:
      luma<uint8_t>(rgb, gray);
      break;
    case Sample::u16:
      luma<uint16_t>(rgb, gray);
      break;
    case Sample::f32:
      luma<float>(rgb, gray);
      break;
  }
  return gray;
}

Image repeat_band(const Image& gray) {
  Image rgb(3, gray.height(), gray.width(), gray.sample());
  const auto from = gray.bytes();
  for (size_t c = 0; c < 3; ++c)
    std::copy(from.begin(), from.end(), rgb.bytes().subspan(c * from.size()).begin());
  return rgb;
}

Image oriented(const Image& image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool transposed = orientation >= 5;
  Image out(image.bands(), transposed ? image.width() : image.height(),
            transposed ? image.height() : image.width(), image.sample());
  switch (image.sample()) {
    case Sample::u8:
      orient<uint8_t>(image, orientation, out);
      break;
    case Sample::u16:
      orient<uint16_t>(image, orientation, out);
      break;
    case Sample::f32:
      orient<float>(image, orientation, out);
      break;
  }
  return out;
}

}  // namespace simclr
