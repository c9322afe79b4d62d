#pragma once
// An image in memory: bands x height x width, planar (all of band 0, then band 1, ...), rows from the top.
// uint8 and uint16 as read from a file; float32 after the first resample, in the range its operation says:
// unit [0, 1] for pictures, physical or standardised values for rasters.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

namespace simclr {

enum class Sample : uint8_t { u8, u16, f32 };

constexpr size_t bytes_per(Sample sample) {
  return sample == Sample::u8 ? 1 : sample == Sample::u16 ? 2 : 4;
}
constexpr const char* type_name(Sample sample) {
  return sample == Sample::u8 ? "uint8" : sample == Sample::u16 ? "uint16" : "float32";
}

// For pixels: not filled with zeros that are overwritten at once and, where there are many, at the start of a
// cache line, so that no vector straddles two. Of few, asking for that would cost more than it saves.
template <class T>
struct PixelAllocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};
  PixelAllocator() = default;
  template <class U>
  explicit PixelAllocator(const PixelAllocator<U>&) {}
  static constexpr size_t many = size_t{64} << 10U;  // bytes
  T* allocate(size_t n) {
    const size_t bytes = n * sizeof(T);
    return static_cast<T*>(bytes < many ? ::operator new(bytes) : ::operator new(bytes, line));
  }
  void deallocate(T* at, size_t n) {
    if (n * sizeof(T) < many) return ::operator delete(at);
    ::operator delete(at, line);
  }
  template <class... Value>
  void construct(T* at, Value... value) {
    if constexpr (sizeof...(value) > 0) *at = T(value...);
  }
  bool operator==(const PixelAllocator&) const = default;
};
using Floats = std::vector<float, PixelAllocator<float>>;

class Image {
 public:
  Image() = default;
  Image(int bands, int height, int width, Sample sample)  // zeros
      : Image(unfilled(bands, height, width, sample)) {
    std::fill(bytes_.begin(), bytes_.end(), std::byte{0});
  }
  // Whatever was in the memory: for who writes every pixel.
  static Image unfilled(int bands, int height, int width, Sample sample) {
    Image image;
    image.bands_ = bands;
    image.height_ = height;
    image.width_ = width;
    image.sample_ = sample;
    image.bytes_.resize(static_cast<size_t>(bands) * image.plane() * bytes_per(sample));
    return image;
  }
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
  std::vector<std::byte, PixelAllocator<std::byte>> bytes_;
  std::span<const std::byte> borrowed_;
};

}  // namespace simclr
