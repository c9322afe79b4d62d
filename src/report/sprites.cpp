#include "report/sprites.hpp"

#include <algorithm>

#include "image/encode.hpp"
#include "report/thumbnail.hpp"

namespace simclr {
namespace {

bool has_colour(const Image& image) {
  if (image.bands() < 3) return false;
  const auto r = image.band<float>(0), g = image.band<float>(1), b = image.band<float>(2);
  return !std::equal(r.begin(), r.end(), g.begin()) || !std::equal(r.begin(), r.end(), b.begin());
}

// In the middle of cell `cell`.
void paste(const Image& picture, int cell, int side, Image& sheet) {
  const int top = cell / Sprites::columns * side + (side - picture.height()) / 2;
  const int left = cell % Sprites::columns * side + (side - picture.width()) / 2;
  for (int c = 0; c < sheet.bands(); ++c) {
    const auto from = picture.band<float>(std::min(c, picture.bands() - 1));
    const auto to = sheet.band<float>(c);
    for (int y = 0; y < picture.height(); ++y)
      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(y) * picture.width(), picture.width(),
                  to.begin() + static_cast<std::ptrdiff_t>(top + y) * sheet.width() + left);
  }
}

}  // namespace

Sprites::Sprites(int side, size_t most_pictures, size_t most_bytes)
    : side_(side), most_pictures_(most_pictures), most_bytes_(most_bytes) {}

int Sprites::add(const Image& image) {
  if (full_ || image.empty()) return -1;
  if (taken_ == most_pictures_) {
    full_ = true;
    return -1;
  }
  if (sheet_.size() == cells) close_sheet();
  if (full_) return -1;
  sheet_.push_back(small_picture(image, side_));
  sizes_.push_back({sheet_.back().width(), sheet_.back().height()});
  return static_cast<int>(taken_++);
}

void Sprites::close_sheet() {
  if (sheet_.empty()) return;
  const int rows = (static_cast<int>(sheet_.size()) + columns - 1) / columns;
  const int bands = std::any_of(sheet_.begin(), sheet_.end(), has_colour) ? 3 : 1;
  Image whole(bands, rows * side_, columns * side_, Sample::f32);
  const auto pixels = whole.bytes();
  std::fill_n(reinterpret_cast<float*>(pixels.data()), pixels.size() / sizeof(float), 0.5F);  // around them
  for (size_t i = 0; i < sheet_.size(); ++i) paste(sheet_[i], static_cast<int>(i), side_, whole);
  std::string address = "data:image/png;base64," + base64(encode_png(whole));
  if (bytes_ + address.size() > most_bytes_) {
    full_ = true;
    taken_ -= sheet_.size();
    sizes_.resize(taken_);
  } else {
    bytes_ += address.size();
    done_.push_back(std::move(address));
  }
  sheet_.clear();
}

std::vector<std::string> Sprites::finish() {
  close_sheet();
  full_ = true;
  return std::move(done_);
}

}  // namespace simclr
