#pragma once
// What the sources of many pictures in one file share.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "data/source.hpp"

namespace simclr {

// The whole file; a .gz is inflated. Error(Exit::data) when it can't be read, is damaged or cut short.
// `promised`: the size of the whole that its first bytes tell, 0 when they don't; unpacking ends a little
// after it.
std::string read_array_file(const std::filesystem::path& path,
                            const std::function<size_t(std::string_view start)>& promised = nullptr);

// The picture as `options` want it: bands 0 leaves it, 3 repeats a gray one, 1 makes RGB gray (ITU-R 601).
Decoded as_asked(Image image, const DecodeOptions& options);

// Files in memory that each hold pictures of one size, uint8 and planar.
class PartedSource : public Source {
 public:
  std::string path(size_t i) const override;
  std::string file(size_t i) const override { return part_of(place(i)).path; }
  bool in_arrays() const override { return true; }
  Decoded read(size_t i, const DecodeOptions& options) const override;

 protected:
  struct Part {
    std::string path, bytes;
    size_t first = 0;              // place of its first picture
    size_t start = 0, stride = 0;  // bytes to its first picture, and from one to the next
    int bands = 1, height = 0, width = 0;
  };
  std::vector<Part> parts_;  // none is empty

 private:
  const Part& part_of(size_t at) const;
};

// [height, width, bands] interleaved to planar.
template <class T>
Image planar(std::span<const T> pixels, int height, int width, int bands, Sample sample) {
  Image image(bands, height, width, sample);
  const auto step = static_cast<size_t>(bands);
  for (int c = 0; c < bands; ++c) {
    const auto out = image.band<T>(c);
    for (size_t i = 0; i < out.size(); ++i) out[i] = pixels[i * step + static_cast<size_t>(c)];
  }
  return image;
}

}  // namespace simclr
