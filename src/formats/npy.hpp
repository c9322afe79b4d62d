#pragma once
// NumPy .npy files, version 1.0 (read also 2.0), little-endian, C order.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/durable.hpp"
#include "formats/mapped_file.hpp"

namespace simclr {

// A .npy file mapped into memory, read only. Throws Error(Exit::data): not a .npy, Fortran order, a dtype
// that isn't a plain little-endian number (objects, text, records), fewer bytes than the shape needs.
class NpyFile {
 public:
  explicit NpyFile(const std::filesystem::path& path);
  const std::string& dtype() const { return dtype_; }  // "|u1", "<f4", "<i8", ...
  const std::vector<size_t>& shape() const { return shape_; }
  template <class T>
  std::span<const T> values() const {  // the caller has checked dtype()
    return {reinterpret_cast<const T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }

 private:
  MappedFile map_;
  std::string dtype_;
  std::vector<size_t> shape_;
  std::vector<std::byte> aligned_;  // a copy of the values, where the file has them at an odd address
  std::span<const std::byte> bytes_;
};

// Rows of float32, one or many at a time; the number of rows need not be known before. Durable: the file
// appears whole on finish(), or not at all.
class NpyRows {
 public:
  NpyRows(const std::filesystem::path& path, size_t width);
  void append(std::span<const float> rows);  // a multiple of `width` values
  void finish();

 private:
  DurableFile file_;
  size_t width_, rows_ = 0;
};

}  // namespace simclr
