#pragma once
// Pictures and draws made for the tests of this room.

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "image/image.hpp"

namespace simclr::made {

inline nlohmann::json golden(const std::string& name) {
  std::ifstream file(std::string(SIMCLR_SOURCE_DIR "/tests/golden/") + name);
  return nlohmann::json::parse(file);
}

// Random pixels, smoothed a little so that crops differ from each other in more than noise.
inline Image picture(int bands, int height, int width, Sample sample, uint64_t seed = 1) {
  Image image(bands, height, width, sample);
  Random random({.seed = seed, .index = static_cast<uint64_t>(height * 1000 + width)}, 0);
  for (int c = 0; c < bands; ++c) {
    const double phase = random.uniform(0, 6);
    for (size_t i = 0; i < image.plane(); ++i) {
      const double wave =
          0.4 + 0.3 * std::sin(phase + 0.05 * static_cast<double>(i % static_cast<size_t>(width)));
      const double value = std::min(1.0, wave + 0.3 * random.uniform());
      if (sample == Sample::u8) image.band<uint8_t>(c)[i] = static_cast<uint8_t>(255 * value);
      if (sample == Sample::u16) image.band<uint16_t>(c)[i] = static_cast<uint16_t>(65535 * value);
      if (sample == Sample::f32) image.band<float>(c)[i] = static_cast<float>(value);
    }
  }
  return image;
}

// [bands][rows][columns] of numbers.
inline Image from_json(const nlohmann::json& planes) {
  Image image(static_cast<int>(planes.size()), static_cast<int>(planes[0].size()),
              static_cast<int>(planes[0][0].size()), Sample::f32);
  for (size_t c = 0; c < planes.size(); ++c)
    for (size_t y = 0; y < planes[c].size(); ++y)
      for (size_t x = 0; x < planes[c][y].size(); ++x)
        image.band<float>(static_cast<int>(c))[y * planes[c][y].size() + x] = planes[c][y][x].get<float>();
  return image;
}

inline float pixel(const Image& image, int c, int y, int x) {
  return image.band<float>(
      c)[static_cast<size_t>(y) * static_cast<size_t>(image.width()) + static_cast<size_t>(x)];
}

inline bool same(const Image& a, const Image& b) {
  return a.bands() == b.bands() && a.height() == b.height() && a.width() == b.width() &&
         a.sample() == b.sample() && std::equal(a.bytes().begin(), a.bytes().end(), b.bytes().begin());
}

inline double distance(const Image& a, const Image& b) {  // the largest difference
  if (a.bands() != b.bands() || a.plane() != b.plane()) return 1e30;
  double worst = 0;
  for (int c = 0; c < a.bands(); ++c)
    for (size_t i = 0; i < a.plane(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(a.band<float>(c)[i]) -
                                       static_cast<double>(b.band<float>(c)[i])));
  return worst;
}

}  // namespace simclr::made
