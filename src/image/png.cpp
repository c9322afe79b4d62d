#include <png.h>

#include <array>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <new>
#include <vector>

#include "image/codec.hpp"
#include "image/planes.hpp"

namespace simclr {
namespace {

// Everything a read needs lives here, outside the functions that longjmp may leave: those hold plain numbers
// and pointers only, so no destructor is ever skipped.
struct Reader {
  Bytes file;
  const DecodeOptions& options;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::array<char, 120> message{};
  png_uint_32 width = 0, height = 0;
  int depth = 0, colour = 0, interlace = 0, channels = 0;
  Image image;
  std::vector<png_byte> interlaced;
  bool complete = false;  // all pixels have come: what follows doesn't matter

  Reader(Bytes bytes, const DecodeOptions& how) : file(bytes), options(how) {}
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

void keep_message(Reader& r, const char* message) {
  if (r.message[0] == 0) std::strncpy(r.message.data(), message, r.message.size() - 1);
}

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  keep_message(*static_cast<Reader*>(png_get_error_ptr(png)), message);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

// Deflate makes at most 1032 bytes of one: a small file that claims more is cut off or a bomb. Before its
// palette is applied a pixel may be a single bit.
bool can_hold(const Reader& r) {
  constexpr std::array<uint64_t, 7> channels{1, 1, 3, 1, 2, 1, 4};  // by colour type
  const uint64_t bits = channels[static_cast<size_t>(r.colour)] * static_cast<uint64_t>(r.depth);
  const uint64_t row = (r.width * bits + 7) / 8;
  return row * r.height / 1100 <= r.file.size();
}

// Takes the memory for the picture, or says why not. No exception may leave: C code is above.
void take_memory(Reader& r, size_t row_bytes) noexcept {
  try {
    const int bands = r.channels <= 2 ? 1 : 3;
    const Sample sample = r.depth == 16 ? Sample::u16 : Sample::u8;
    std::string why = size_trouble(r.width, r.height, static_cast<uint64_t>(bands), sample, r.options);
    if (why.empty() && !can_hold(r)) why = "truncated";
    if (!why.empty()) return keep_message(r, why.c_str());
    r.image = Image(bands, static_cast<int>(r.height), static_cast<int>(r.width), sample);
    if (r.interlace != PNG_INTERLACE_NONE) r.interlaced.resize(row_bytes * r.height);
  } catch (const std::bad_alloc&) {
    keep_message(r, "not enough memory");
  }
}

// After the header, before the pixels. As in Pillow the checksum of the pixel data is not checked; that of
// the header and palette was.
void on_header(png_structp png, png_infop info) {
  auto& r = *static_cast<Reader*>(png_get_progressive_ptr(png));
  png_get_IHDR(png, info, &r.width, &r.height, &r.depth, &r.colour, &r.interlace, nullptr, nullptr);
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  if (r.colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (r.colour == PNG_COLOR_TYPE_GRAY && r.depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (png_get_valid(png, info, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png);
  if (r.depth == 16 && std::endian::native == std::endian::little) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  r.channels = png_get_channels(png, info);
  take_memory(r, png_get_rowbytes(png, info));
  if (r.message[0] != 0) png_error(png, "refused");
}

void put(Reader& r, const png_byte* row, int y) {
  if (r.image.sample() == Sample::u8) {
    put_row(row, r.channels, r.image, y);
  } else {
    put_row(reinterpret_cast<const uint16_t*>(row), r.channels, r.image, y);
  }
}

// Whether row y of `pass` (0 to 6, Adam7) is the last that brings pixels. Passes without a pixel don't come.
bool is_last(const Reader& r, int pass, png_uint_32 y) {
  for (int later = pass + 1; later < PNG_INTERLACE_ADAM7_PASSES; ++later)
    if (PNG_PASS_ROWS(r.height, later) > 0 && PNG_PASS_COLS(r.width, later) > 0) return false;
  return y >= PNG_ROW_FROM_PASS_ROW(PNG_PASS_ROWS(r.height, pass) - 1, pass);
}

void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass) {
  auto& r = *static_cast<Reader*>(png_get_progressive_ptr(png));
  if (row == nullptr || y >= r.height) return;
  if (r.interlace == PNG_INTERLACE_NONE) {
    put(r, row, static_cast<int>(y));
    r.complete = y + 1 == r.height;
  } else {
    png_progressive_combine_row(png, r.interlaced.data() + y * (r.interlaced.size() / r.height), row);
    r.complete = r.complete || is_last(r, pass, y);
  }
}

// Only what changes pixels is read: no profiles, texts or times.
void read_all(Reader& r) {
  if (setjmp(png_jmpbuf(r.png)) != 0) return;
  png_set_user_limits(r.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(r.png, png_alloc_size_t{8} << 20U);
  png_set_chunk_cache_max(r.png, 128);
  png_set_benign_errors(r.png, 1);
  png_set_keep_unknown_chunks(r.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
#ifdef PNG_MAXIMUM_INFLATE_WINDOW
  png_set_option(r.png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
#endif
  png_set_progressive_read_fn(r.png, &r, on_header, on_row, nullptr);
  auto* bytes = reinterpret_cast<png_bytep>(const_cast<std::byte*>(r.file.data()));  // it only reads them
  png_process_data(r.png, r.info, bytes, r.file.size());
}

}  // namespace

Decoded decode_png(Bytes file, const DecodeOptions& options) {
  Reader r(file, options);
  r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
  if (r.png != nullptr) r.info = png_create_info_struct(r.png);
  if (r.info == nullptr) return refuse(Format::png, "not enough memory");
  read_all(r);
  if (!r.complete) return refuse(Format::png, r.message[0] == 0 ? "truncated" : r.message.data());
  if (r.interlace != PNG_INTERLACE_NONE) {
    const size_t row_bytes = r.interlaced.size() / r.height;
    for (png_uint_32 y = 0; y < r.height; ++y)
      put(r, r.interlaced.data() + y * row_bytes, static_cast<int>(y));
  }
  Decoded decoded;
  decoded.format = Format::png;
  decoded.image = std::move(r.image);
  return decoded;
}

}  // namespace simclr
