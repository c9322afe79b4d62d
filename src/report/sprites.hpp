#pragma once
// Many small pictures in a few large ones, for pages that show one of thousands at a time.

#include <cstddef>
#include <string>
#include <vector>

#include "image/image.hpp"

namespace simclr {

// Cells of `side` x `side` pixels in sheets of columns x columns, filled row by row. A sheet is RGB only when
// one of its pictures has colour. Deterministic.
class Sprites {
 public:
  static constexpr int columns = 8, cells = columns * columns;  // of a sheet

  Sprites(int side, size_t most_pictures, size_t most_bytes);
  // The picture's number; -1 when there is no room left: the sheets' text has most_bytes, or as many pictures
  // were taken. An empty picture takes no cell.
  int add(const Image& image);
  bool full() const { return full_; }
  size_t size() const { return taken_; }
  struct Size {
    int width = 0, height = 0;
  };
  Size size_of(size_t picture) const { return sizes_[picture]; }  // in the middle of its cell
  // Addresses data:image/png;base64,... The last one may hold fewer rows. To be called once, at the end: a
  // last sheet that no longer fits is left out, and its pictures with it (size() then says how many remain).
  std::vector<std::string> finish();

 private:
  void close_sheet();
  int side_;
  size_t most_pictures_, most_bytes_, taken_ = 0, bytes_ = 0;
  bool full_ = false;
  std::vector<Image> sheet_;  // pictures of the open sheet, float32
  std::vector<Size> sizes_;
  std::vector<std::string> done_;
};

}  // namespace simclr
