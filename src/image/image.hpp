#pragma once
// An image in memory: bands x height x width, planar (all of band 0, then band 1, ...), rows from the top.
// uint8 and uint16 as read from a file; float32 after the first resample, in the range its operation says:
// unit [0, 1] for pictures, physical or standardised values for rasters.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace simclr {

enum class Sample : uint8_t { u8, u16, f32 };

constexpr size_t bytes_per(Sample sample) {
  return sample == Sample::u8 ? 1 : sample == Sample::u16 ? 2 : 4;
}

class Image {
 public:
  Image() = default;
  Image(int bands, int height, int width, Sample sample)  // zeros
      : bands_(bands),
        height_(height),
        width_(width),
        sample_(sample),
        bytes_(static_cast<size_t>(bands) * static_cast<size_t>(height) * static_cast<size_t>(width) *
               bytes_per(sample)) {}
  // Pixels that lie elsewhere, such as in a mapped file, and outlive the image. Such a one is for reading
  // (make it const); a copy of it has pixels of its own.
  Image(int bands, int height, int width, Sample sample, std::span<const std::byte> pixels)
      : bands_(bands), height_(height), width_(width), sample_(sample), borrowed_(pixels) {}
  Image(const Image& other)
      : bands_(other.bands_),
        height_(other.height_),
        width_(other.width_),
        sample_(other.sample_),
        bytes_(other.bytes().begin(), other.bytes().end()) {}
  Image& operator=(const Image& other) { return *this = Image(other); }
  Image(Image&&) = default;
  Image& operator=(Image&&) = default;
  ~Image() = default;

  int bands() const { return bands_; }
  int height() const { return height_; }
  int width() const { return width_; }
  Sample sample() const { return sample_; }
  bool empty() const { return bytes().empty(); }
  size_t plane() const { return static_cast<size_t>(height_) * static_cast<size_t>(width_); }

  // T is uint8_t, uint16_t or float, and must be what sample() says.
  template <class T>
  std::span<T> band(int c) {
    return {reinterpret_cast<T*>(bytes_.data()) + static_cast<size_t>(c) * plane(), plane()};
  }
  template <class T>
  std::span<const T> band(int c) const {
    return {reinterpret_cast<const T*>(bytes().data()) + static_cast<size_t>(c) * plane(), plane()};
  }
  std::span<std::byte> bytes() { return bytes_; }
  std::span<const std::byte> bytes() const {
    return borrowed_.empty() ? std::span<const std::byte>(bytes_) : borrowed_;
  }

 private:
  int bands_ = 0, height_ = 0, width_ = 0;
  Sample sample_ = Sample::u8;
  std::vector<std::byte> bytes_;
  std::span<const std::byte> borrowed_;
};

}  // namespace simclr
