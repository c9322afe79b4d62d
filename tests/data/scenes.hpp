#pragma once
// Pictures with something to see in them, and a folder of labelled ones.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "data/fixture.hpp"
#include "image/encode.hpp"

namespace simclr::test {

// Waves of directions, lengths and phases of its own: two of other `which` are two pictures.
inline Image scene(unsigned which, int height = 96, int width = 128, int bands = 3) {
  Image image(bands, height, width, Sample::u8);
  unsigned state = which * 2654435761U + 12345U;
  const auto next = [&] {
    return static_cast<double>((state = state * 1664525U + 1013904223U) >> 8U) / (1U << 24U);
  };
  struct Wave {
    double down, across, phase, strength;
  };
  std::vector<Wave> waves;
  for (int i = 0; i < 40; ++i) waves.push_back({9 * next(), 9 * next() - 4.5, 7 * next(), 25 * next()});
  for (int c = 0; c < bands; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        double value = 128;
        for (const Wave& w : waves)
          value +=
              w.strength * std::sin(w.phase + 0.3 * c + 6.28 * (w.down * y / height + w.across * x / width));
        image.band<uint8_t>(c)[static_cast<size_t>(y * width + x)] =
            static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
      }
  return image;
}

inline std::string jpeg_of(const Image& image, int quality) {
  std::vector<uint8_t> pixels;
  for (size_t i = 0; i < image.plane(); ++i)
    for (int c = 0; c < 3; ++c) pixels.push_back(image.band<uint8_t>(c)[i]);
  tjhandle handle = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjCompress2(handle, pixels.data(), image.width(), 0, image.height(), TJPF_RGB, &bytes, &size, TJSAMP_420,
              quality, 0);
  std::string out(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(handle);
  return out;
}

// Exact: three of train/cat, train/dog and test/dog. Near: one of test/cat to each of them.
struct Labelled {
  TempFolder folder;
  Labelled() {
    folder.write("train/cat/a.png", encode_png(scene(1)));
    folder.write("train/dog/b.png", encode_png(scene(1)));
    folder.write("test/dog/c.png", encode_png(scene(1)));
    folder.write("test/cat/d.jpg", jpeg_of(scene(1), 80));
    folder.write("val/cat/e.png", encode_png(scene(2)));
    folder.write("test/cat/f,\n.png", encode_png(scene(3)));
    folder.write("test/cat/g.png", encode_png(scene(3)));
  }
};

}  // namespace simclr::test
