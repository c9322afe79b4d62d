#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "image/decode.hpp"

namespace simclr {
namespace {

using namespace std::string_view_literals;

struct Magic {
  size_t at;
  std::string_view bytes;
  Format format;
  const char* name;
};

constexpr std::array magics{
    Magic{0, "\xFF\xD8\xFF"sv, Format::jpeg, "jpeg"},
    Magic{0, "\x89PNG\r\n\x1A\n"sv, Format::png, "png"},
    Magic{8, "WEBP"sv, Format::webp, "webp"},
    Magic{0, "II*\0"sv, Format::tiff, "tiff"},
    Magic{0, "MM\0*"sv, Format::tiff, "tiff"},
    Magic{0, "II+\0"sv, Format::tiff, "tiff"},  // BigTIFF
    Magic{0, "MM\0+"sv, Format::tiff, "tiff"},
    Magic{0, "GIF87a"sv, Format::unsupported, "gif"},
    Magic{0, "GIF89a"sv, Format::unsupported, "gif"},
    Magic{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, Format::unsupported, "jpeg 2000"},
    Magic{0, "\xFF\x4F\xFF\x51"sv, Format::unsupported, "jpeg 2000"},
    Magic{0, "\xFF\x0A"sv, Format::unsupported, "jpeg xl"},
    Magic{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, Format::unsupported, "jpeg xl"},
    Magic{4, "ftypavif"sv, Format::unsupported, "avif"},
    Magic{4, "ftypavis"sv, Format::unsupported, "avif"},
    Magic{4, "ftypheic"sv, Format::unsupported, "heif"},
    Magic{4, "ftypheix"sv, Format::unsupported, "heif"},
    Magic{4, "ftyphevc"sv, Format::unsupported, "heif"},
    Magic{4, "ftypheim"sv, Format::unsupported, "heif"},
    Magic{4, "ftypheis"sv, Format::unsupported, "heif"},
    Magic{4, "ftypmif1"sv, Format::unsupported, "heif"},
    Magic{4, "ftypmsf1"sv, Format::unsupported, "heif"},
    Magic{0, "8BPS"sv, Format::unsupported, "psd"},
    Magic{0, "DDS "sv, Format::unsupported, "dds"},
    Magic{0, "\x76\x2F\x31\x01"sv, Format::unsupported, "openexr"},
    Magic{0, "#?RADIANCE"sv, Format::unsupported, "radiance hdr"},
    Magic{0, "#?RGBE"sv, Format::unsupported, "radiance hdr"},
    Magic{0, "qoif"sv, Format::unsupported, "qoi"},
    Magic{0, "SIMPLE  ="sv, Format::unsupported, "fits"},
};

// Formats whose magic is too short to be believed alone.
const char* weak_magic(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto space = [&](size_t i) {
    return text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r') || text[i] == '#';
  };
  if (text.size() >= 3 && text[0] == 'P' && text[1] >= '1' && text[1] <= '7' && space(2)) return "pnm";
  if (text.size() < 16) return nullptr;
  constexpr std::array headers{12, 16, 40, 52, 56, 64, 108, 124};  // sizes of the header that follows
  if (text.starts_with("BM") && byte(15) == 0 && std::count(headers.begin(), headers.end(), byte(14)) == 1)
    return "bmp";
  const bool counted = byte(4) != 0 && byte(5) == 0;
  if ((text.starts_with("\0\0\1\0"sv) || text.starts_with("\0\0\2\0"sv)) && counted && byte(9) == 0)
    return "ico";
  constexpr std::array depths{1, 2, 4, 8};
  if (byte(0) == 0x0A && byte(1) <= 5 && byte(2) == 1 &&
      std::count(depths.begin(), depths.end(), byte(3)) == 1)
    return "pcx";
  return nullptr;
}

struct Found {
  Format format;
  const char* name;
};

Found find_format(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min<size_t>(bytes.size(), 16));
  for (const Magic& magic : magics) {
    const bool found =
        text.size() >= magic.at + magic.bytes.size() && text.substr(magic.at).starts_with(magic.bytes);
    if (found && (magic.format != Format::webp || text.starts_with("RIFF")))
      return {magic.format, magic.name};
  }
  if (const char* weak = weak_magic(text)) return {Format::unsupported, weak};
  return {Format::none, ""};
}

}  // namespace

Format sniff(std::span<const std::byte> first_bytes) {
  return find_format(first_bytes).format;
}

const char* name(Format format) {
  switch (format) {
    case Format::none:
      return "none";
    case Format::jpeg:
      return "jpeg";
    case Format::png:
      return "png";
    case Format::webp:
      return "webp";
    case Format::tiff:
      return "tiff";
    case Format::unsupported:
      return "unsupported";
  }
  return "none";
}

std::string unsupported_name(std::span<const std::byte> first_bytes) {
  const Found found = find_format(first_bytes);
  return found.format == Format::unsupported ? found.name : "";
}

}  // namespace simclr
