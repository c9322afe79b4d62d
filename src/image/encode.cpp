#include "image/encode.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <vector>

#include "base/error.hpp"
#include "image/image.hpp"

namespace simclr {
namespace {

// Outside the function that longjmp may leave, as in png.cpp.
struct Writer {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string out;
  std::vector<png_byte> row;
  bool out_of_memory = false;

  Writer() = default;
  ~Writer() { png_destroy_write_struct(&png, &info); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

void on_write(png_structp png, png_bytep bytes, size_t length) {
  auto* writer = static_cast<Writer*>(png_get_io_ptr(png));
  try {
    writer->out.append(reinterpret_cast<const char*>(bytes), length);
  } catch (const std::bad_alloc&) {
    writer->out_of_memory = true;
  }
  if (writer->out_of_memory) png_error(png, "not enough memory");
}

void on_flush(png_structp) {}
void on_warning(png_structp, png_const_charp) {}
[[noreturn]] void on_error(png_structp png, png_const_charp) {
  png_longjmp(png, 1);
}

template <class T>
png_byte byte_of(T sample) {
  if constexpr (std::is_same_v<T, uint8_t>) return sample;
  const float value =
      std::isnan(static_cast<float>(sample)) ? 0.0F : std::clamp(static_cast<float>(sample), 0.0F, 1.0F);
  return static_cast<png_byte>(std::lround(value * 255.0F));
}

template <class T>
void fill_row(const Image& image, int shown, int y, std::vector<png_byte>& row) {
  const auto width = static_cast<size_t>(image.width()), bands = static_cast<size_t>(shown);
  for (size_t c = 0; c < bands; ++c) {
    const T* from = image.band<T>(static_cast<int>(c)).data() + static_cast<size_t>(y) * width;
    for (size_t x = 0; x < width; ++x) row[x * bands + c] = byte_of(from[x]);
  }
}

bool write_all(Writer& w, const Image& image, int shown) {
  if (setjmp(png_jmpbuf(w.png)) != 0) return false;
  png_set_write_fn(w.png, &w, on_write, on_flush);
  png_set_IHDR(w.png, w.info, static_cast<png_uint_32>(image.width()),
               static_cast<png_uint_32>(image.height()), 8,
               shown == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(w.png, w.info);
  for (int y = 0; y < image.height(); ++y) {
    if (image.sample() == Sample::u8) {
      fill_row<uint8_t>(image, shown, y, w.row);
    } else {
      fill_row<float>(image, shown, y, w.row);
    }
    png_write_row(w.png, w.row.data());
  }
  png_write_end(w.png, w.info);
  return true;
}

}  // namespace

std::string encode_png(const Image& image) {
  if (image.empty() || image.sample() == Sample::u16)
    throw Error(Exit::failed,
                image.empty() ? "PNG of an empty image" : "PNG of a 16-bit image: scale it first");
  const int shown = image.bands() >= 3 ? 3 : 1;
  Writer w;
  w.row.resize(static_cast<size_t>(image.width()) * static_cast<size_t>(shown));
  w.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning);
  if (w.png != nullptr) w.info = png_create_info_struct(w.png);
  if (w.info == nullptr || !write_all(w, image, shown))
    throw Error(Exit::failed, "PNG of " + std::to_string(image.width()) + " x " +
                                  std::to_string(image.height()) + " pixels can't be written");
  return std::move(w.out);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t here = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8U | (k < here ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) text += k <= here ? letters[group >> (18U - 6U * k) & 63U] : '=';
  }
  return text;
}

}  // namespace simclr
