#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "image/codec.hpp"
#include "image/planes.hpp"

namespace simclr {
namespace {

struct LibraryMessage {
  std::string_view code, text;
};
constexpr const char *JVERSION = "", *JCOPYRIGHT_SHORT = "";  // two messages want them
constexpr LibraryMessage library_messages[] = {
#define JMESSAGE(code, text) {#code, text},
#include <jerror.h>
};

// Whether a message of the library is this kind of warning. Its code for the last call can't tell: an error
// that follows a warning counts as a warning there. The text of a message ends where its values begin.
bool says(std::string_view message, std::string_view kind) {
  for (const LibraryMessage& known : library_messages)
    if (known.code.starts_with(kind) && message.starts_with(known.text.substr(0, known.text.find('%'))))
      return true;
  return false;
}

// A turbojpeg handle that has seen a bad file rejects good ones for ever (2.1.5): it is made anew after
// every error and kept otherwise.
class Turbo {
 public:
  Turbo() = default;
  ~Turbo() { drop(); }
  Turbo(const Turbo&) = delete;
  Turbo& operator=(const Turbo&) = delete;
  tjhandle get() {
    if (handle_ == nullptr) handle_ = tjInitDecompress();
    return handle_;
  }
  void drop() {
    if (handle_ != nullptr) tjDestroy(handle_);
    handle_ = nullptr;
  }
  // After a failed call: why, or "" when it was only a warning, which Pillow passes over as well.
  std::string trouble() {
    const std::string message = handle_ == nullptr ? "not enough memory" : tjGetErrorStr2(handle_);
    drop();
    if (says(message, "JWRN_JPEG_EOF")) return "truncated";
    if (says(message, "JWRN_")) return "";
    return message.empty() ? "damaged" : message;
  }

 private:
  tjhandle handle_ = nullptr;
};

struct Header {
  int width = 0, height = 0, subsampling = 0, colours = 0;
};

std::string read_header(Turbo& turbo, Bytes file, Header& header) {
  const int rc =
      tjDecompressHeader3(turbo.get(), reinterpret_cast<const unsigned char*>(file.data()), file.size(),
                          &header.width, &header.height, &header.subsampling, &header.colours);
  return rc == 0 ? "" : turbo.trouble();
}

// A block of 8 x 8 pixels takes 2 bits at least (1 if progressive; arithmetic coding may go lower, in
// pictures too small to matter here). A file far below that is a small one whose header was made to promise
// much.
bool promises_too_much(const Header& header, size_t file_bytes) {
  constexpr uint64_t never_mind = uint64_t{1} << 22, pixels_a_byte = 640;
  const uint64_t pixels = static_cast<uint64_t>(header.width) * static_cast<uint64_t>(header.height);
  return pixels > never_mind && pixels / pixels_a_byte > file_bytes;
}

// The library shrinks while it decodes, by transforming fewer coefficients of a block. Beyond a half it has
// no vector code for that: five to seven eighths took longer than the whole picture.
Header shrunk(const Header& header, int least_side) {
  const int shorter = std::min(header.width, header.height);
  for (int eighths = 1; eighths <= 4 && least_side > 0; ++eighths) {
    const tjscalingfactor factor{eighths, 8};
    if (TJSCALED(shorter, factor) < least_side) continue;
    return {TJSCALED(header.width, factor), TJSCALED(header.height, factor), header.subsampling,
            header.colours};
  }
  return header;
}

std::string read_pixels(Turbo& turbo, Bytes file, const Header& header, int format, unsigned char* to) {
  constexpr int flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;  // the transform and upsampling of Pillow
  const int rc = tjDecompress2(turbo.get(), reinterpret_cast<const unsigned char*>(file.data()), file.size(),
                               to, header.width, 0, header.height, format, flags);
  return rc == 0 ? "" : turbo.trouble();
}

void put_picture(const std::vector<unsigned char>& pixels, Image& image) {
  const size_t row = static_cast<size_t>(image.width()) * static_cast<size_t>(image.bands());
  for (int y = 0; y < image.height(); ++y)
    put_row(pixels.data() + static_cast<size_t>(y) * row, image.bands(), image, y);
  if (image.bands() != 4) return;
  for (std::byte& ink : image.bytes()) ink = ~ink;  // Adobe's CMYK, and so everyone's in JPEG, is inverted
  image = cmyk_to_rgb(image);
}

}  // namespace

Decoded decode_jpeg(Bytes file, const DecodeOptions& options) {
  thread_local Turbo turbo;
  Header header;
  if (std::string why = read_header(turbo, file, header); !why.empty()) return refuse(Format::jpeg, why);
  const bool gray = header.colours == TJCS_GRAY,
             inks = header.colours == TJCS_CMYK || header.colours == TJCS_YCCK;
  const int bands = gray ? 1 : inks ? 4 : 3;
  if (header.width < 0 || header.height < 0) return refuse(Format::jpeg, "damaged");
  std::string why = size_trouble(static_cast<uint64_t>(header.width), static_cast<uint64_t>(header.height),
                                 static_cast<uint64_t>(bands), Sample::u8, options);
  if (!why.empty()) return refuse(Format::jpeg, why);
  if (promises_too_much(header, file.size())) return refuse(Format::jpeg, "truncated");
  const JpegMarkers markers = read_jpeg_markers(file);
  if (!markers.ends) return refuse(Format::jpeg, "truncated");
  header = shrunk(header, options.least_side);

  Decoded decoded;
  decoded.format = Format::jpeg;
  decoded.image = Image::unfilled(bands, header.height, header.width, Sample::u8);
  if (gray) {
    why = read_pixels(turbo, file, header, TJPF_GRAY,
                      reinterpret_cast<unsigned char*>(decoded.image.bytes().data()));
  } else {
    thread_local std::vector<unsigned char> pixels;
    pixels.resize(decoded.image.plane() * static_cast<size_t>(bands));
    why = read_pixels(turbo, file, header, inks ? TJPF_CMYK : TJPF_RGB, pixels.data());
    if (why.empty()) put_picture(pixels, decoded.image);
    constexpr size_t worth_keeping = size_t{16} << 20U;
    if (pixels.size() > worth_keeping) std::vector<unsigned char>().swap(pixels);
  }
  if (!why.empty()) return refuse(Format::jpeg, why);
  if (options.exif_orientation && markers.orientation != 1)
    decoded.image = oriented(decoded.image, markers.orientation);
  return decoded;
}

}  // namespace simclr
